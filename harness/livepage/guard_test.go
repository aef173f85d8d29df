package livepage_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/livepage"
	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestListen(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{ // what the error says; empty for none
		"127.0.0.1:0": "", ":0": "", "localhost:0": "", "[::]:0": "more than one address", "0.0.0.0:0": "more than one address",
		"224.0.0.1:0": "more than one address", "127.0.0.1": "not HOST:PORT", "example.org:0": "not an IP address", "": "not HOST:PORT",
		"127.0.0.1:99999": "invalid port",
	} {
		l, err := livepage.Listen(address)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", address, err)
		case want == "":
			if !strings.HasPrefix(l.Addr().String(), "127.0.0.1:") {
				t.Errorf("%q listens on %s", address, l.Addr())
			}
			l.Close()
		case err == nil || !strings.Contains(err.Error(), want):
			t.Errorf("%q: %v, want %q", address, err, want)
		}
	}
}

// TestGuard has strangers, other sites and those who know too little ask for what the page has.
func TestGuard(t *testing.T) {
	t.Parallel()
	desk := operator.New()
	p := start(t, livepage.Config{Desk: desk, Title: "a phone"})
	at, err := url.Parse(p.URL())
	if err != nil {
		t.Fatal(err)
	}
	if token := strings.Trim(at.Path, "/"); len(token) < 43 { // 256 bits in base64
		t.Errorf("the token %q is short", token)
	}
	if again := start(t, livepage.Config{}); strings.HasSuffix(again.URL(), at.Path) {
		t.Error("two pages have the same token")
	}
	wrong := "/" + strings.Repeat("A", len(at.Path)-2) + "/"
	const answer = "task=1&answer=skip&why=x"
	for name, c := range map[string]struct {
		method, path, body string
		headers            map[string]string
		want               int
	}{
		"the page":                         {"GET", at.Path, "", nil, 200},
		"its style":                        {"GET", at.Path + "page.css", "", nil, 200},
		"its script":                       {"GET", at.Path + "page.js", "", nil, 200},
		"its icon":                         {"GET", at.Path + "icon.svg", "", nil, 200},
		"by the name of loopback":          {"GET", at.Path, "", map[string]string{"Host": "localhost:8080"}, 200},
		"through a tunnel":                 {"GET", at.Path, "", map[string]string{"Host": "[::1]:9000"}, 200},
		"by a name that leads here":        {"GET", at.Path, "", map[string]string{"Host": "evil.test:" + at.Port()}, 421},
		"by another address":               {"GET", at.Path, "", map[string]string{"Host": "192.0.2.1"}, 421},
		"without a token":                  {"GET", "/", "", nil, 404},
		"with another token":               {"GET", wrong, "", nil, 404},
		"with half of the token":           {"GET", at.Path[:20], "", nil, 404},
		"a style without a token":          {"GET", "/page.css", "", nil, 404},
		"events with another token":        {"GET", wrong + "events", "", nil, 404},
		"without the last slash":           {"GET", strings.TrimSuffix(at.Path, "/"), "", nil, 301},
		"what there is not":                {"GET", at.Path + "page.html", "", nil, 404},
		"another write":                    {"POST", at.Path, answer, nil, 405},
		"another method":                   {"DELETE", at.Path + "answer", "", nil, 405},
		"an answer by GET":                 {"GET", at.Path + "answer?" + answer, "", nil, 405},
		"an answer with another token":     {"POST", wrong + "answer", answer, nil, 404},
		"an answer from another site":      {"POST", at.Path + "answer", answer, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"from another port of the host":    {"POST", at.Path + "answer", answer, map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"from another origin":              {"POST", at.Path + "answer", answer, map[string]string{"Origin": "http://evil.test"}, 403},
		"from the origin with a scheme":    {"POST", at.Path + "answer", answer, map[string]string{"Origin": "https://" + at.Host}, 403},
		"an answer to no task":             {"POST", at.Path + "answer", answer, map[string]string{"Origin": "http://" + at.Host}, 409},
		"of a form without referrer":       {"POST", at.Path + "answer", answer, map[string]string{"Origin": "null"}, 409},
		"of the page itself":               {"POST", at.Path + "answer", answer, map[string]string{"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 409},
		"an answer that names no task":     {"POST", at.Path + "answer", "answer=done", nil, 400},
		"an answer that is none":           {"POST", at.Path + "answer", "task=1&answer=pass", nil, 400},
		"a form that is none":              {"POST", at.Path + "answer", "%zz", nil, 400},
		"an answer without end":            {"POST", at.Path + "answer", "task=1&why=" + strings.Repeat("x", 8<<10), nil, 413},
		"an answer of a kind that is none": {"POST", at.Path + "answer", answer, map[string]string{"Content-Type": "text/plain"}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, text := send(t, c.method, "http://"+at.Host+c.path, c.body, c.headers)
			if got.StatusCode != c.want {
				t.Errorf("the status is %d, want %d: %s", got.StatusCode, c.want, text)
			}
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
					"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
				"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			} {
				if got.Header.Get(header) != want {
					t.Errorf("%s is %q", header, got.Header.Get(header))
				}
			}
			if c.want >= 400 && strings.Contains(text, strings.Trim(at.Path, "/")) {
				t.Errorf("the answer has the token: %s", text)
			}
		})
	}
}

// TestWithoutScripts plays a task with forms alone: an answer leads back to the page, and one that comes too late is
// explained on it.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	desk := operator.New()
	p := start(t, livepage.Config{Desk: desk, Title: "a phone"})
	over := make(chan [2]string, 1)
	p.Begin("a/b/c", "A good <one>", observation.NewLog())
	go func() {
		a, why, _ := desk.Ask(testkit.Context(t), operator.Task{Scenario: "a/b/c", Title: "Register", Do: []string{"press <Register>"}, Number: 1, Total: 2,
			Sheet: []operator.Setting{{Name: "TLS", Value: "1.2"}}})
		over <- [2]string{string(a), why}
	}()
	follow(t, p).shows("task", "Register")
	text := get(t, p)
	for _, want := range []string{"scenario 1 of 2", "a/b/c</span> <span class=\"quiet\">A good &lt;one&gt;</span>",
		"press &lt;Register&gt;", `<code>1.2</code>`, `name="task" value="1"`, `value="cannot"`,
		`<noscript><meta http-equiv="refresh" content="10"></noscript>`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	browser := map[string]string{"Accept": "text/html,*/*;q=0.8", "Origin": "null", "Sec-Fetch-Site": "same-origin"}
	back, _ := send(t, http.MethodPost, p.URL()+"answer", "task=1&why=no+such+button&answer=cannot", browser)
	if back.StatusCode != http.StatusSeeOther || back.Header.Get("Location") != "./" && !strings.HasSuffix(p.URL(), back.Header.Get("Location")) {
		t.Errorf("the answer leads to %d %q", back.StatusCode, back.Header.Get("Location"))
	}
	if got := testkit.Receive(t, over, "the answer"); got != [2]string{"cannot", "no such button"} {
		t.Errorf("the desk has %q", got)
	}
	late, text := send(t, http.MethodPost, p.URL()+"answer", "task=1&answer=done", browser)
	if late.StatusCode != http.StatusConflict || !strings.Contains(text, "over already") || !strings.Contains(text, "<h1>a phone</h1>") {
		t.Errorf("a late answer: %d %s", late.StatusCode, text)
	}
	script, text := send(t, http.MethodPost, p.URL()+"answer", "task=1&answer=done", map[string]string{"Accept": "text/plain"})
	if script.StatusCode != http.StatusConflict || strings.Contains(text, "<") {
		t.Errorf("a late answer of a script: %d %s", script.StatusCode, text)
	}
}

// TestAttends: a page is a front of its desk until it is closed.
func TestAttends(t *testing.T) {
	t.Parallel()
	desk := operator.New()
	p := start(t, livepage.Config{Desk: desk})
	p.Close()
	if _, why, _ := desk.Ask(context.Background(), operator.Task{}); why != operator.Nobody {
		t.Errorf("after the page, a task is skipped for %q", why)
	}
}
