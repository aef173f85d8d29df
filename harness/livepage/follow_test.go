package livepage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/livepage"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	key     = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
	another = "NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1ZjNzB4d1BINUAvLEw6UzF3WQ=="
)

const description = `v=0
o=- 1 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 4000 RTP/SAVP 0
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:` + key + `
a=crypto:2 AES_256_CM_HMAC_SHA1_80 inline:` + another + `
a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:short
a=crypto:inline:` + key + ` ` + key + `
`

// invite is a call that has many secrets.
var invite = fmt.Sprintf(`INVITE sip:+15550100@acme.sip.twilio.com SIP/2.0
Via: SIP/2.0/TLS 192.0.2.10:50612;branch=z9hG4bK1
From: <sip:alice:open-sesame@acme.sip.twilio.com>;tag=1
To: <sip:+15550100@acme.sip.twilio.com>
Call-ID: 1@192.0.2.10
CSeq: 1 INVITE
User-Agent: Phone <b>3000</b>
Authorization: Digest username="alice", realm="r", nonce="n", uri="sip:x", response="6629fae49393a05397450978507c4ef1"
Content-Type: application/sdp
Content-Length: %d

%s`, len(description)+strings.Count(description, "\n"), description)

// TestFollows shows what connects, what it offers, what is refused and the ladder, by the names of IANA, and no secret.
func TestFollows(t *testing.T) {
	t.Parallel()
	p := start(t, livepage.Config{Title: "phone", Total: 2, Secrets: []string{"correct-horse"}})
	browser := follow(t, p)
	log := observation.NewLog()
	p.Begin("twilio/voice/call-out/secure", "A secure call", log)
	connect(log, "tls-1")
	accept(log, "tls-1")
	message(log, "tls-1", observation.In, invite)
	message(log, "tls-1", observation.Out, "SIP/2.0 488 Not Acceptable Here correct-horse\nContent-Length: 0\n\n")
	log.Append(observation.Event{Kind: observation.Console, Console: &observation.ConsoleInfo{Code: "32208", Level: "error", Title: "Secure media required"}})
	connect(log, "tls-2")
	log.Append(observation.Event{Kind: observation.TLSAlert, Conn: "tls-2", Dir: observation.In,
		Alert: &observation.AlertInfo{Level: 2, Description: 45, Refused: observation.CertificateMessage}})
	log.Append(observation.Event{Kind: observation.TLSHandshake, Conn: "tls-2", Handshake: &observation.HandshakeInfo{
		Role: "server", EndedBy: observation.DeviceSide, Refused: observation.CertificateMessage, Error: "remote error: expired"}})
	log.Append(observation.Event{Kind: observation.TransportClose, Conn: "tls-2", Transport: &observation.TransportInfo{Cause: observation.ClosedByPeer}})
	log.Append(observation.Event{Kind: observation.Stranger, Text: "a datagram from 198.51.100.7:5060\x1b[2J", Denied: &observation.DeniedInfo{Count: 10}})
	log.Append(observation.Event{Kind: observation.Flood, Flood: &observation.FloodInfo{Kind: observation.SIP, Events: 70}})
	browser.shows("wire", "70 events of kind sip were left out")
	browser.shows("ladder", "left out for want of room")
	text := get(t, p)
	for _, want := range []string{
		"TLS 1.3, TLS 1.2", "acme.sip.twilio.com", "TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_GCM_SHA256",
		"x25519, secp384r1", "TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, secp384r1", "Phone &lt;b&gt;3000&lt;/b&gt;",
		"audio RTP/SAVP: AES_CM_128_HMAC_SHA1_80, AES_256_CM_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_32 (malformed), malformed",
		"INVITE sip:&#43;15550100@acme.sip.twilio.com SIP/2.0", "488 Not Acceptable Here",
		"the vendor&#39;s console: 32208 Secure media required",
		"alert from the device: certificate_expired, because of the vendor&#39;s Certificate", "the device ended the handshake", "closed by the device",
		`a datagram from 198.51.100.7:5060\x1b[2J (10 so far)`, "device ----&gt; mock", "from the device at 192.0.2.10:50612 to the vendor at 192.0.2.1:5061",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, secret := range []string{key, another, "6629fae49393a05397450978507c4ef1", "open-sesame", "correct-horse", "GREASE", "\x1b", "<b>3000"} {
		if strings.Contains(text, secret) {
			t.Errorf("the page has %q", secret)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	log.End()
	browser.shows("ladder", "(over)")
}

// TestVerdicts shows verdicts with their causes, newest first, and what the run came to.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	p := start(t, livepage.Config{Title: "phone", Total: 3})
	browser := follow(t, p)
	p.Done(results.Result{Scenario: "a/b/good", Title: "A good one", Verdict: verdict.Pass, Cause: "registered", Observed: "it registered"})
	p.Done(results.Result{Scenario: "a/b/bad", Title: "A bad one", Verdict: verdict.Fail, Cause: "accepted-expired", Expected: "refuses it",
		Observed: "sent REGISTER", Hint: "check notAfter", Requirements: []string{"TW-CRT-02"}, Evidence: results.Evidence{Ladder: "evidence/a/b/bad/ladder.txt"}})
	p.Done(results.Result{Scenario: "a/b/open", Configuration: "clear", Title: "An open one", Verdict: verdict.Inconclusive, Cause: results.BlockedCause,
		Blocked: &results.Blocked{Scenario: "a/b/bad"}})
	got := browser.shows("verdicts", "a/b/open (clear)")
	if strings.Index(got, "A bad one") < strings.Index(got, "An open one") || strings.Contains(got, "it registered") {
		t.Errorf("the verdicts are %s", got)
	}
	for _, want := range []string{`id="scenario/a/b/bad"`, `href="#scenario/a/b/bad"`, "accepted-expired", "check notAfter", "TW-CRT-02",
		"evidence/a/b/bad/ladder.txt", "✕ fail"} {
		if !strings.Contains(got, want) {
			t.Errorf("the verdicts lack %q: %s", want, got)
		}
	}
	browser.shows("progress", "3 of 3 scenarios")
	run := &results.Run{Plan: results.Plan{Selected: 3}, Results: []results.Result{{Scenario: "a/b/bad", Verdict: verdict.Fail}}}
	run.Conclude()
	p.Over(run)
	browser.shows("progress", "not conformant")
	part := &results.Run{
		Plan: results.Plan{Selected: 1, Filter: "area:tls", Parts: []results.Part{
			{Vendor: "a", Product: "b", Role: "register", Scenarios: 2, Core: []string{"a/b/good", "a/b/left-out"}},
		}},
		Results: []results.Result{{Scenario: "a/b/good", Vendor: "a", Product: "b", Role: "register", Level: "must", Verdict: verdict.Pass, Served: true}},
	}
	part.Conclude()
	p.Over(part)
	if browser.shows("progress", "conformant in part"); !strings.Contains(browser.page["progress"], "o-partial") {
		t.Errorf("a run that is conformant in part looks like %s", browser.page["progress"])
	}
	p.Close()
	browser.shows("end", "")
}

// TestBounds: what the page keeps for those who join late is bounded, and what they came for stays.
func TestBounds(t *testing.T) {
	t.Parallel()
	p := start(t, livepage.Config{Title: "phone", Total: 1000})
	log := observation.NewWindow()
	p.Begin("", "", log)
	p.Done(results.Result{Scenario: "first", Verdict: verdict.Fail})
	browser := follow(t, p)
	for i := range 500 {
		conn := fmt.Sprintf("tls-%d", i)
		connect(log, conn)
		for range 20 {
			message(log, conn, observation.In, "OPTIONS sip:x SIP/2.0\nUser-Agent: "+strings.Repeat("x", 4000)+"\n\n")
		}
		log.Append(observation.Event{Kind: observation.Stranger, Text: strings.Repeat("y", 4000)})
		p.Done(results.Result{Scenario: fmt.Sprintf("later/%d", i), Verdict: verdict.Pass})
	}
	connect(log, "the-last")
	log.Append(observation.Event{Kind: observation.Limit, Text: "the end"})
	browser.shows("wire", "the end")
	browser.shows("ladder", "the end")
	text := get(t, p)
	for what, most := range map[string]int{"<article": 20, "<b>stranger</b>": 6, `<li id="scenario/`: 100} {
		if n := strings.Count(text, what); n == 0 || n > most {
			t.Errorf("the page has %d of %s, want at most %d", n, what, most)
		}
	}
	if len(text) > 1<<20 {
		t.Errorf("the page has %d bytes", len(text))
	}
	for _, want := range []string{"scenario/first", "later/499", "501 of 1000", "8 earlier messages are left out", "(earlier lines are left out here)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestShown: the ladder is of one scenario until that is over, and then of the newest that runs.
func TestShown(t *testing.T) {
	t.Parallel()
	p := start(t, livepage.Config{Title: "phone", Total: 9})
	browser := follow(t, p)
	logs := make([]*observation.Log, 3)
	for i := range logs {
		logs[i] = observation.NewLog()
		connect(logs[i], "tls-1")
		p.Begin(fmt.Sprintf("scenario-%d", i), "", logs[i])
	}
	browser.shows("progress", "scenario-2")
	browser.shows("ladder", "scenario-0")
	logs[0].End()
	browser.shows("ladder", "scenario-2")
	logs[2].End()
	browser.shows("ladder", "scenario-1")
	logs[1].End()
	browser.shows("ladder", "(over)")
	again := observation.NewLog()
	p.Begin("scenario-1", "tried again", again)
	browser.shows("ladder", "tried again")
	if text := get(t, p); strings.Count(text, "<article") != 3 {
		t.Errorf("the connections of the scenarios that are over are gone: %s", text)
	}
}
