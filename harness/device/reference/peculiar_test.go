package reference

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// recorder is a connection that keeps what is written, write by write.
type recorder struct {
	net.Conn
	writes [][]byte
}

func (r *recorder) Write(b []byte) (int, error) {
	r.writes = append(r.writes, slices.Clone(b))
	return len(b), nil
}

func lengths(pieces [][]byte) string {
	var all []string
	for _, p := range pieces {
		all = append(all, fmt.Sprint(len(p)))
	}
	return strings.Join(all, " ")
}

func TestWire(t *testing.T) {
	t.Parallel()
	hello := append([]byte{22, 3, 1, 0, 150}, bytes.Repeat([]byte{7}, 150)...)
	for _, tt := range []struct {
		name     string
		peculiar Peculiarities
		writes   string // their lengths
		bytes    string // what they are together; the hello itself if empty
	}{
		{name: "plain", writes: "155 155"},
		{name: "single bytes", peculiar: Peculiarities{SendsSingleBytes: true}, writes: strings.TrimSpace(strings.Repeat("1 ", 310))},
		{name: "split", peculiar: Peculiarities{SplitsClientHello: true}, writes: "3 47 105 155"},
		{name: "fragmented", peculiar: Peculiarities{FragmentsClientHello: true}, writes: "165 155"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			w := &wire{Conn: r, session: &session{peculiar: tt.peculiar}}
			for range 2 {
				if n, err := w.Write(hello); n != len(hello) || err != nil {
					t.Fatalf("%d bytes, %v", n, err)
				}
			}
			if got := lengths(r.writes); got != tt.writes {
				t.Errorf("writes of %s, want %s", got, tt.writes)
			}
			if all := bytes.Join(r.writes, nil); !tt.peculiar.FragmentsClientHello && !bytes.Equal(all, slices.Concat(hello, hello)) {
				t.Errorf("wrote % x", all)
			}
		})
	}
	want := slices.Concat([]byte{22, 3, 1, 0, 64}, hello[5:69], []byte{22, 3, 1, 0, 64}, hello[69:133], []byte{22, 3, 1, 0, 22}, hello[133:])
	if got := fragment(hello, 64); !bytes.Equal(got, want) {
		t.Errorf("fragments % x", got)
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	const ringing, final, ping = "SIP/2.0 180 Ringing\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n", "\r\n\r\n"
	for _, tt := range []struct {
		name     string
		peculiar Peculiarities
		send     []string
		want     string // lengths of the writes
		begins   string
	}{
		{"plain", Peculiarities{}, []string{ringing, final, ping}, "23 18 4", ringing},
		{"tiny records", Peculiarities{SendsTinyRecords: true}, []string{ping}, "1 1 1 1", "\r"},
		{"line break", Peculiarities{BeginsWithLineBreak: true}, []string{final, ping}, "20 4", "\r\n" + final},
		{"split", Peculiarities{SplitsMessages: true}, []string{final, ping}, "6 6 6 4", "SIP/2."},
		{"joined", Peculiarities{JoinsMessages: true}, []string{ringing, ringing, final, ping}, "64 4", ringing + ringing + final},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := &link{session: &session{peculiar: tt.peculiar}}
			var pieces [][]byte
			for _, text := range tt.send {
				pieces = append(pieces, l.pieces([]byte(text))...)
			}
			if got := lengths(pieces); got != tt.want || string(pieces[0]) != tt.begins {
				t.Errorf("writes of %s, the first %q", got, pieces[0])
			}
		})
	}
}

// TestSlowDevice measures that the slow take their time. A plain device may be slow too, on a slow machine.
func TestSlowDevice(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]Peculiarities{"answer": {AnswersSlowly: true}, "handshake": {ShakesHandsSlowly: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{options: Options{Peculiarities: p}, script: ok})
			began := time.Now()
			if p.AnswersSlowly {
				l := w.mustDial()
				l.ask(l.request("OPTIONS", "call", 1))
			} else {
				w.do(device.Register, "") // a handshake has two flights
			}
			if took := time.Since(began); took < slowness {
				t.Errorf("it took %v", took)
			}
			w.finish()
		})
	}
}

func TestRefusesAfterHandshake(t *testing.T) {
	t.Parallel()
	stranger := newAuthority(t, "stranger", nil).leaf(t, nil)
	w := newWorld(t, settings{
		options: Options{Peculiarities: Peculiarities{RefusesAfterHandshake: true}}, script: ok,
		server: &tls.Config{Certificates: []tls.Certificate{stranger}},
	})
	w.do(device.Register, "")
	w.said("unknown authority")
	if sent := w.finish(); len(sent) > 0 || len(w.peer.failed) > 0 || w.peer.accepted != 1 {
		t.Errorf("%d messages over %d connections, handshakes failed with %q", len(sent), w.peer.accepted, w.peer.failed)
	}
}

// TestCloseNotify reads the last record of a TLS 1.2 connection, whose type is in clear.
func TestCloseNotify(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		peculiar Peculiarities
		last     byte
	}{
		"plain":    {Peculiarities{}, recordAlert},
		"peculiar": {Peculiarities{ClosesWithoutNotify: true}, recordHandshake},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{options: Options{Peculiarities: tt.peculiar}})
			listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			records := make(chan []byte, 1)
			w.peer.running.Go(func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				var seen bytes.Buffer
				secured := tls.Server(tee{conn, &seen}, &tls.Config{
					Certificates: []tls.Certificate{w.root.leaf(t, nil)}, MaxVersion: tls.VersionTLS12,
				})
				_, _ = io.Copy(io.Discard, secured)
				records <- recordTypes(seen.Bytes())
			})
			w.do(device.TLSConnect, fmt.Sprintf("%s:%d", domain, port(listener.Addr())))
			w.said("TLS established")
			types := <-records
			if got := types[len(types)-1]; got != tt.last {
				t.Errorf("the last record is of type %d, want %d: %v", got, tt.last, types)
			}
			w.finish()
		})
	}
}

// recordHandshake is the type of handshake records.
const recordHandshake = 22

// tee copies what is read.
type tee struct {
	net.Conn
	to io.Writer
}

func (t tee) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	_, _ = t.to.Write(b[:n])
	return n, err
}

// recordTypes returns the types of the records of a stream.
func recordTypes(stream []byte) []byte {
	var types []byte
	for len(stream) >= recordHeader {
		types = append(types, stream[0])
		stream = stream[min(len(stream), recordHeader+int(stream[3])<<8+int(stream[4])):]
	}
	return types
}

// TestBursts checks that packets wait for each other, and that none waits when the media changes.
func TestBursts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{options: Options{Peculiarities: Peculiarities{SendsInBursts: true}}})
	e, err := w.session.openEndpoint()
	if err != nil {
		t.Fatal(err)
	}
	defer w.session.disown(e)
	s := newSound(t)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flow.rtp = s.rtp.LocalAddr().(*net.UDPAddr).AddrPort()
	for i, want := range []int{0, 0, 3, 0, 0, 3, 0} {
		e.sendRTP([]byte("packet"))
		if got := s.drain(); got != want {
			t.Errorf("after packet %d came %d, want %d", i+1, got, want)
		}
	}
	e.flush()
	if got := s.drain(); got != 1 {
		t.Errorf("%d packets were waiting, want 1", got)
	}
}
