package reference

import (
	"fmt"
	"strings"
	"testing"

	"github.com/icholy/digest"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// registrar answers a request without credentials with a challenge of that status, one with wrong credentials with a refusal,
// and one with good credentials with final.
func registrar(challenge digest.Challenge, status int, final func(*received)) func(*received) {
	header, name := "WWW-Authenticate", "Authorization"
	if status == 407 {
		header, name = "Proxy-Authenticate", "Proxy-Authorization"
	}
	return func(r *received) {
		if r.Method == "ACK" || !r.IsRequest() {
			return
		}
		given := r.Get(name)
		if given == "" {
			r.respond(status, "", header, challenge.String())
			return
		}
		credentials, err := digest.ParseCredentials(given)
		if err != nil {
			r.respond(400, "")
			return
		}
		want, err := digest.Digest(&challenge, digest.Options{
			Method: r.Method, URI: r.RequestURI, Username: user, Password: password, Cnonce: credentials.Cnonce, Count: credentials.Nc,
		})
		if err != nil || want.Response != credentials.Response || credentials.Opaque != challenge.Opaque || credentials.URI != r.RequestURI {
			r.respond(403, "")
			return
		}
		final(r)
	}
}

func ok(r *received) { r.respond(200, "", "Contact", r.Get("Contact")+";expires=600") }

func TestRegisterDigest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		status    int
		challenge digest.Challenge
	}{
		{"407, MD5, qop", 407, digest.Challenge{Realm: "sip.example.com", Nonce: "n0nce==", Opaque: "0paque", Algorithm: "MD5", QOP: []string{"auth"}}},
		{"401, MD5, no qop", 401, digest.Challenge{Realm: `a "quoted" realm`, Nonce: "n", Algorithm: "MD5"}},
		{"401, SHA-256", 401, digest.Challenge{Realm: "r", Nonce: "n", Algorithm: "SHA-256", QOP: []string{"auth", "auth-int"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{script: registrar(tt.challenge, tt.status, ok)})
			w.do(device.Register, "")
			w.said("registered for 600 s")
			sent := w.finish()
			if got := outline(sent); got != "tls1 REGISTER, tls1 REGISTER" {
				t.Fatal(got)
			}
			first, second := sent[0], sent[1]
			if first.CallID() != second.CallID() || first.FromTag() != second.FromTag() {
				t.Error("the retry is no retry")
			}
			one, _ := first.CSeq()
			two, _ := second.CSeq()
			if two != one+1 {
				t.Errorf("CSeq %d then %d", one, two)
			}
			for _, m := range sent {
				if defects := m.Defects(); len(defects) > 0 {
					t.Errorf("%v in\n%s", defects, m.Raw)
				}
			}
			contact, err := first.Contact()
			if err != nil || contact.URI.Params.Get("transport") != "tls" || contact.URI.Port != w.session.Listening()[observation.TLS].Port() {
				t.Errorf("Contact %v, %v", contact, err)
			}
		})
	}
}

func TestRegisterIsRefused(t *testing.T) {
	t.Parallel()
	challenge := digest.Challenge{Realm: "r", Nonce: "n", Algorithm: "MD5", QOP: []string{"auth"}}
	tests := []struct {
		name    string
		script  func(*received)
		account device.Account
		sent    string
		said    string
	}{
		{"403", func(r *received) { r.respond(403, "") }, device.Account{}, "tls1 REGISTER", "register failed 403 Forbidden"},
		{"403 after credentials", registrar(challenge, 407, func(r *received) { r.respond(403, "") }), device.Account{}, "tls1 REGISTER, tls1 REGISTER", "register failed 403"},
		{"challenge again and again", func(r *received) { r.respond(407, "", "Proxy-Authenticate", challenge.String()) }, device.Account{},
			"tls1 REGISTER, tls1 REGISTER", "register failed 407"},
		{"stale, then again", func(r *received) { r.respond(401, "", "WWW-Authenticate", `Digest realm="r", nonce="n", stale=true`) }, device.Account{},
			"tls1 REGISTER, tls1 REGISTER, tls1 REGISTER", "register failed 401"},
		{"unknown algorithm", func(r *received) {
			r.respond(401, "", "WWW-Authenticate", `Digest realm="r", nonce="n", algorithm=SHA-3`)
		}, device.Account{},
			"tls1 REGISTER", "challenge not answered: the algorithm SHA-3 is not supported"},
		{"no password", func(r *received) { r.respond(401, "", "WWW-Authenticate", challenge.String()) }, device.Account{User: user, Domain: domain},
			"tls1 REGISTER", "the account has no password"},
		{"503, and no other address", func(r *received) { r.respond(503, "") }, device.Account{}, "tls1 REGISTER", "register failed 503"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{script: tt.script, account: tt.account})
			w.do(device.Register, "")
			w.said(tt.said)
			if got := outline(w.finish()); got != tt.sent {
				t.Error(got)
			}
		})
	}
}

func TestRegisterInterval(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{levers: device.Levers{Expires: 60}, script: func(r *received) {
		if r.Get("Expires") == "60" {
			r.respond(423, "", "Min-Expires", "600")
			return
		}
		r.respond(200, "", "Contact", "<sip:other@192.0.2.1>;expires=7", "Contact", r.Get("Contact")+`;expires="1800"`, "Expires", "9")
	}})
	w.do(device.Register, "")
	w.said("registered for 1800 s")
	w.do(device.Unregister, "")
	w.said("unregistered")
	sent := w.finish()
	var expires []string
	for _, m := range sent {
		expires = append(expires, m.Get("Expires"))
	}
	if got := strings.Join(expires, " "); got != "60 600 0" {
		t.Error(got)
	}
	if got := outline(sent); got != "tls1 REGISTER, tls1 REGISTER, tls1 REGISTER" {
		t.Error(got)
	}
}

func TestRegisterIsRefreshed(t *testing.T) {
	t.Parallel()
	registered := 0
	w := newWorld(t, settings{script: func(r *received) {
		registered++
		r.respond(200, "", "Expires", fmt.Sprint(1+3599*(registered-1)))
	}})
	w.do(device.Register, "")
	w.said("registered for 3600 s") // the second time, after half a second
	w.settle()
	if got := outline(w.finish()); got != "tls1 REGISTER, tls1 REGISTER" {
		t.Error(got)
	}
}

func TestRegisterOverOtherTransports(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP} {
		w := newWorld(t, settings{levers: device.Levers{Transport: protocol}, script: ok})
		w.do(device.Register, "")
		w.said("registered")
		if _, ok := w.session.Listening()[protocol]; !ok {
			t.Errorf("no listener for %s", protocol)
		}
		sent := w.finish()
		if len(sent) != 1 || sent[0].protocol != protocol || !strings.Contains(sent[0].Get("Via"), strings.ToUpper(protocol)) {
			t.Errorf("%s: %s", protocol, outline(sent))
		}
	}
}
