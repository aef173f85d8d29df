package handout_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/harness/lab/handout"
	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// serve serves a site until stop is called or the test ends, and returns its address. Sent gets the paths of what was sent.
func serve(t *testing.T, sent chan<- string) (at string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	site := &handout.Site{
		Pages: map[string]handout.Page{
			"/": {Type: "text/html; charset=utf-8", Body: []byte("<p>roots")}, "/root.crt": {Type: handout.DER, Body: []byte{0x30, 0}},
			"/secret/cfg.xml": {Type: "application/xml", Body: []byte("<a/>")},
		},
		Alias: func(path string) string {
			if path == "/secret/cfg7.xml" {
				return "/secret/cfg.xml"
			}
			return ""
		},
	}
	if sent != nil {
		site.Sent = func(path, _ string) { sent <- path }
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- handout.Serve(ctx, listener, site, nil) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := testkit.Receive(t, ended, "the end of the server"); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return listener.Addr().String(), stop
}

// ask sends a request as it is, with the path as it stands, and returns the answer.
func ask(t *testing.T, at, method, path string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, method+" "+path+" HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// TestPages: there are the pages of the site, and nothing else.
func TestPages(t *testing.T) {
	t.Parallel()
	at, _ := serve(t, nil)
	for request, want := range map[string]struct {
		status int
		media  string
		body   string
	}{
		"GET /":                          {200, "text/html; charset=utf-8", "<p>roots"},
		"GET /root.crt":                  {200, handout.DER, "0\x00"},
		"HEAD /root.crt":                 {200, handout.DER, ""},
		"GET /root.crt?x=1":              {200, handout.DER, "0\x00"},
		"GET /secret/cfg.xml":            {200, "application/xml", "<a/>"},
		"GET /secret/cfg7.xml":           {200, "application/xml", "<a/>"},
		"GET /secret/":                   {404, "", ""},
		"GET /secret":                    {404, "", ""},
		"GET //root.crt":                 {404, "", ""},
		"GET /./root.crt":                {404, "", ""},
		"GET /../lab.yaml":               {404, "", ""},
		"GET /%2e%2e/lab.yaml":           {404, "", ""},
		"GET /secret/..%2f..%2flab.yaml": {404, "", ""},
		"GET /lab.yaml":                  {404, "", ""},
		"GET /root.crt/":                 {404, "", ""},
		"POST /root.crt":                 {405, "", ""},
		"DELETE /":                       {405, "", ""},
	} {
		method, path, _ := strings.Cut(request, " ")
		response, body := ask(t, at, method, path)
		if response.StatusCode != want.status || want.media != "" && response.Header.Get("Content-Type") != want.media || want.media != "" && body != want.body {
			t.Errorf("%s: %s, %s, %q; want %v", request, response.Status, response.Header.Get("Content-Type"), body, want)
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" || response.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", request, response.Header)
		}
		if response.Header.Get("Location") != "" {
			t.Errorf("%s leads to %s", request, response.Header.Get("Location"))
		}
	}
}

// TestEnd: a peer that says nothing is cut off when the server ends.
func TestEnd(t *testing.T) {
	t.Parallel()
	at, stop := serve(t, nil)
	silent, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ask(t, at, "GET", "/") // by now the other one has been accepted, too
	stop()
	if _, err := io.ReadAll(silent); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("it was not cut off: %v", err)
	}
}

// TestSent: what is sent is told by the page's own path, and nothing else is.
func TestSent(t *testing.T) {
	t.Parallel()
	sent := make(chan string, 10)
	at, stop := serve(t, sent)
	for _, path := range []string{"/nowhere", "/secret/cfg7.xml", "/root.crt"} {
		ask(t, at, "GET", path)
	}
	ask(t, at, "HEAD", "/")
	stop()
	close(sent)
	var all []string
	for path := range sent {
		all = append(all, path)
	}
	if slices.Sort(all); !slices.Equal(all, []string{"/root.crt", "/secret/cfg.xml"}) {
		t.Errorf("sent: %q", all)
	}
}
