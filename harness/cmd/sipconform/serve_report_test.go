package main_test

import (
	"crypto/tls"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/icholy/digest"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// phone connects a device to a mock that knows its account.
func (s *served) phone(t *testing.T) *testkit.Device {
	t.Helper()
	d := testkit.Connect(t, observation.TLS, netip.MustParseAddrPort(s.at(t, "tls")), testkit.ClientTLS([]byte(file(t, s.CA)), s.Domain, 0))
	d.Account = "sip:" + s.User + "@" + s.Domain
	return d
}

// asks sends a request, answers the challenge to it, and returns the final response.
func (s *served) asks(t *testing.T, phone *testkit.Device, method, uri, callID string, parts ...string) *sipwire.Message {
	t.Helper()
	parts = append(parts, "Call-ID: "+callID)
	phone.Send(phone.Compose(method, uri, parts...))
	challenge := phone.Final(method)
	if challenge.Status != 407 {
		t.Fatalf("%s got %s", method, testkit.FirstLine(challenge))
	}
	parsed, err := digest.ParseChallenge(challenge.Get("Proxy-Authenticate"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := digest.Digest(parsed, digest.Options{Method: method, URI: uri, Username: s.User, Password: s.Password})
	if err != nil {
		t.Fatal(err)
	}
	if method == "INVITE" {
		phone.Send(phone.Compose("ACK", uri, "Call-ID: "+callID, "To: "+challenge.Get("To"), "CSeq: 1 ACK"))
	}
	phone.Send(phone.Compose(method, uri, append(parts, "Proxy-Authorization: "+answer.String(), "CSeq: 2 "+method)...))
	return phone.Final(method)
}

// calls places a call with an offer, and ends it.
func (s *served) calls(t *testing.T, phone *testkit.Device, callID, offer string) {
	t.Helper()
	ok := s.asks(t, phone, "INVITE", "sip:+15550199@"+s.Domain, callID, offer)
	if ok.Status != 200 {
		t.Fatalf("the call got %s", testkit.FirstLine(ok))
	}
	phone.Send(phone.Within(ok, "ACK", 2))
	phone.Send(phone.Within(ok, "BYE", 3))
	phone.Expect(200, "BYE")
}

// recorded reads the record in a folder.
func recorded(t *testing.T, dir string) *results.Run {
	t.Helper()
	run, err := results.Read(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Validate(); err != nil {
		t.Error(err)
	}
	return run
}

// TestServeReport has a phone register and call, once with a key that is no key. The report judges both, says that
// nobody asked for them, and can be verified, compared and redacted.
func TestServeReport(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "bench")
	private, public := pair(t)
	s := serve(t, "twilio", "--set=secure_media=on", "--report="+dir, "-sign", private)
	phone := s.phone(t)
	if ok := s.asks(t, phone, "REGISTER", "sip:"+s.Domain, "registration", "Expires: 600"); ok.Status != 200 {
		t.Fatalf("registering: %s", testkit.FirstLine(ok))
	}
	s.calls(t, phone, "good", testkit.SRTP(testkit.Tag80))
	s.told(t, "report", "ok report: 2 registrations, calls and fetches seen; ", "none failed; nothing was asked of the device", dir)
	run := recorded(t, dir)
	if run.Outcome != results.Unasked || len(run.Claims) > 0 || run.Unsolicited == nil || run.Unsolicited.Revision != "current" {
		t.Errorf("the record is %+v", run)
	}
	var names []string
	for _, seen := range run.Unsolicited.Seen {
		names = append(names, seen.Name)
		if seen.Device != "127.0.0.1" || !seen.Judged || seen.Settings["secure_media"] != "on" {
			t.Errorf("seen is %+v", seen)
		}
	}
	if !slices.Equal(names, []string{"register-1", "call-out-1"}) {
		t.Errorf("seen are %v", names)
	}
	s.calls(t, phone, "zeros", testkit.SRTP("1 AES_CM_128_HMAC_SHA1_80 inline:"+strings.Repeat("A", 40)))
	s.end(t, syscall.SIGTERM)

	run = recorded(t, dir)
	if run.Outcome != results.NotConformant {
		t.Errorf("the outcome is %s", run.Outcome)
	}
	judged := make(map[string]verdict.Verdict)
	for _, r := range run.Results {
		judged[r.Name()] = r.Verdict
		if r.Verdict == verdict.Fail && (r.Cause != "key-patterned" || r.Seen != "call-out-2") {
			t.Errorf("%s fails for %s: %s", r.Name(), r.Cause, r.Observed)
		}
	}
	for name, want := range map[string]verdict.Verdict{
		"twilio/voice/connect/default (register-1)": verdict.Pass,
		"twilio/voice/call-out/secure (call-out-1)": verdict.Pass,
		"twilio/voice/call-out/secure (call-out-2)": verdict.Fail, // its key is no key
	} {
		if judged[name] != want {
			t.Errorf("%s is %q, want %q, of %v", name, judged[name], want, judged)
		}
	}
	for name, says := range map[string]string{
		"report.html": "Unsolicited: what devices did at twilio voice (current)", "junit.xml": `name="sipconform, unsolicited: what devices did`,
	} {
		if !strings.Contains(file(t, filepath.Join(dir, name)), says) {
			t.Errorf("%s does not say %q", name, says)
		}
	}
	sipconform(t, "verify", "-key", public, dir).expect(t, 0, "scenarios judged again, 0 differ")
	sipconform(t, "diff", filepath.Join(dir, "results.json"), filepath.Join(dir, "results.json")).expect(t, 0, "all the same")
	clean := filepath.Join(t.TempDir(), "clean")
	sipconform(t, "redact", dir, clean).expect(t, 0, "redacted; read it")
	sipconform(t, "verify", clean).expect(t, 0, "scenarios judged again, 0 differ")

	observed := filepath.Join(dir, "evidence", "call-out-2", "observations.jsonl.gz")
	must(t, os.WriteFile(observed, []byte(strings.Replace(unpacked(t, observed), `"dir":"in"`, `"dir":"out"`, 1)), 0o644))
	sipconform(t, "verify", dir).expect(t, 1, "call-out-2")
}

// TestServeReportOfHandshakes: a device that never gets in is judged by what it offers, and not for want of a root.
func TestServeReportOfHandshakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config *tls.Config
		want   []string // of the result of connect/default
	}{
		"an old version": {&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
			CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, []string{"fail", "version-not-offered"}},
		"no root": {new(tls.Config), []string{"pass", "suite-offered"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := serve(t, "twilio", "-report", dir)
			if conn, err := tls.Dial("tcp", s.at(t, "tls"), c.config); err == nil {
				conn.Close()
				t.Fatal("the handshake succeeds")
			}
			s.sees(t, "tls", "handshake failed, ended by the ")
			s.sees(t, "close")
			s.end(t, os.Interrupt)
			run := recorded(t, dir)
			if len(run.Results) != 1 || run.Results[0].Name() != "twilio/voice/connect/default (tls-connect-1)" ||
				string(run.Results[0].Verdict) != c.want[0] || run.Results[0].Cause != c.want[1] {
				t.Errorf("the record has %+v", run.Results)
			}
			sipconform(t, "verify", dir).expect(t, 0, "1 scenarios judged again, 0 differ")
		})
	}
}

// TestServeReportOfNothing: nothing was seen, and the report says that. A folder with something else in it is refused.
func TestServeReportOfNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, "infobip", "--report="+dir)
	s.end(t, os.Interrupt)
	if run := recorded(t, dir); run.Outcome != results.Unasked || len(run.Results) > 0 {
		t.Errorf("the record is %+v", run)
	}
	sipconform(t, "verify", dir).expect(t, 0, "0 scenarios judged again, 0 differ")
	foreign := testkit.Folder(t, map[string]string{"junit.xml": "<mine/>"})
	sipconform(t, "serve", "infobip", "-report", foreign).expect(t, 2, "name another folder")
}
