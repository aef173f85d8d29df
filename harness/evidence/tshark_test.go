package evidence

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// recorder logs the segments of a connection below TLS.
type recorder struct {
	net.Conn
	log *observation.Log
}

func (r recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	if n > 0 {
		r.log.Append(observation.Event{Kind: observation.Wire, Conn: "c1", Dir: observation.In, Bytes: bytes.Clone(p[:n])})
	}
	return n, err
}

func (r recorder) Write(p []byte) (int, error) {
	r.log.Append(observation.Event{Kind: observation.Wire, Conn: "c1", Dir: observation.Out, Bytes: bytes.Clone(p)})
	return r.Conn.Write(p)
}

// keyLogger logs the secrets of crypto/tls.
type keyLogger struct{ log *observation.Log }

func (k keyLogger) Write(p []byte) (int, error) {
	k.log.Append(observation.Event{Kind: observation.TLSKeyLog, Conn: "c1", Text: string(p)})
	return len(p), nil
}

// exchange has a client send REGISTER over TLS on loopback and a server refuse it, and returns the server's log.
func exchange(t *testing.T, version uint16) *observation.Log {
	t.Helper()
	shown := testkit.SelfSigned(testkit.NewKey(), "s17.sip.twilio.com")
	listener := testkit.Listen(t)
	called := make(chan error, 1)
	go func() { called <- call(listener.Addr().String(), version, testkit.Pool(shown)) }()
	log := observation.NewLog()
	raw, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	open := observation.TransportInfo{Protocol: observation.TLS,
		Local:  raw.LocalAddr().(*net.TCPAddr).AddrPort(),
		Remote: raw.RemoteAddr().(*net.TCPAddr).AddrPort()}
	log.Append(observation.Event{Kind: observation.TransportOpen, Conn: "c1", Dir: observation.In, Transport: &open})
	conn := tls.Server(recorder{raw, log}, &tls.Config{
		MinVersion: version, MaxVersion: version,
		Certificates: []tls.Certificate{shown},
		KeyLogWriter: keyLogger{log},
	})
	defer conn.Close()
	request := make([]byte, len(register))
	if _, err := io.ReadFull(conn, request); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, forbidden); err != nil {
		t.Fatal(err)
	}
	if err := <-called; err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(request); err != io.EOF {
		t.Fatalf("the client's end came as %v", err)
	}
	open.Cause = "eof"
	log.Append(observation.Event{Kind: observation.TransportClose, Conn: "c1", Dir: observation.In, Transport: &open})
	return log
}

func call(address string, version uint16, roots *x509.CertPool) error {
	conn, err := tls.Dial("tcp", address, &tls.Config{MinVersion: version, MaxVersion: version,
		RootCAs: roots, ServerName: "s17.sip.twilio.com"})
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, register); err != nil {
		return err
	}
	_, err = io.ReadFull(bufio.NewReader(conn), make([]byte, len(forbidden)))
	return err
}

// tshark has tshark read a capture of the events, and returns the named fields of the SIP, RTP and DNS packets, a line
// each. It is an error if tshark finds fault with a packet (malformed, a wrong checksum, a sequence number out of
// order), or, if whole is set, if a TCP conversation is incomplete.
func tshark(t *testing.T, events []observation.Event, start time.Time, whole bool, decode, fields []string) []string {
	t.Helper()
	testkit.Program(t, "tshark")
	dir := t.TempDir()
	files, err := Write(dir, events, Options{Start: start, Extent: Full})
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", filepath.Join(dir, files.Capture), "-T", "fields",
		"-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}
	for _, d := range decode {
		args = append(args, "-d", d)
	}
	faults := []string{"_ws.malformed", "tcp.analysis.flags", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"}
	for _, field := range slices.Concat([]string{"tcp.completeness"}, faults, []string{"_ws.col.Protocol"}, fields) {
		args = append(args, "-e", field)
	}
	cmd := testkit.Command(t, "tshark", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, stderr.String())
	}
	var seen []string
	var completeness string
	for line := range strings.Lines(string(out)) {
		columns := strings.Split(strings.TrimRight(line, "\n"), "\t")
		completeness = columns[0]
		for i, fault := range faults {
			good := columns[1+i] == ""
			if strings.HasSuffix(fault, "checksum.status") {
				good = columns[1+i] != "0" // 1 is right, 0 is wrong; other protocols have none
			}
			if !good {
				t.Errorf("tshark: %s is %q in %q", fault, columns[1+i], line)
			}
		}
		if rest := columns[1+len(faults):]; strings.HasPrefix(rest[0], "SIP") || rest[0] == "RTP" || rest[0] == "DNS" {
			seen = append(seen, strings.Join(rest, " "))
		}
	}
	// SYN, SYN-ACK, ACK, data and FIN: a complete conversation.
	if whole && completeness != "31" {
		t.Errorf("tshark: tcp.completeness ends as %s, want 31", completeness)
	}
	return seen
}

func TestTsharkDecrypts(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			t.Parallel()
			log := exchange(t, version)
			events := log.Events()
			port := events[0].Transport.Local.Port()
			got := tshark(t, events, log.Start(), true,
				[]string{fmt.Sprintf("tcp.port==%d,tls", port), fmt.Sprintf("tls.port==%d,sip", port)},
				[]string{"sip.Method", "sip.Status-Code", "sip.CSeq.method", "sip.from.user"})
			want := []string{"SIP REGISTER  REGISTER alice", "SIP  403 REGISTER alice"}
			if !slices.Equal(got, want) {
				t.Errorf("tshark sees %q, want %q", got, want)
			}
		})
	}
}

func TestTsharkReadsClearTraffic(t *testing.T) {
	t.Parallel()
	for _, version := range []struct{ name, mock, device string }{
		{"IPv4", "127.0.0.1", "127.0.0.2"},
		{"IPv6", "fd00::1", "fd00::2"},
	} {
		t.Run(version.name, func(t *testing.T) {
			t.Parallel()
			mock, device := netip.MustParseAddr(version.mock), netip.MustParseAddr(version.device)
			at := func(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }
			var events []observation.Event
			for i, protocol := range []string{observation.UDP, observation.TCP} {
				conn := fmt.Sprint("c", i)
				events = append(events,
					observation.Event{Kind: observation.TransportOpen, Conn: conn, Transport: &observation.TransportInfo{
						Protocol: protocol, Local: at(mock, 5060), Remote: at(device, 40112)}},
					observation.Event{Kind: observation.SIP, Conn: conn, Dir: observation.In, Bytes: []byte(register)},
					observation.Event{Kind: observation.SIP, Conn: conn, Dir: observation.Out, Bytes: []byte(forbidden)})
			}
			for i := range 3 {
				packet := binary.BigEndian.AppendUint16([]byte{0x80, 0}, uint16(i))
				packet = append(packet, make([]byte, 168)...)
				events = append(events, observation.Event{Kind: observation.Media, Dir: observation.In, Bytes: packet,
					Media: &observation.MediaInfo{Class: observation.ClearRTP, Local: at(mock, 31010), Remote: at(device, 31000)}})
			}
			for i := range events {
				events[i].Seq, events[i].At = i, time.Duration(i)*20*time.Millisecond
			}
			got := tshark(t, events, time.Time{}, false,
				[]string{"udp.port==31010,rtp"}, []string{"sip.CSeq.method", "rtp.seq"})
			want := []string{"SIP REGISTER ", "SIP REGISTER ", "SIP REGISTER ", "SIP REGISTER ", "RTP  0", "RTP  1", "RTP  2"}
			if !slices.Equal(got, want) {
				t.Errorf("tshark sees %q, want %q", got, want)
			}
		})
	}
}
