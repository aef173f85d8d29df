package picture

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestMisfits has hellos beside what a vendor requires, and what is said of them.
func TestMisfits(t *testing.T) {
	t.Parallel()
	const (
		rsa, ecdhe, tls13 = 0x002f, 0xc02f, 0x1301
		x25519, p256      = 29, 23
	)
	old := observation.HelloInfo{LegacyVersion: 0x0302, Suites: []uint16{rsa}}
	modern := observation.HelloInfo{LegacyVersion: 0x0303, Versions: []uint16{0x0a0a, 0x0304, 0x0303}, Suites: []uint16{0x1a1a, tls13, ecdhe},
		Groups: []uint16{x25519}}
	for _, test := range []struct {
		name  string
		hello observation.HelloInfo
		rules observation.TLSRules
		want  []string
		amiss []string // the headings of what has nothing in common
	}{
		{"too old", old, observation.TLSRules{MinVersion: 0x0303, MaxVersion: 0x0303},
			[]string{"The device offers TLS 1.0 and TLS 1.1 only; the vendor requires TLS 1.2."}, []string{"Version"}},
		{"much too old", old, observation.TLSRules{MinVersion: 0x0303, MaxVersion: 0x0304},
			[]string{"The device offers TLS 1.0 and TLS 1.1 only; the vendor requires TLS 1.2 or higher."}, []string{"Version"}},
		{"too new", modern, observation.TLSRules{MinVersion: 0x0301, MaxVersion: 0x0302},
			[]string{"The device offers TLS 1.2 and TLS 1.3 only; the vendor requires TLS 1.0 to TLS 1.1."}, []string{"Version"}},
		{"it fits", modern, observation.TLSRules{MinVersion: 0x0303, MaxVersion: 0x0304, Suites: []uint16{ecdhe}, Groups: []uint16{x25519}}, nil, nil},
		{"no suite", modern, observation.TLSRules{MinVersion: 0x0303, MaxVersion: 0x0303, Suites: []uint16{rsa}},
			[]string{"The device offers none of the cipher suites that the vendor has."}, []string{"Cipher suites"}},
		{"suites of TLS 1.3 are the engine's", modern, observation.TLSRules{MinVersion: 0x0303, MaxVersion: 0x0304, Suites: []uint16{rsa}},
			nil, []string{"Cipher suites"}},
		{"no group", modern, observation.TLSRules{MinVersion: 0x0304, MaxVersion: 0x0304, Groups: []uint16{p256}},
			[]string{"The device offers none of the groups that the vendor has."}, []string{"Groups"}},
		{"any group will do", old, observation.TLSRules{MinVersion: 0x0301, MaxVersion: 0x0302, Groups: []uint16{p256}}, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := draw(t, []observation.Event{opened(false),
				{Kind: observation.ClientHello, Conn: "tls-1", Dir: observation.In, Hello: &test.hello},
				{Kind: observation.TLSHandshake, Conn: "tls-1", Handshake: &observation.HandshakeInfo{Role: "server", Rules: &test.rules}},
			}, About{Prefix: "p"})
			if got := texts(all, "pic-fault"); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			var amiss []string
			for _, heading := range texts(all, "<th") {
				if name, ok := strings.CutSuffix(heading, " nothing in common"); ok {
					amiss = append(amiss, name)
				}
			}
			if !slices.Equal(amiss, test.amiss) {
				t.Errorf("marked %q, want %q", amiss, test.amiss)
			}
		})
	}
}

// TestHandshakes has what is said of how handshakes went.
func TestHandshakes(t *testing.T) {
	t.Parallel()
	hello := observation.Event{Kind: observation.ClientHello, Conn: "tls-1", Dir: observation.In,
		Hello: &observation.HelloInfo{LegacyVersion: 0x0303, Suites: []uint16{0xc02f}, ServerName: "a.example"}}
	ended := func(h observation.HandshakeInfo) observation.Event {
		return observation.Event{Kind: observation.TLSHandshake, Conn: "tls-1", Handshake: &h}
	}
	for _, test := range []struct {
		name   string
		events []observation.Event
		lead   string
		want   []string // some of the section's words
	}{
		{"a record of before rules were kept", []observation.Event{opened(false), hello,
			ended(observation.HandshakeInfo{Role: "server", Complete: true, Version: 0x0303, Suite: 0xc02f})},
			"tls-1 opened by the device · complete",
			[]string{"not recorded", "chosen: TLS 1.2", "chosen: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "a.example"}},
		{"the vendor calls", []observation.Event{opened(true), hello,
			ended(observation.HandshakeInfo{Role: "client", Complete: true, Version: 0x0303, Suite: 0xc02f,
				Rules: &observation.TLSRules{MinVersion: 0x0303, MaxVersion: 0x0303}})},
			"tls-1 opened by the vendor · complete", []string{"The vendor offers", "The device chooses"}},
		{"refused", []observation.Event{opened(false), hello,
			{Kind: observation.TLSAlert, Conn: "tls-1", Dir: observation.In, Alert: &observation.AlertInfo{Level: 2, Description: 48}},
			ended(observation.HandshakeInfo{Role: "server", EndedBy: observation.DeviceSide, Refused: "Certificate", Error: "it did"})},
			"tls-1 opened by the device · failed: ended by the device, which refused the Certificate: it did",
			[]string{"The device sent alert unknown_ca (48)."}},
		{"a client certificate", []observation.Event{opened(false), hello,
			ended(observation.HandshakeInfo{Role: "server", EndedBy: observation.MockSide, Rejected: []string{"no-certificate"}, Rules: &observation.TLSRules{
				MinVersion: 0x0303, MaxVersion: 0x0303, ClientCertificate: observation.CertificateRequired}})},
			"tls-1 opened by the device · failed: ended by the vendor, which rejected the device's certificate (no-certificate)",
			[]string{"Client certificate shows nonerequires one"}},
		{"nothing came of it", []observation.Event{opened(false), hello}, "tls-1 opened by the device · failed: ended: it was not finished", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := draw(t, test.events, About{Prefix: "p"})
			if got := texts(all, "pic-lead"); len(got) == 0 || got[0] != test.lead {
				t.Errorf("got %q, want %q", got, test.lead)
			}
			section := strings.Join(texts(all, "pic-card"), " ")
			for _, want := range test.want {
				if !strings.Contains(section, want) {
					t.Errorf("%q is not in %q", want, section)
				}
			}
		})
	}
}

// TestEqualHandshakes: a device that tries again in the same way has one card.
func TestEqualHandshakes(t *testing.T) {
	t.Parallel()
	var events []observation.Event
	for _, conn := range []string{"tls-1", "tls-2", "tls-3"} {
		open := opened(false)
		open.Conn = conn
		events = append(events, open, observation.Event{Kind: observation.ClientHello, Conn: conn, Dir: observation.In,
			Hello: &observation.HelloInfo{LegacyVersion: 0x0303}})
	}
	events = append(events, observation.Event{Kind: observation.TLSAlert, Conn: "tls-3", Dir: observation.Out,
		Alert: &observation.AlertInfo{Level: 2, Description: 70}})
	got := texts(draw(t, events, About{}), "pic-lead")
	if len(got) != 2 || !strings.HasPrefix(got[0], "tls-1, tls-2 ") || !strings.HasPrefix(got[1], "tls-3 ") {
		t.Errorf("got %q, want tls-1 and tls-2 together and tls-3 apart", got)
	}
}
