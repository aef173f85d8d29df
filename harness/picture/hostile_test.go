package picture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// nasty is what a device could want to have in a page.
const nasty = "</pre></style></title></svg><script>alert(1)</script><img src=x onerror=alert(1)>\" onload=\"x\" 'y' \u202e\x00\x1b[2J &amp; {{.}} ]]>"

// said returns an event of a kind that has a device's words wherever an event can have them.
func said(kind observation.Kind, words string) observation.Event {
	raw := []byte(words)
	return observation.Event{
		Kind: kind, Conn: words, Dir: observation.In, Bytes: raw, Text: words, Stage: observation.StageMark(words),
		Fault: observation.FaultCause(words), Framing: observation.FramingFault(words),
		Transport: &observation.TransportInfo{Protocol: words, Listener: observation.Listener(words)},
		Hello: &observation.HelloInfo{ServerName: words, ALPN: []string{words}, Suites: []uint16{1, 0x0a0a}, Versions: []uint16{0x0304},
			Signatures: []uint16{9}},
		Alert: &observation.AlertInfo{Refused: observation.HandshakeMessage(words), Level: 2},
		Handshake: &observation.HandshakeInfo{Role: words, Error: words, EndedBy: observation.DeviceSide, Rejected: []string{words},
			LocalChain: [][]byte{raw}, PeerChain: [][]byte{raw}, Refused: observation.HandshakeMessage(words)},
		HTTP:    &observation.HTTPInfo{Method: words, Host: words, Path: words},
		Media:   &observation.MediaInfo{Class: observation.MediaClass(words), Key: words, Protocol: words, Diagnosis: observation.Diagnosis(words)},
		DNS:     &observation.DNSInfo{Name: words, Type: words, Answers: []string{words}, Code: words},
		Console: &observation.ConsoleInfo{Code: words, Level: words, Title: words, Detail: words, Note: words},
		Device:  &observation.DeviceInfo{What: observation.DeviceAction, Action: words},
		Flood:   &observation.FloodInfo{Kind: observation.Kind(words)},
	}
}

// kinds are all kinds of event, and one that is not known.
var kinds = []observation.Kind{
	observation.TransportOpen, observation.TransportClose, observation.Wire, observation.NotTLS, observation.ClientHello,
	observation.TLSAlert, observation.TLSHandshake, observation.Renegotiation, observation.TLSKeyLog, observation.SIP,
	observation.SIPMalformed, observation.KeepAlive, observation.HTTP, observation.Data, observation.Media, observation.Playing,
	observation.DNS, observation.Console, observation.Device, observation.Stage, observation.Fault, observation.Unexpected,
	observation.Stranger, observation.Limit, observation.MediaWithheld, observation.Note, observation.Flood, "of-a-later-version",
}

// TestNasty puts markup and control characters wherever a device's words can be: none of it becomes an element, an
// attribute or a character that a reader does not see.
func TestNasty(t *testing.T) {
	t.Parallel()
	sdp := "INVITE sip:a SIP/2.0\r\nCall-ID: " + nasty + "\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=" + nasty +
		"\r\na=crypto:1 " + nasty + "\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " + nasty + "\r\n"
	var events []observation.Event
	for _, kind := range kinds {
		events = append(events, said(kind, nasty), observation.Event{Kind: kind, Conn: nasty}, said(kind, sdp))
	}
	about := About{Prefix: nasty, Observations: nasty}
	for i := range events {
		about.Findings = append(about.Findings, verdict.Finding{Requirement: nasty, Verdict: nasty, Cause: nasty, Observed: nasty, Events: []int{i}})
	}
	all := draw(t, events, about)
	for _, e := range all {
		if strings.ContainsAny(e.text.String(), "\x00\x1b\u202e") {
			t.Fatalf("%s has a character that nobody sees: %q", e.name, e.text.String())
		}
	}
	if whole := all[0].text.String(); !strings.Contains(whole, "<script>alert(1)</script>") {
		t.Error("the words are not shown as they are")
	}
}

// TestFloods: whatever a device sends, the fragment is bounded, and says that something is left out.
func TestFloods(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("INVITE & <x> ", 60<<10/13)
	invite := func(i int) string {
		return fmt.Sprintf("INVITE sip:%d SIP/2.0\r\nCall-ID: %d\r\nCSeq: %d INVITE\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n%s", i, i, i,
			strings.Repeat("m=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA|<<<<<<\r\n", 700))
	}
	for _, flood := range []struct {
		name   string
		events int
		event  func(i int) observation.Event
	}{
		{"long messages", 400, func(i int) observation.Event { return said(observation.SIP, fmt.Sprint(i, long)) }},
		{"descriptions", 400, func(i int) observation.Event {
			return observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: observation.In, Bytes: []byte(invite(i))}
		}},
		{"handshakes", 2000, func(i int) observation.Event {
			suites := make([]uint16, 2000)
			for n := range suites {
				suites[n] = uint16(n + i)
			}
			return observation.Event{Kind: observation.ClientHello, Conn: fmt.Sprint("tls-", i), Dir: observation.In,
				Hello: &observation.HelloInfo{Suites: suites, Groups: suites, Signatures: suites, ServerName: long[:200]}}
		}},
		{"certificates", 400, func(i int) observation.Event {
			chain := slices.Repeat([][]byte{[]byte(fmt.Sprint(i))}, 100)
			return observation.Event{Kind: observation.TLSHandshake, Conn: fmt.Sprint("tls-", i), Handshake: &observation.HandshakeInfo{PeerChain: chain}}
		}},
		{"questions", 20_000, func(i int) observation.Event {
			return observation.Event{Kind: observation.DNS, DNS: &observation.DNSInfo{Name: fmt.Sprint(i, strings.Repeat("<", 200)), Type: "A"}}
		}},
		{"packets", 8000, func(i int) observation.Event {
			m := observation.MediaInfo{Class: observation.BadTag, SSRC: uint32(i), Local: netip.AddrPortFrom(socket.Addr(), uint16(i%300)),
				Diagnosis: observation.Diagnosis(fmt.Sprint(i)), Arrived: time.Duration(i) * time.Millisecond}
			return observation.Event{Kind: observation.Media, Dir: observation.In, Media: &m}
		}},
		{"everything", 3000, func(i int) observation.Event { return said(kinds[i%len(kinds)], fmt.Sprint(i, long[:7000])) }},
	} {
		t.Run(flood.name, func(t *testing.T) {
			t.Parallel()
			var events []observation.Event
			for i := range flood.events {
				events = append(events, flood.event(i))
			}
			about := About{Prefix: "p", Observations: "evidence/observations.jsonl"}
			for i := range 200 {
				about.Findings = append(about.Findings, verdict.Finding{Requirement: fmt.Sprint("R-", i), Verdict: verdict.Fail,
					Cause: fmt.Sprint("offer-", i), Observed: long, Events: []int{i, i + 1, i + 2}})
			}
			all := draw(t, events, about)
			if left := texts(all, "pic-left"); len(left)+len(texts(all, "pic-gap")) == 0 {
				t.Error("nothing is said to be left out")
			}
			if got := texts(all, "pic-rows"); len(got) != 1 || len(got[0]) < 200 {
				t.Errorf("there is no ladder")
			}
		})
	}
}

// TestEmpty: nothing to show is nothing.
func TestEmpty(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := Draw(&b, nil, About{}); err != nil || b.Len() > 0 {
		t.Errorf("%v, %q", err, b.String())
	}
}

// TestStyle: every class that a template has is in the style sheet, which has no others than fragments have, and loads
// nothing.
func TestStyle(t *testing.T) {
	t.Parallel()
	if strings.Contains(CSS, "url(") || strings.Contains(CSS, "@import") || strings.Contains(CSS, "</") {
		t.Error("the style sheet refers to something outside")
	}
	for _, class := range regexp.MustCompile(`\.([a-zA-Z][\w-]*)`).FindAllStringSubmatch(CSS, -1) {
		if class[1] != "pic" && !strings.HasPrefix(class[1], "pic-") {
			t.Errorf("the class %s could clash", class[1])
		}
	}
}

// FuzzDraw draws arbitrary events, and arbitrary bytes as the body of each kind.
func FuzzDraw(f *testing.F) {
	f.Add([]byte(`[{"kind":"sip","conn":"tls-1","dir":"in","bytes":"SU5WSVRF"},{"kind":"tls-handshake","handshake":{"peer_chain":["MAA="]}}]`), "x")
	f.Add([]byte(`[{"kind":"media","dir":"out","media":{"class":"srtp","arrived_ns":-5}},{"kind":"media","media":{"arrived_ns":9223372036854775807}}]`), nasty)
	f.Add([]byte(`[{"kind":"tls-client-hello","hello":{"legacy_version":65535,"suites":[2570]}},{"kind":"tls-handshake","handshake":{"rules":{}}}]`), "\n\r\n")
	f.Add([]byte("INVITE a SIP/2.0\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 A inline:x|y\r\n"), "a=crypto")
	f.Fuzz(func(t *testing.T, data []byte, words string) {
		var events []observation.Event
		if json.Unmarshal(data, &events) != nil {
			for i, kind := range kinds {
				e := said(kind, string(data))
				e.Dir = []observation.Direction{observation.In, observation.Out, ""}[i%3]
				events = append(events, e)
			}
		}
		for i := range events {
			events[i].Seq = i
		}
		about := failing(words, words, 0, 1, 2)
		about.Prefix, about.Begun = words, time.Unix(1e9, 0)
		var first, second bytes.Buffer
		if err := Draw(&first, events, about); err != nil {
			t.Fatal(err)
		}
		read(t, first.Bytes())
		if err := Draw(&second, events, about); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("the second fragment differs from the first: %v", err)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	var events []observation.Event
	for i := range 400 {
		events = append(events, said(observation.SIP, fmt.Sprint(i, strings.Repeat("x: <y>\r\n", 7000))))
	}
	numbered(events)
	for b.Loop() {
		if err := Draw(new(bytes.Buffer), events, About{Prefix: "p"}); err != nil {
			b.Fatal(err)
		}
	}
}
