package edge

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// TestRegistrations checks the registrar against RFC 3261 §10.3 and the vendor's limits.
func TestRegistrations(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t)
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	bindings := func(more ...string) []string {
		t.Helper()
		ok := register(d, s, more...)
		if ok.Get("Date") == "" {
			t.Errorf("no Date in %s", ok.Raw)
		}
		var list []string
		for _, value := range ok.Values("Contact") {
			contact, err := sipwire.ParseNameAddr(value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, fmt.Sprintf("%s %s", contact.URI.HostPort(), contact.Params.Get("expires")))
		}
		slices.Sort(list)
		return list
	}
	for _, step := range []struct {
		what string
		more []string
		want []string
	}{
		{"a query", []string{"Contact:"}, nil},
		{"capped, TW-REG-02", []string{"Contact: <sip:a@127.0.0.1:1>", "Expires: 7200"}, []string{"127.0.0.1:1 3600"}},
		{"two more, of their own", []string{"Contact: <sip:a@127.0.0.1:2>;expires=600, <sip:a@127.0.0.1:3>", "Expires: 1200"},
			[]string{"127.0.0.1:1 3600", "127.0.0.1:2 600", "127.0.0.1:3 1200"}},
		{"a refresh", []string{"Contact: <sip:a@127.0.0.1:1>;expires=900"}, []string{"127.0.0.1:1 900", "127.0.0.1:2 600", "127.0.0.1:3 1200"}},
		{"one less", []string{"Contact: <sip:a@127.0.0.1:2>", "Expires: 0"}, []string{"127.0.0.1:1 900", "127.0.0.1:3 1200"}},
		{"another user", []string{"To: <sip:bob@example.sip.twilio.com>", "Contact: <sip:b@127.0.0.1:4>"}, []string{"127.0.0.1:4 3600"}},
		{"none left", []string{"Contact: *", "Expires: 0"}, nil},
		{"bob's stays", []string{"To: <sip:bob@example.sip.twilio.com>", "Contact:"}, []string{"127.0.0.1:4 3600"}},
	} {
		if got := bindings(step.more...); !slices.Equal(got, step.want) {
			t.Errorf("%s: got %q, want %q", step.what, got, step.want)
		}
	}
	for name, more := range map[string][]string{
		"all with a time":    {"Contact: *", "Expires: 600"},
		"all without a time": {"Contact: *"},
		"all and another":    {"Contact: *, <sip:a@127.0.0.1:1>", "Expires: 0"},
		"unreadable":         {"Contact: <sip:a@127.0.0.1:1"},
		"too long":           {"Contact: <sip:a@127.0.0.1:1;x=" + strings.Repeat("x", maxContact) + ">"},
	} {
		d.Send(d.Compose("REGISTER", "sip:"+s.Domain(), more...))
		if got := d.Final("REGISTER"); got.Status != 400 {
			t.Errorf("%s: got %d %s", name, got.Status, got.Reason)
		}
	}
	if got := s.Bindings(); len(got) != 1 || got[0].User != "bob" || got[0].Link == nil || !got[0].Link.Alive() {
		t.Errorf("bindings %+v", got)
	}
}

// TestDigest answers challenges with a right and a wrong password, and with a nonce of the edge's and another.
func TestDigest(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", nil)
			d := connect(t, s, protocol, tls.VersionTLS12)
			uri := "sip:" + s.Domain()
			d.Send(d.Compose("REGISTER", uri))
			challenge := d.Final("REGISTER")
			asked, err := sipwire.ParseAuth(challenge.Get("Proxy-Authenticate"))
			if err != nil || asked.Get("realm") != "sip.twilio.com" || asked.Get("qop") != "auth" ||
				asked.Get("opaque") == "" || asked.Get("stale") != "" {
				t.Fatalf("%v in %s", err, challenge.Raw)
			}
			d.Send(d.Compose("REGISTER", uri, authorize(t, challenge, "REGISTER", uri, "secret")))
			if got := d.Final("REGISTER"); got.Status != 200 {
				t.Fatalf("got %d %s", got.Status, got.Reason)
			}
			// The nonce is still good.
			d.Send(d.Compose("INVITE", uri, testkit.RTP(), authorize(t, challenge, "INVITE", uri, "secret")))
			if got := d.Final("INVITE"); got.Status != 200 {
				t.Errorf("got %d %s", got.Status, got.Reason)
			}
			stale := *challenge
			stale.Headers = slices.Clone(challenge.Headers)
			const foreign = "0123456789abcdef0123456789abcdef"
			stale.Set("Proxy-Authenticate", strings.Replace(challenge.Get("Proxy-Authenticate"), asked.Get("nonce"), foreign, 1))
			d.Send(d.Compose("REGISTER", uri, authorize(t, &stale, "REGISTER", uri, "secret")))
			again := d.Final("REGISTER")
			asked, _ = sipwire.ParseAuth(again.Get("Proxy-Authenticate"))
			if again.Status != 407 || asked.Get("stale") != "true" {
				t.Errorf("a nonce that is not the mock's got %s", again.Raw)
			}
			d.Send(d.Compose("REGISTER", uri, authorize(t, again, "REGISTER", uri, "secret")))
			if got := d.Final("REGISTER"); got.Status != 200 {
				t.Errorf("then came %d %s", got.Status, got.Reason)
			}
			d.Send(d.Compose("REGISTER", uri, authorize(t, again, "REGISTER", uri, "guess")))
			if got := d.Final("REGISTER"); got.Status != 403 {
				t.Errorf("a wrong password got %d", got.Status)
			}
		})
	}
}

// fill has other users register until there is no room.
func fill(s *Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.bindings.count < maxBindings {
		user := fmt.Sprint("another-", s.bindings.count)
		s.bindings.put(user, []Binding{{User: user, Until: time.Now().Add(time.Hour)}})
	}
}

// TestTooManyBindings checks that the edge refuses what it has no room for, and goes on with what it has.
func TestTooManyBindings(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t)
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	register(d, s, "Contact: <sip:a@127.0.0.1:1>")
	fill(s)
	d.Send(d.Compose("REGISTER", "sip:"+s.Domain(), "Contact: <sip:a@127.0.0.1:2>"))
	d.Expect(503, "REGISTER")
	register(d, s, "Contact:")
	register(d, s, "Contact: *", "Expires: 0")
	register(d, s, "Contact: <sip:a@127.0.0.1:2>")
}

// TestLongConsole checks that the console has the newest entries, however many there were.
func TestLongConsole(t *testing.T) {
	t.Parallel()
	s := withoutDigest(t)
	for i := range 3 * maxConsole {
		s.alert("32001", fmt.Sprint("call ", i), "")
	}
	if c := s.Console(); len(c) != maxConsole || c[maxConsole-1].CallID != fmt.Sprint("call ", 3*maxConsole-1) {
		t.Errorf("the console has %d entries, the last is %+v", len(c), c[len(c)-1])
	}
}

// TestManyPhones registers as many lines as bulk administration makes.
func TestManyPhones(t *testing.T) {
	t.Parallel()
	const lines, connections = 1000, 10
	s := serve(t, "cisco-ucm", nil)
	own, err := s.DeviceCertificate()
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own.TLS()}}
	var phones sync.WaitGroup
	for n := range connections {
		phones.Go(func() {
			conn, err := tls.Dial("tcp", s.Addresses()[observation.TLS].String(), config)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			answers := textproto.NewReader(bufio.NewReader(conn))
			for line := n; line < lines; line += connections {
				fmt.Fprintf(conn, "REGISTER sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK%[2]d\r\nMax-Forwards: 70\r\n"+
					"From: <sip:%[2]d@%[1]s>;tag=1\r\nTo: <sip:%[2]d@%[1]s>\r\nCall-ID: %[2]d\r\nCSeq: 1 REGISTER\r\n"+
					"Contact: <sip:%[2]d@127.0.0.1:5061;transport=tls>\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n", s.Domain(), 1000+line)
				status, err := answers.ReadLine()
				if err != nil || status != "SIP/2.0 200 OK" {
					t.Errorf("line %d: %s, %v", line, status, err)
					return
				}
				if _, err := answers.ReadMIMEHeader(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	phones.Wait()
	if got := len(s.Bindings()); got != lines {
		t.Errorf("%d lines are registered, want %d", got, lines)
	}
}
