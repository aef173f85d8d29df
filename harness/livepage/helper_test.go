package livepage_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/livepage"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// start starts a page that has a desk.
func start(t *testing.T, config livepage.Config) *livepage.Page {
	t.Helper()
	config.Address = "127.0.0.1:0"
	if config.Desk == nil {
		config.Desk = operator.New()
	}
	p, err := livepage.Start(t.Context(), config)
	return testkit.Started(t, p, err)
}

// client is a browser without scripts, which follows no redirect.
func client(t *testing.T) *http.Client {
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// send sends a request, of which headers change what is usual.
func send(t *testing.T, method, url, body string, headers map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(testkit.Context(t), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range headers {
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	answer, err := client(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// get returns the page.
func get(t *testing.T, p *livepage.Page) string {
	t.Helper()
	_, text := send(t, http.MethodGet, p.URL(), "", nil)
	return text
}

// event is a server-sent event.
type event struct{ name, data string }

// stream is a browser that is kept up to date.
type stream struct {
	t      *testing.T
	status int
	events <-chan event
	page   map[string]string // the newest of each section
}

// follow opens the stream of a page's events.
func follow(t *testing.T, p *livepage.Page) *stream {
	t.Helper()
	r, err := http.NewRequestWithContext(testkit.Context(t), http.MethodGet, p.URL()+"events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan event)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(events)
		parse(answer.Body, func(e event) bool {
			select {
			case events <- e:
				return true
			case <-r.Context().Done():
				return false
			}
		})
	}()
	t.Cleanup(func() {
		answer.Body.Close()
		for range events {
		}
		<-done
	})
	return &stream{t, answer.StatusCode, events, make(map[string]string)}
}

// shows waits until a section has a text, and returns the section.
func (s *stream) shows(name, text string) string {
	s.t.Helper()
	for !strings.Contains(s.page[name], text) || s.page[name] == "" {
		e := testkit.Receive(s.t, s.events, fmt.Sprintf("%q in the section %s, which is %s", text, name, s.page[name]))
		if e.name == "" {
			s.t.Fatalf("the stream ended before the section %s had %q: %s", name, text, s.page[name])
		}
		s.page[e.name] = e.data + "\n"
	}
	return s.page[name]
}

// parse reads events until take returns false.
func parse(stream io.Reader, take func(event) bool) {
	var e event
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			e.name = value
		case "data":
			e.data += value + "\n"
		case "":
			if e.name != "" && !take(e) {
				return
			}
			e = event{}
		}
	}
}

var (
	device = netip.MustParseAddrPort("192.0.2.10:50612")
	vendor = netip.MustParseAddrPort("192.0.2.1:5061")
)

// connect appends a TLS connection of the device, up to its ClientHello.
func connect(log *observation.Log, conn string) {
	log.Append(observation.Event{Kind: observation.TransportOpen, Conn: conn,
		Transport: &observation.TransportInfo{Protocol: observation.TLS, Local: vendor, Remote: device}})
	log.Append(observation.Event{Kind: observation.ClientHello, Conn: conn, Dir: observation.In, Hello: &observation.HelloInfo{
		LegacyVersion: 0x0303, Versions: []uint16{0x0304, 0x0303, 0x1a1a}, Suites: []uint16{0x2a2a, 0x1301, 0xc02f, 0x009c, 0xc030, 0xc02b, 0xc02c, 0x009d},
		Groups: []uint16{0x001d, 0x0018}, ServerName: "acme.sip.twilio.com",
	}})
}

// accept appends that the handshake is complete.
func accept(log *observation.Log, conn string) {
	log.Append(observation.Event{Kind: observation.TLSHandshake, Conn: conn,
		Handshake: &observation.HandshakeInfo{Role: "server", Complete: true, Version: 0x0303, Suite: 0xc02f, Group: 0x0018}})
}

// message appends a SIP message.
func message(log *observation.Log, conn string, dir observation.Direction, text string) {
	log.Append(observation.Event{Kind: observation.SIP, Conn: conn, Dir: dir, Bytes: []byte(strings.ReplaceAll(text, "\n", "\r\n"))})
}
