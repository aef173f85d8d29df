//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// sentHello is a ClientHello of TLS 1.2 that a test writes itself.
type sentHello struct {
	names      []byte // the server_name extension; nil: none
	version    uint16 // 0: TLS 1.2
	suites     []uint16
	extensions map[uint16][]byte
	padding    int // bytes of unknown extensions
	again      bool
}

func nameList(name string) []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint8(0)
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
	})
	return b.BytesOrPanic()
}

func (h sentHello) message() []byte {
	b := cryptobyte.NewBuilder(nil)
	extension := func(b *cryptobyte.Builder, number uint16, body []byte) {
		b.AddUint16(number)
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(body) })
	}
	b.AddUint8(typeClientHello)
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint16(max(h.version, TLS12))
		b.AddBytes(make([]byte, 32))
		b.AddUint8(0)
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, suite := range append(h.suites, 0xC02F, 0x00FF) {
				b.AddUint16(suite)
			}
		})
		b.AddBytes([]byte{1, 0})
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
			if h.names != nil {
				extension(b, extensionServerName, h.names)
			}
			extension(b, extensionSupportedGroups, []byte{0, 4, 0x0A, 0x0A, 0, 23})
			extension(b, extensionSignatureAlgorithms, []byte{0, 4, 8, 4, 4, 1})
			if h.again {
				extension(b, extensionSupportedGroups, []byte{0, 2, 0, 23})
			}
			for number, body := range h.extensions {
				extension(b, number, body)
			}
			for left, number := h.padding, uint16(0xFE00); left > 0; left, number = left-1<<14, number+1 {
				extension(b, number, make([]byte, min(left, 1<<14)))
			}
		})
	})
	return b.BytesOrPanic()
}

// inRecords divides a message into records of size bytes.
func inRecords(message []byte, size int) []byte {
	var stream []byte
	for piece := range slices.Chunk(message, size) {
		stream = append(stream, record(recordHandshake, piece)...)
	}
	return stream
}

// TestEnginesAgree: the same ClientHello gets the same answer and leaves the same observations, whichever engine
// serves.
func TestEnginesAgree(t *testing.T) {
	t.Parallel()
	libsslHere(t)
	type oddities = []observation.HelloOddity
	const served = -1
	name := nameList(testName)
	plain := sentHello{names: name}
	many := make([]uint16, 32000) // of suites: with the extensions, the hello is too long for crypto/tls
	for _, test := range []struct {
		name   string
		stream []byte
		answer int    // the mock's alert, or served
		asked  string // server_name as it is observed
		odd    oddities
	}{
		{"plain", inRecords(plain.message(), 1<<14), served, testName, nil},
		{"in records of one byte", inRecords(plain.message(), 1), served, testName, nil},
		{"without a name", inRecords(sentHello{}.message(), 1<<14), served, "", nil},
		{"name in other case", inRecords(sentHello{names: nameList("EDGE.Vendor.Test")}.message(), 1<<14), served, "EDGE.Vendor.Test", nil},
		{"name with a dot", inRecords(sentHello{names: nameList(testName + ".")}.message(), 1<<14), served, testName + ".", oddities{observation.ServerNameDot}},
		{"address as a name", inRecords(sentHello{names: nameList("192.0.2.1")}.message(), 1<<14), served, "192.0.2.1", oddities{observation.ServerNameAddress}},
		{"empty name", inRecords(sentHello{names: nameList("")}.message(), 1<<14), served, "", oddities{observation.ServerNameEmpty}},
		{"empty list of names", inRecords(sentHello{names: []byte{0, 0}}.message(), 1<<14), 50, "", nil},
		{"unknown and GREASE extensions", inRecords(sentHello{names: name, extensions: map[uint16][]byte{0x0A0A: nil, 0x1234: {1, 2, 3}}}.message(), 1<<14), served, testName, nil},
		{"GREASE suite", inRecords(sentHello{names: name, suites: []uint16{0x1A1A}}.message(), 1<<14), served, testName, nil},
		{"GREASE version", inRecords(sentHello{names: name, extensions: map[uint16][]byte{extensionSupportedVersions: {4, 0x2A, 0x2A, 3, 3}}}.message(), 1<<14), served, testName, nil},
		{"version of the future", inRecords(sentHello{names: name, version: 0x0305}.message(), 1<<14), served, testName, nil},
		{"extension sent twice", inRecords(sentHello{names: name, again: true}.message(), 1<<14), 47, "", nil},
		{"hello of 40,000 bytes", inRecords(sentHello{names: name, padding: 40000}.message(), 1<<14), served, testName, nil},
		{"hello of 110,000 bytes", inRecords(sentHello{names: name, padding: 46000, suites: many}.message(), 1<<14), served, testName, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var seen []any
			for e := range engines {
				answer, info, hello := meetHello(t, e, test.stream)
				if answer != test.answer {
					t.Errorf("%s: answered with %d, want %d: %s", engineName(e), answer, test.answer, info.Error)
				}
				if hello.ServerName != test.asked || !slices.Equal(hello.Oddities, test.odd) {
					t.Errorf("%s: observed as %+v", engineName(e), hello)
				}
				info.Error = "" // each engine has its own words
				seen = append(seen, []any{info, hello})
			}
			for _, other := range seen[1:] {
				if !reflect.DeepEqual(seen[0], other) {
					t.Errorf("observed as %+v\nand as %+v", seen[0], other)
				}
			}
		})
	}
}

// meetHello returns an engine's alert for a stream, or -1 if it answers, and what was observed.
func meetHello(t *testing.T, e engine, stream []byte) (answer int, info observation.HandshakeInfo, hello observation.HelloInfo) {
	t.Helper()
	rules := serverRules(rsaCertificate())
	rules.MinVersion, rules.MaxVersion, rules.Suites, rules.Groups = TLS12, TLS12, []uint16{0xC02F}, []uint16{23}
	answer = -2
	got := serve(t, serverOf(e), rules, func(address string) {
		conn, err := net.DialTimeout("tcp", address, testkit.Patience)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(testkit.Patience))
		conn.Write(stream)
		header := make([]byte, recordHeaderLength)
		if _, err := io.ReadFull(conn, header); err != nil {
			t.Error(err)
			return
		}
		body := make([]byte, bodyLength(header))
		io.ReadFull(conn, body)
		if answer = -1; header[0] == recordAlert {
			answer = int(body[1])
		}
		io.CopyN(io.Discard, conn, 1) // the rest has come, or is coming
	})
	if hellos := got.all(observation.ClientHello); len(hellos) == 1 {
		hello = *hellos[0].Hello
	}
	return answer, *got.handshake(t), hello
}

// TestNameWithADot: a whole handshake of a client whose server_name ends in a dot.
func TestNameWithADot(t *testing.T) { eachEngine(t, nameWithADot) }

func nameWithADot(t *testing.T, e engine) {
	libsslHere(t)
	testkit.Program(t, "openssl")
	for _, version := range []uint16{TLS12, TLS13} {
		var out string
		got := serve(t, serverOf(e), serverRules(rsaCertificate()), func(address string) {
			out = testkit.SClient(t, address, greeting, "-servername", testName+".", versionFlags[version])
		})
		if got.err != nil || got.received != greeting[:len(got.received)] || got.ServerName != testName+"." {
			t.Errorf("%s: %v, for %q\n%s", VersionName(version), got.err, got.ServerName, out)
		}
	}
}

// TestRenegotiation: a client that asks for another handshake loses the connection, by the mock, and what it had sent
// before is read.
func TestRenegotiation(t *testing.T) { eachEngine(t, renegotiation) }

func renegotiation(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
	rules := serverRules(rsaCertificate())
	rules.MaxVersion = TLS12
	var read error
	var heard bytes.Buffer
	input, keyboard := io.Pipe()
	t.Cleanup(func() { keyboard.Close() })
	log := observation.NewLog()
	l := testkit.Listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer keyboard.Close() // which lets openssl end
		raw, err := l.Accept()
		if err != nil {
			return
		}
		conn, err := serverOf(e)(testkit.Context(t), raw, rules, &Tap{Log: log, Conn: "c1"})
		if read = err; err == nil {
			io.CopyN(&heard, conn, int64(len(greeting)))
			keyboard.Write([]byte("R\n")) // by which s_client renegotiates
			_, read = io.Copy(&heard, conn)
			conn.Close()
		}
	}()
	cmd := testkit.Command(t, "openssl", "s_client", "-connect", l.Addr().String(), "-tls1_2")
	cmd.Stdin = input
	go keyboard.Write([]byte(greeting))
	out, _ := testkit.Run(t, cmd)
	l.Close()
	<-done
	if !errors.Is(read, ErrRenegotiation) || !observation.CauseOfClose(read).ByMock() {
		t.Errorf("reading ended with %v\n%s", read, out)
	}
	if heard.String() != greeting {
		t.Errorf("read %q", heard.String())
	}
	var kinds []string
	for _, event := range log.Events() {
		if event.Kind == observation.Renegotiation || event.Kind == observation.TLSAlert {
			kinds = append(kinds, fmt.Sprint(event.Kind, " ", event.Dir))
		}
	}
	if !slices.Equal(kinds, []string{"tls-renegotiation in"}) {
		t.Errorf("observed %v", kinds)
	}
}
