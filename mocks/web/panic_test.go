package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

// TestPanics has each callback of the server panic. The log has the panic as a fault, the connection ends, and the
// server serves other connections and closes.
func TestPanics(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		rules   func(tlspeer.Rules) tlspeer.Rules
		status  int // of the answer, 0 if there is none
	}{
		"a handler": {handler: func(http.ResponseWriter, *http.Request) { panic("of the test") }, status: 500},
		"a handler that has answered": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); panic("of the test") }, status: 404,
		},
		"a listener's rules": {handler: say, rules: func(tlspeer.Rules) tlspeer.Rules { panic("of the test") }},
		"Rules.Verify": {handler: say, rules: func(r tlspeer.Rules) tlspeer.Rules {
			r.ClientAuth, r.Verify = tlspeer.ClientAuthRequire, func([]*x509.Certificate) error { panic("of the test") }
			return r
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := start(t, say)
			own, _ := issue(t, "device", host)
			usual := m.rules
			if test.rules == nil {
				test.rules = func(r tlspeer.Rules) tlspeer.Rules { return r }
			}
			at, err := m.Listen(web.Listener{Address: testkit.Loopback, Handler: test.handler,
				Rules: func() tlspeer.Rules { return test.rules(usual) }})
			if err != nil {
				t.Fatal(err)
			}
			good := m.at
			m.at = at
			response, err := m.client(t, &tls.Config{Certificates: []tls.Certificate{own}}).Get("https://" + host + "/page")
			if (err == nil) != (test.status != 0) {
				t.Fatalf("the request: %v", err)
			}
			if err == nil {
				response.Body.Close()
				if response.StatusCode != test.status {
					t.Errorf("answered %d", response.StatusCode)
				}
			}
			e := testkit.Await(t, m.log, observation.Fault, nil)
			if e.Fault != observation.MockPanicked || e.Conn == "" ||
				!strings.Contains(e.Text, "of the test") || !strings.Contains(e.Text, "panic_test.go") {
				t.Errorf("recorded as %s of %q: %q", e.Fault, e.Conn, e.Text)
			}
			m.at = good
			if response, err = m.client(t, &tls.Config{}).Get("https://" + host); err != nil {
				t.Fatalf("another is not served: %v", err)
			}
			response.Body.Close()
			m.closes(t)
		})
	}
}
