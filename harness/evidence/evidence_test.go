package evidence

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

var (
	mockSIP    = netip.MustParseAddrPort("127.3.7.1:5061")
	deviceSIP  = netip.MustParseAddrPort("127.3.7.2:40112")
	mockMedia  = netip.MustParseAddrPort("127.3.7.1:31010")
	phoneMedia = netip.MustParseAddrPort("127.3.7.2:31000")
)

const (
	register = "REGISTER sip:s17.sip.twilio.com SIP/2.0\r\n" +
		"Via: SIP/2.0/TLS 127.3.7.2:40112;branch=z9hG4bK776asdhds;rport\r\n" +
		"Max-Forwards: 70\r\n" +
		"From: \"Z\u00fcrich\" <sip:alice@s17.sip.twilio.com>;tag=1928301774\r\n" +
		"To: <sip:alice@s17.sip.twilio.com>\r\n" +
		"Call-ID: a84b4c76e66710@127.3.7.2\r\n" +
		"CSeq: 1 REGISTER\r\n" +
		"Contact: <sip:alice@127.3.7.2:40112;transport=tls>\r\n" +
		"Content-Length: 0\r\n\r\n"
	forbidden = "SIP/2.0 403 TLS version not allowed\r\n" +
		"Via: SIP/2.0/TLS 127.3.7.2:40112;branch=z9hG4bK776asdhds;rport=40112\r\n" +
		"From: \"Z\u00fcrich\" <sip:alice@s17.sip.twilio.com>;tag=1928301774\r\n" +
		"To: <sip:alice@s17.sip.twilio.com>;tag=8a1\r\n" +
		"Call-ID: a84b4c76e66710@127.3.7.2\r\n" +
		"CSeq: 1 REGISTER\r\n" +
		"Content-Length: 0\r\n\r\n"
)

// typical returns the events of a scenario, about 60: a registration and some secure audio over one TLS connection,
// with every kind of event at least once.
func typical(chain [][]byte) []observation.Event {
	const conn = "c1"
	var events []observation.Event
	add := func(e observation.Event) {
		e.Seq = len(events)
		e.At = time.Duration(e.Seq) * 1250 * time.Microsecond
		events = append(events, e)
	}
	wire := func(dir observation.Direction, n int) {
		add(observation.Event{Kind: observation.Wire, Conn: conn, Dir: dir, Bytes: bytes.Repeat([]byte{0x17, 3, 3}, n/3)})
	}
	open := observation.TransportInfo{Protocol: observation.TLS, Listener: "edge", Local: mockSIP, Remote: deviceSIP}
	closed := open
	closed.Cause = "eof"

	add(observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: "start"}})
	add(observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: "output"}, Text: "ua: registering\x1b[31m"})
	add(observation.Event{Kind: observation.DNS, DNS: &observation.DNSInfo{
		Name: "_sips._tcp.s17.sip.twilio.com.", Type: "SRV", Code: "NOERROR", Answers: []string{"10 10 5061 s17.sip.twilio.com."}}})
	add(observation.Event{Kind: observation.TransportOpen, Conn: conn, Dir: observation.In, Transport: &open})
	wire(observation.In, 300)
	add(observation.Event{Kind: observation.ClientHello, Conn: conn, Dir: observation.In, Bytes: []byte{1, 0, 0, 0},
		Hello: &observation.HelloInfo{LegacyVersion: 0x0302, Suites: []uint16{0xc013, 0xc014, 0x2f}, Groups: []uint16{29, 23, 24},
			ServerName: "s17.sip.twilio.com"}})
	add(observation.Event{Kind: observation.TLSAlert, Conn: conn, Dir: observation.In,
		Alert: &observation.AlertInfo{Level: 2, Description: 48}})
	wire(observation.Out, 2400)
	add(observation.Event{Kind: observation.TLSKeyLog, Conn: conn,
		Text: "CLIENT_RANDOM " + strings.Repeat("ab", 32) + " " + strings.Repeat("cd", 48)})
	add(observation.Event{Kind: observation.TLSHandshake, Conn: conn, Handshake: &observation.HandshakeInfo{
		Role: "server", Complete: true, Version: 0x0302, Suite: 0xc013, Group: 29, ServerName: "s17.sip.twilio.com", LocalChain: chain}})
	wire(observation.In, 600)
	add(observation.Event{Kind: observation.SIP, Conn: conn, Dir: observation.In, Bytes: []byte(register)})
	add(observation.Event{Kind: observation.SIP, Conn: conn, Dir: observation.Out, Bytes: []byte(forbidden)})
	wire(observation.Out, 600)
	add(observation.Event{Kind: observation.KeepAlive, Conn: conn, Dir: observation.In, Bytes: []byte("\r\n\r\n")})
	add(observation.Event{Kind: observation.SIPMalformed, Conn: conn, Dir: observation.In,
		Bytes: []byte("INVITE \x1b]0;owned\x07\r\n\r\n"), Text: "no version"})
	add(observation.Event{Kind: observation.Unexpected, Conn: conn, Dir: observation.In, Text: "an INVITE after the refusal"})
	add(observation.Event{Kind: observation.Console,
		Console: &observation.ConsoleInfo{Code: "32222", Level: "ERROR", Title: "TLS version not allowed"}})
	for i := range 40 {
		dir := observation.In
		if i%2 == 1 {
			dir = observation.Out
		}
		add(observation.Event{Kind: observation.Media, Conn: "m1", Dir: dir, Bytes: bytes.Repeat([]byte{0x80}, 182),
			Media: &observation.MediaInfo{Class: observation.AuthenticRTP, Local: mockMedia, Remote: phoneMedia,
				SSRC: 0xdecafbad, Sequence: uint16(i), Payload: 160, Tone: 440 * (i / 20)}})
	}
	add(observation.Event{Kind: observation.Media, Conn: "m1", Dir: observation.In, Bytes: []byte{0x80}, Media: &observation.MediaInfo{
		Class: observation.BadTag, Local: mockMedia, Remote: phoneMedia, SSRC: 0xdecafbad, Diagnosis: "stray MKI of 4 bytes"}})
	add(observation.Event{Kind: observation.Note, Text: "media ends"})
	add(observation.Event{Kind: observation.TransportClose, Conn: conn, Dir: observation.In, Transport: &closed})
	add(observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: "exit", Status: 2}})
	return events
}

// certificate returns the DER of a self-signed certificate made from a template.
func certificate(template x509.Certificate) []byte {
	template.SerialNumber = big.NewInt(0xcafe)
	template.NotBefore = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	template.NotAfter = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	return testkit.Issue(nil, testkit.NewKey(), template).Certificate[0]
}

func wildcard() []byte {
	return certificate(x509.Certificate{
		Subject:     pkix.Name{CommonName: "*.sip.twilio.com"},
		DNSNames:    []string{"*.sip.twilio.com"},
		IPAddresses: []net.IP{net.IPv4(127, 3, 7, 1)},
		URIs:        []*url.URL{{Scheme: "sip", Opaque: "s17.sip.twilio.com"}},
	})
}

func TestWrite(t *testing.T) {
	t.Parallel()
	const scenario = "twilio/voice/register/tls1.1/deprecated-off"
	const folder = "evidence/" + scenario + "/"
	everything := results.Evidence{
		Observations: folder + PackedObservationsFile,
		Capture:      folder + CaptureFile + packed,
		Ladder:       folder + LadderFile,
		Chain:        folder + ChainFile,
		Device:       folder + DeviceFile,
	}
	least := results.Evidence{Observations: everything.Observations, Ladder: everything.Ladder + ".gz"}
	text := results.Evidence{Observations: everything.Observations, Ladder: everything.Ladder, Device: everything.Device}
	events := typical([][]byte{wildcard()})
	for _, test := range []struct {
		name   string
		events []observation.Event
		opts   Options
		want   results.Evidence
	}{
		{"full", events, Options{Scenario: scenario, Extent: Full}, everything},
		{"text", events, Options{Scenario: scenario, Extent: Text}, text},
		{"least", events, Options{Scenario: scenario}, least},
		{"nothing seen", nil, Options{Scenario: scenario, Extent: Full}, results.Evidence{
			Observations: everything.Observations, Ladder: everything.Ladder}},
		{"loose, into the directory itself", nil, Options{Extent: Loose}, results.Evidence{
			Observations: ObservationsFile, Ladder: LadderFile}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			// An earlier run has left every file; those that are not written now must go.
			if _, err := Write(dir, events, Options{Scenario: test.opts.Scenario, Extent: Full}); err != nil {
				t.Fatal(err)
			}
			got, err := Write(dir, test.events, test.opts)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("Write = %+v, want %+v", got, test.want)
			}
			var files []string
			err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					relative, _ := filepath.Rel(dir, path)
					files = append(files, filepath.ToSlash(relative))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, named := range []string{test.want.Observations, test.want.Capture, test.want.Ladder, test.want.Chain, test.want.Device} {
				if named != "" && !slices.Contains(files, named) {
					t.Errorf("%s is named but not there: %v", named, files)
				}
			}
			if want := reflect.ValueOf(test.want); len(files) != nonZero(want) {
				t.Errorf("files = %v, want those of %+v", files, test.want)
			}
		})
	}
}

func nonZero(v reflect.Value) int {
	n := 0
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			n++
		}
	}
	return n
}

func TestWriteReportsErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, Root), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	var pathError *fs.PathError
	if _, err := Write(dir, nil, Options{Scenario: "a/b"}); !errors.As(err, &pathError) {
		t.Errorf("Write over a file = %v, want a path error", err)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	if got, err := Folder("twilio/voice/tls1.1"); err != nil || got != "evidence/twilio/voice/tls1.1" {
		t.Errorf("Folder = %q, %v", got, err)
	}
	for _, bad := range []string{"", ".", "..", "../x", "a/../b", "/etc", "a//b", "a/"} {
		if got, err := Folder(bad); err == nil {
			t.Errorf("Folder(%q) = %q, want an error", bad, got)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	events := typical([][]byte{wildcard(), []byte("not DER")})
	dir := t.TempDir()
	files, err := Write(dir, events, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(filepath.Join(dir, files.Observations))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(events) {
		t.Fatalf("read %d events, wrote %d", len(got), len(events))
	}
	for i := range events {
		if !reflect.DeepEqual(got[i], events[i]) {
			t.Errorf("event %d came back as %+v, was %+v", i, got[i], events[i])
		}
	}
}

// TestMessagesAreText: SIP is stored as text where it is text, and as bytes otherwise, and comes back as it was either way.
func TestMessagesAreText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		message string
		want    string // in the line
	}{
		"SIP":             {"OPTIONS sip:a SIP/2.0\r\n\r\n", `"message":"OPTIONS sip:a SIP/2.0\r\n\r\n"`},
		"UTF-8":           {"Z\u00fcrich <&>\u2028", "\"message\":\"Z\u00fcrich <&>\\u2028\""},
		"another charset": {"Z\xfcrich", `"bytes":"WvxyaWNo"`},
		"control":         {"a\x00b", `"bytes":"YQBi"`},
		"a surrogate":     {"\xed\xa0\x80", `"bytes":"7aCA"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := writeObservations(&out, []observation.Event{{Kind: observation.SIP, Bytes: []byte(test.message)}}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("the line is %s, want %s in it", out.String(), test.want)
			}
			if events, err := Read(&out); err != nil || len(events) != 1 || string(events[0].Bytes) != test.message {
				t.Errorf("Read = %+v, %v", events, err)
			}
		})
	}
	old := `{"seq":0,"at_ns":1,"kind":"sip","bytes":"SU5WSVRF"}`
	if events, err := Read(strings.NewReader(old)); err != nil || string(events[0].Bytes) != "INVITE" {
		t.Errorf("what an earlier version wrote is read as %+v, %v", events, err)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, cause string }{
		{"not JSON", "hello\n", "observation 0: invalid character"},
		{"cut short", `{"seq":0,"at_ns":1,"kind":"no`, "observation 0: unexpected EOF"},
		{"line missing", `{"seq":0,"at_ns":1,"kind":"note"}` + "\n" + `{"seq":2,"at_ns":2,"kind":"note"}`, "observation 2 stands in place 1"},
		{"wrong type", `{"seq":0,"bytes":17}`, "cannot unmarshal number"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(strings.NewReader(test.in))
			if err == nil || !strings.Contains(err.Error(), test.cause) {
				t.Errorf("Read = %v, want an error saying %q", err, test.cause)
			}
		})
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile of no file = %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"seq":0,"at_ns":1,"kind":"sip","conn":"c1","dir":"in","bytes":"SU5WSVRF"}`))
	f.Add([]byte(`{"seq":0,"transport":{"local":"[::1]:5061"}} {"seq":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		// What can be read can be shown, and written again unchanged.
		dir := t.TempDir()
		files, err := Write(dir, events, Options{Extent: Full})
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadFile(filepath.Join(dir, files.Observations))
		if err != nil || len(again) != len(events) {
			t.Fatalf("read %d of %d events again: %v", len(again), len(events), err)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	events := typical([][]byte{wildcard(), wildcard()})
	for _, mode := range []struct {
		name   string
		extent Extent
	}{{"full", Full}, {"least", Least}} {
		b.Run(mode.name, func(b *testing.B) {
			dir := b.TempDir()
			b.ReportAllocs()
			// Each turn has its own folder, as in a run. On ext4 making files costs ten times as much for some
			// seconds after many were deleted.
			for n := 0; b.Loop(); n++ {
				if _, err := Write(dir, events, Options{Scenario: fmt.Sprintf("a/%d", n), Extent: mode.extent}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEncode is BenchmarkWrite's full evidence without the file system.
func BenchmarkEncode(b *testing.B) {
	events := typical([][]byte{wildcard(), wildcard()})
	out := bufio.NewWriterSize(io.Discard, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		out.Reset(io.Discard)
		if err := errors.Join(
			writeObservations(out, events),
			writeLadder(out, events, Options{}),
			writeChains(out, events),
			writeDevice(out, events),
			writeCapture(out, events, Options{}),
		); err != nil {
			b.Fatal(err)
		}
	}
}
