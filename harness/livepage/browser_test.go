package livepage_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/livepage"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestBrowser plays the session of a person at a phone in Chromium, on a desk and in a hand, by day and by night.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a browser")
	}
	b := testkit.Chromium(t)
	for _, look := range []struct {
		name          string
		width, height int
		scheme        string
	}{
		{"desk-light", 1280, 800, "light"}, {"desk-dark", 1280, 800, "dark"}, {"hand-light", 390, 844, "light"}, {"hand-dark", 390, 844, "dark"},
	} {
		t.Run(look.name, func(t *testing.T) {
			b.Show(look.width, look.height, look.scheme)
			newSitting(t, b, look.name).play()
		})
	}
}

// sitting is a session of a person at a device.
type sitting struct {
	t    *testing.T
	b    *testkit.Browser
	name string
	desk *operator.Desk
	page *livepage.Page
	line *line
}

// line stands between the browser and the page, and can be cut.
type line struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	conns []net.Conn
}

func newSitting(t *testing.T, b *testkit.Browser, name string) *sitting {
	s := &sitting{t: t, b: b, name: name, desk: operator.New()}
	s.page = start(t, livepage.Config{
		Desk: s.desk, Title: "phone 3.1", Total: 6, Secrets: []string{"correct-horse"},
		Facts: []livepage.Fact{{Name: "asked", Value: "vendor:twilio && area:tls"}, {Name: "report", Value: "report"}},
	})
	at, err := url.Parse(s.page.URL())
	if err != nil {
		t.Fatal(err)
	}
	s.line = newLine(t, at.Host)
	b.Open("http://" + s.line.listener.Addr().String() + at.Path)
	return s
}

func newLine(t *testing.T, to string) *line {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	l := &line{listener: testkit.Started(t, listener, err), to: to}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { l.carry(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		l.cut()
		all.Wait()
	})
	return l
}

func (l *line) carry(from net.Conn) {
	to, err := net.Dial("tcp", l.to)
	if err != nil {
		from.Close()
		return
	}
	l.mu.Lock()
	l.conns = append(l.conns, from, to)
	l.mu.Unlock()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		both.Go(func() {
			defer from.Close()
			defer to.Close()
			io.Copy(way[0], way[1])
		})
	}
	both.Wait()
}

// cut ends every connection.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.conns {
		conn.Close()
	}
	l.conns = nil
}

// ask asks for a task and waits until the browser shows it, to the person and to who cannot see it, with the focus on it.
func (s *sitting) ask(ctx context.Context, number int, title string) <-chan outcome {
	over := make(chan outcome, 1)
	go func() {
		a, why, err := s.desk.Ask(ctx, operator.Task{
			Scenario: fmt.Sprintf("twilio/voice/scenario-%d", number), Title: title, Number: number, Total: 6,
			Do: []string{"open Account 1, Advanced, on the phone's own page", "set TLS 1.2 as the only version, then press Register"},
			Sheet: []operator.Setting{{Name: "TLS version", Value: "1.2 only"}, {Name: "Outbound proxy", Value: "sip:sip.example.twilio.com:5061;transport=tls"},
				{Name: "SRTP", Value: "mandatory, AES_CM_128_HMAC_SHA1_80"}},
		})
		over <- outcome{a, why, err}
	}()
	s.b.Await(fmt.Sprintf("document.getElementById('task-title').textContent === %q", title))
	s.b.Await(fmt.Sprintf("document.getElementById('alert').textContent === %q", "To do now: "+title))
	s.b.Await("document.activeElement.id === 'task-title'")
	return over
}

type outcome struct {
	answer operator.Answer
	why    string
	err    error
}

// comes checks what a task came to, and waits until the browser shows that it is over.
func (s *sitting) comes(over <-chan outcome, want outcome) {
	s.t.Helper()
	if got := testkit.Receive(s.t, over, "the answer"); got != want {
		s.t.Errorf("the task came to %+v, want %+v", got, want)
	}
}

// looks checks what holds at any time of a session, and takes a picture.
func (s *sitting) looks(at string) {
	s.t.Helper()
	s.b.Picture(s.name + "-" + at)
	for _, complaint := range s.b.Complaints() {
		s.t.Errorf("%s: the browser complains: %s", at, complaint)
	}
	var wide []string
	s.b.Run(`const page = document.documentElement;
		return page.scrollWidth <= page.clientWidth ? [] : [...document.body.querySelectorAll('*')]
			.filter((e) => e.getBoundingClientRect().right > page.clientWidth + 1 && !e.closest('pre')).map((e) => e.outerHTML.slice(0, 200))
			.concat('the page is ' + page.scrollWidth + ' wide')`, &wide)
	if len(wide) > 0 {
		s.t.Errorf("%s: the page has to be scrolled sideways: %q", at, wide)
	}
	var faint []string
	s.b.Run(contrasts, &faint)
	if len(faint) > 0 {
		s.t.Errorf("%s: text has too little contrast (WCAG 2.2 §1.4.3): %q", at, faint)
	}
}

// contrasts finds texts whose contrast with what is behind them is below 4.5 to 1.
const contrasts = `
const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => {
	const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const behind = (e) => {
	for (; e; e = e.parentElement) {
		const colour = parse(getComputedStyle(e).backgroundColor);
		if (colour.length === 3 || colour[3] === 1) return colour;
	}
	return [255, 255, 255];
};
const found = new Set();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
	const e = texts.currentNode.parentElement;
	if (!texts.currentNode.textContent.trim() || e.closest('noscript, .unseen') || e.disabled) continue;
	const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
	const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	if (ratio < 4.5) found.add(e.className + ' ' + e.textContent.slice(0, 40) + ' ' + ratio.toFixed(2));
}
return [...found];`

// play plays a whole session.
func (s *sitting) play() {
	t, b := s.t, s.b
	ctx := testkit.Context(t)
	b.Await("document.getElementById('state').textContent === 'Up to date'")
	s.looks("1-begins")

	// Done by a click; what the phone does then appears by itself.
	over := s.ask(ctx, 1, "Register over TLS 1.2")
	s.looks("2-task")
	b.Click("button[value=done]")
	s.comes(over, outcome{answer: operator.Done})
	b.Await("document.getElementById('alert').textContent === 'Nothing to do now'")
	good := observation.NewLog()
	s.page.Begin("twilio/voice/scenario-1", "Register over TLS 1.2", good)
	connect(good, "tls-1")
	accept(good, "tls-1")
	b.Await("document.querySelector('#wire summary')")
	b.Click("#wire summary")
	message(good, "tls-1", observation.In, invite)
	message(good, "tls-1", observation.Out, "SIP/2.0 200 OK\nContent-Length: 0\n\n")
	b.Await("document.getElementById('wire').textContent.includes('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, secp384r1')")
	b.Await("document.getElementById('lines').textContent.includes('SIP/2.0 200 OK')")
	b.Await("document.querySelector('#wire details').open") // although that was shown anew
	good.End()
	s.page.Done(results.Result{Scenario: "twilio/voice/scenario-1", Title: "Register over TLS 1.2", Verdict: verdict.Pass, Cause: "registered"})
	b.Await("document.getElementById('said').textContent === 'pass: Register over TLS 1.2'")
	b.Await("document.getElementById('progress').textContent.includes('1 of 6 scenarios')")

	// The wire shows what was wanted, and the task ends by itself. The phone refuses, and a stranger knocks.
	wired, shown := context.WithCancel(ctx)
	over = s.ask(wired, 2, "Refuse a certificate that has expired")
	bad := observation.NewLog()
	s.page.Begin("twilio/voice/scenario-2", "Refuse a certificate that has expired", bad)
	connect(bad, "tls-1")
	bad.Append(observation.Event{Kind: observation.TLSAlert, Conn: "tls-1", Dir: observation.In,
		Alert: &observation.AlertInfo{Level: 2, Description: 45, Refused: observation.CertificateMessage}})
	bad.Append(observation.Event{Kind: observation.Stranger, Text: "a datagram from 198.51.100.7:5060, which is not the device"})
	b.Await("document.getElementById('wire').textContent.includes('certificate_expired')")
	b.Await("document.getElementById('lines').textContent.includes('certificate_expired')")
	shown()
	s.comes(over, outcome{err: context.Canceled})
	b.Await("document.getElementById('task-title').textContent === 'Nothing to do now'")
	bad.End()
	s.page.Done(results.Result{Scenario: "twilio/voice/scenario-2", Title: "Refuse a certificate that has expired", Verdict: verdict.Fail,
		Cause: "accepted-expired", Expected: "refuses the connection", Observed: "sent REGISTER over a connection whose certificate expired on 2026-10-29",
		Hint: "check notAfter when verifying", Requirements: []string{"TW-CRT-02"}, Evidence: results.Evidence{Ladder: "evidence/twilio/voice/scenario-2/ladder.txt"}})
	s.page.Done(results.Result{Scenario: "twilio/voice/scenario-5", Title: "Refuse another", Verdict: verdict.Inconclusive, Cause: results.BlockedCause,
		Blocked: &results.Blocked{Scenario: "twilio/voice/scenario-2"}})
	b.Await("document.getElementById('verdicts').textContent.includes('accepted-expired')")
	b.Await("document.getElementById('said').textContent.includes('Refuse another')")
	s.looks("3-refused")

	// By the keyboard alone: from the task to the reason, and Enter skips. It is not the first button of the page that counts.
	over = s.ask(ctx, 3, "Call with AES-256")
	b.Type(testkit.Tab)
	for range 10 {
		var id string
		if b.Run("return document.activeElement.id", &id); id == "why" {
			break
		}
		b.Type(testkit.Tab)
	}
	b.Type("the phone has no such suite")
	s.page.Done(results.Result{Scenario: "twilio/voice/scenario-6", Title: "Beside", Verdict: verdict.Observed})
	b.Await("document.getElementById('verdicts').textContent.includes('Beside')")
	b.Await("document.activeElement.id === 'why' && document.activeElement.value === 'the phone has no such suite'")
	s.looks("4-reason")
	b.Type(testkit.Enter)
	s.comes(over, outcome{operator.Skip, "the phone has no such suite", nil})
	b.Await("document.getElementById('task-title').textContent === 'Nothing to do now'")

	over = s.ask(ctx, 4, "Call in clear")
	b.Click("#why")
	b.Type("it has no such menu")
	b.Click("button[value=cannot]")
	s.comes(over, outcome{operator.Cannot, "it has no such menu", nil})
	for _, a := range []operator.Answer{operator.Again, operator.Back} {
		over = s.ask(ctx, 4, "Call in clear, "+string(a))
		b.Click("button[value=" + string(a) + "]")
		s.comes(over, outcome{answer: a})
	}

	// The line is cut, and the browser comes back by itself. It has the status of each answer by then: otherwise it would send
	// the last one again, which is late.
	b.Await("performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/answer')).length === 5")
	s.line.cut()
	over = s.ask(ctx, 5, "Call once more")
	b.Await("document.getElementById('state').textContent === 'Up to date'")
	lost := func(complaint string) bool {
		return strings.Contains(complaint, "ERR_INCOMPLETE_CHUNKED_ENCODING") || strings.Contains(complaint, "ERR_EMPTY_RESPONSE") ||
			strings.Contains(complaint, "ERR_CONNECTION")
	}
	for _, complaint := range slices.DeleteFunc(b.Complaints(), lost) {
		t.Errorf("after the line was cut, the browser complains: %s", complaint)
	}
	b.Click("button[value=done]")
	s.comes(over, outcome{answer: operator.Done})

	run := &results.Run{Plan: results.Plan{Selected: 6}, Results: []results.Result{{Scenario: "twilio/voice/scenario-2", Verdict: verdict.Fail}}}
	run.Conclude()
	s.page.Over(run)
	b.Await("document.getElementById('progress').textContent.includes('not conformant')")
	b.Await("document.getElementById('alert').textContent === 'The run is over'")
	s.page.Close()
	b.Await("document.getElementById('state').textContent.startsWith('The harness has ended')")
	s.looks("5-over")
	var text string
	b.Run("return document.documentElement.outerHTML", &text)
	for _, secret := range []string{key, another, "open-sesame", "correct-horse", "6629fae49393a05397450978507c4ef1"} {
		if strings.Contains(text, secret) {
			t.Errorf("the page has the secret %s", secret)
		}
	}
}
