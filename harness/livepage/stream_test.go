package livepage_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/livepage"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestJoinLate: whoever joins gets every section as it is then.
func TestJoinLate(t *testing.T) {
	t.Parallel()
	p := start(t, livepage.Config{Title: "phone", Total: 2})
	log := observation.NewLog()
	connect(log, "tls-1")
	p.Begin("a/b/c", "late", log)
	follow(t, p).shows("wire", "acme.sip.twilio.com")
	late := follow(t, p)
	for name, want := range map[string]string{"task": "Nothing to do now", "progress": "0 of 2", "wire": "acme.sip.twilio.com",
		"ladder": "ClientHello", "verdicts": "No verdict"} {
		late.shows(name, want)
	}
}

// TestStreams: only so many browsers are kept up to date at the same time; when one is gone, another may come.
func TestStreams(t *testing.T) {
	t.Parallel()
	p := start(t, livepage.Config{Title: "phone"})
	for range 8 {
		follow(t, p).shows("task", "Nothing to do now")
	}
	if status := follow(t, p).status; status != http.StatusServiceUnavailable {
		t.Errorf("one stream too many has the status %d", status)
	}
	if text := get(t, p); !strings.Contains(text, "<h1>phone</h1>") {
		t.Error("the page itself is not served meanwhile")
	}
}

// TestDeaf: a browser that reads nothing holds nobody up, and the page ends all the same.
func TestDeaf(t *testing.T) {
	t.Parallel()
	p := start(t, livepage.Config{Title: "phone"})
	at, err := url.Parse(p.URL())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		conn, err := net.Dial("tcp", at.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %sevents HTTP/1.1\r\nHost: %s\r\n\r\n", at.Path, at.Host)
	}
	log := observation.NewLog()
	p.Begin("a/b/c", "", log)
	browser := follow(t, p)
	for i := range 300 {
		message(log, "", observation.In, fmt.Sprintf("OPTIONS sip:%d SIP/2.0\nX: %s\n\n", i, strings.Repeat("x", 2000)))
	}
	browser.shows("ladder", "OPTIONS sip:299")
	testkit.ReturnsWithin(t, testkit.Patience, "the end of the page", func() { p.Close() })
}
