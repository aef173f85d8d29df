package evidence

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func ladderOf(t testing.TB, events []observation.Event, opts Options) string {
	t.Helper()
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	if err := writeLadder(w, events, opts); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLadder(t *testing.T) {
	t.Parallel()
	got := ladderOf(t, typical(nil), Options{
		Scenario: "twilio/voice/register/tls1.1/deprecated-off",
		Start:    time.Date(2026, 7, 30, 10, 0, 0, 0, time.UTC),
	})
	testkit.Golden(t, "ladder.golden.txt", []byte(got))
}

func TestLadderLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		event observation.Event
		want  string
	}{
		{"dialled", observation.Event{Kind: observation.TransportOpen, Transport: &observation.TransportInfo{
			Protocol: "tcp", Local: mockSIP, Remote: deviceSIP, Dialed: true}},
			"device <---- mock   opens tcp from 127.3.7.1:5061 to 127.3.7.2:40112"},
		{"address unknown", observation.Event{Kind: observation.TransportOpen, Transport: &observation.TransportInfo{Protocol: "udp"}},
			"opens udp from ? to ?"},
		{"failed handshake", observation.Event{Kind: observation.TLSHandshake, Handshake: &observation.HandshakeInfo{
			Role: "server", Error: "remote error: tls: unknown certificate authority"}},
			"TLS handshake as server failed: remote error: tls: unknown certificate authority"},
		{"suite unknown to crypto/tls", observation.Event{Kind: observation.TLSHandshake, Handshake: &observation.HandshakeInfo{
			Role: "client", Complete: true, Version: 0x0303, Suite: 0xc028, Group: 24}},
			"TLS handshake as client: TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, secp384r1"},
		{"warning alert", observation.Event{Kind: observation.TLSAlert, Dir: observation.Out, Alert: &observation.AlertInfo{Level: 1}},
			"device <---- mock   TLS alert: warning close_notify (0)"},
		{"unregistered alert", observation.Event{Kind: observation.TLSAlert, Alert: &observation.AlertInfo{Level: 2, Description: 200}},
			"TLS alert: fatal alert 200 (200)"},
		{"payload missing", observation.Event{Kind: observation.ClientHello}, "ClientHello: not understood"},
		{"text of a device", observation.Event{Kind: observation.Note, Text: "a\x1b[2Jb\u202ec\nd"}, `note: a\x1b[2Jb\u202ec\nd`},
		{"name of a device", observation.Event{Kind: observation.DNS, DNS: &observation.DNSInfo{Name: "a\x07.", Type: "A", Code: "NXDOMAIN"}},
			`DNS A a\x07.: NXDOMAIN`},
		{"request", observation.Event{Kind: observation.HTTP, Dir: observation.In, HTTP: &observation.HTTPInfo{Method: "GET", Host: "a\x07", Path: "/sms"}},
			`HTTP GET https://a\x07/sms`},
		{"answer", observation.Event{Kind: observation.HTTP, Dir: observation.Out, HTTP: &observation.HTTPInfo{Method: "GET", Host: "a", Path: "/sms", Status: 404}},
			`HTTP GET https://a/sms: 404`},
		{"data", observation.Event{Kind: observation.Data, Dir: observation.In, Bytes: []byte("a\x07")}, `data, 2 bytes: "a\a"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := ladderOf(t, []observation.Event{test.event}, Options{})
			if !strings.Contains(got, test.want+"\n") {
				t.Errorf("ladder lacks %q:\n%s", test.want, got)
			}
		})
	}
}

// FuzzLadder: no text of a device reaches a reader's terminal unescaped.
func FuzzLadder(f *testing.F) {
	f.Add([]byte(register), "s17.sip.twilio.com")
	f.Add([]byte("\x1b[2J\r\n\r\nv=0\r\n\x00\xff"), "\u202e")
	f.Add([]byte("\n"), "")
	f.Fuzz(func(t *testing.T, message []byte, text string) {
		got := ladderOf(t, []observation.Event{
			{Kind: observation.SIP, Conn: "c1", Dir: observation.In, Bytes: message, Text: text},
			{Kind: observation.KeepAlive, Conn: text, Bytes: message},
			{Kind: observation.Data, Conn: text, Bytes: message},
			{Kind: observation.HTTP, HTTP: &observation.HTTPInfo{Method: text, Host: text, Path: text}},
			{Kind: observation.ClientHello, Hello: &observation.HelloInfo{ServerName: text, ALPN: []string{text}}},
			{Kind: observation.Media, Media: &observation.MediaInfo{Diagnosis: observation.Diagnosis(text)}},
		}, Options{})
		bad := func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
		if i := strings.IndexFunc(got, bad); i >= 0 {
			t.Fatalf("unprintable %q in the ladder", got[i:min(i+8, len(got))])
		}
		lines := bytes.Count(message, []byte("\n"))
		if len(message) > 0 && message[len(message)-1] != '\n' {
			lines++
		}
		if n := strings.Count(got, "      | ") + strings.Count(got, "      |\n"); n < lines {
			t.Fatalf("%d of %d lines of the message shown", n, lines)
		}
	})
}

// TestWhoEndedAHandshake: a handshake that failed says who ended it, and over which message.
func TestWhoEndedAHandshake(t *testing.T) {
	t.Parallel()
	for want, h := range map[string]observation.HandshakeInfo{
		"TLS handshake as server failed: EOF": {Role: "server", Error: "EOF"},
		"TLS handshake as client failed: not configured; ended by the mock": {
			Role: "client", Error: "not configured", EndedBy: observation.MockSide,
		},
		"TLS handshake as server failed: alert; ended by the device, which refused the ServerKeyExchange": {
			Role: "server", Error: "alert", EndedBy: observation.DeviceSide, Refused: observation.ServerKeyExchangeMessage,
		},
	} {
		if got := describeHandshake(&h); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestFloodedEvidence: of the longest messages, and however many, the files stay readable and say what they lack.
func TestFloodedEvidence(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	log.Append(observation.Event{Kind: observation.TransportOpen, Conn: "udp-1", Transport: &observation.TransportInfo{
		Protocol: observation.UDP, Local: netip.MustParseAddrPort("127.0.0.1:5060"), Remote: netip.MustParseAddrPort("127.0.0.2:5060")}})
	for i := range 3000 {
		log.Append(observation.Event{Kind: observation.SIP, Conn: fmt.Sprint("udp-", i%100), Dir: observation.In, Bytes: make([]byte, 60<<10)})
	}
	log.Append(observation.Event{Kind: observation.Note, Text: strings.Repeat("\x00", 100<<10)})
	dir, events := t.TempDir(), log.End()
	files, err := Write(dir, events, Options{Extent: Full})
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{files.Ladder: 4 << 20, files.Observations: 2 * observation.ScenarioBytes, files.Capture: observation.ScenarioBytes}
	for file, most := range sizes {
		content, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if len(content) > most {
			t.Errorf("%s has %d bytes", file, len(content))
		}
		said := map[string]string{files.Ladder: "left out for want of room:", files.Observations: `"flood":`, files.Capture: "Incomplete: "}[file]
		unpacked, err := unpack(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if content, err = io.ReadAll(unpacked); err != nil || !bytes.Contains(content, []byte(said)) {
			t.Errorf("%s does not say what it lacks: %v", file, err)
		}
	}
	stored, err := ReadFile(filepath.Join(dir, files.Observations))
	if err != nil || len(stored) != len(events) {
		t.Errorf("%d of %d events are stored: %v", len(stored), len(events), err)
	}
}
