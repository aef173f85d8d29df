package twilio_test

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/twilio"
)

// provocation is a request that has one refusal of a profile.
type provocation struct {
	row      string // requirement, status and code of the refusal
	settings string // "name=value name=value"
	over     string // of "udp tcp tls tls1.0 tls1.1"
	method   string
	user     string // of the Request-URI; "": a number
	host     string // of the Request-URI; "": the mock's domain
	body     string
	headers  []string
}

var rtp, srtp = testkit.RTP(), testkit.SRTP(testkit.Tag80)

const everywhere = "udp tcp tls"

// provocations has at least one for every refusal of each product.
var provocations = map[twilio.Product][]provocation{
	twilio.Voice: {
		{row: "TW-TLS-05 403", over: "tls1.0 tls1.1", method: "REGISTER"},
		{row: "TW-TLS-01 403 32222", over: "tls1.0 tls1.1", method: "INVITE", body: rtp},
		{row: "TW-TLS-02 403", over: "tls1.0 tls1.1", method: "OPTIONS"},
		{row: "TW-TLS-02 403", over: "tls1.1", method: "MESSAGE"},
		{row: "TW-URI-05 403", over: everywhere, method: "INVITE", host: "127.0.0.1", body: rtp},
		{row: "TW-URI-05 403", over: everywhere, method: "REGISTER", host: "127.0.0.1:5061"},
		{row: "TW-URI-05 404", over: everywhere, method: "INVITE", host: "other.sip.twilio.com", body: rtp},
		{row: "TW-URI-05 404", over: everywhere, method: "REGISTER", host: "sip.twilio.com"},
		{row: "TW-REJ-01 403 32201", over: everywhere, settings: "acl=unlisted", method: "INVITE", body: rtp},
		{row: "TW-REG-05 403 32210", over: everywhere, settings: "registration=off", method: "REGISTER"},
		{row: "TW-SRTP-02 488 32209", over: "udp tcp", settings: "secure_media=on", method: "INVITE", body: srtp},
		{row: "TW-REJ-05 400 32103", over: everywhere, method: "INVITE"},
		{row: "TW-REJ-05 400 32102", over: everywhere, method: "INVITE", body: "v=0\r\nnonsense"},
		{row: "TW-SRTP-03 488 32208", over: "tls", settings: "secure_media=on", method: "INVITE", body: rtp},
		{row: "TW-SRTP-20 488 32208", over: "tls", settings: "secure_media=on", method: "INVITE", body: testkit.RTP(testkit.Tag80)},
		{row: "TW-SRTP-06 488 32207", over: everywhere, method: "INVITE", body: srtp},
		{row: "TW-SRTP-13 488", over: "tls", settings: "secure_media=on", method: "INVITE", body: testkit.SRTP(testkit.Tag80 + "|2^31|1:4")},
		{
			row: "TW-SRTP-11 488", over: "tls", settings: "secure_media=on", method: "INVITE",
			body: testkit.SRTP("1 F8_128_HMAC_SHA1_80 inline:" + testkit.Key),
		},
		{row: "TW-REG-04 407", over: everywhere, method: "REGISTER"},
		{row: "TW-URI-17 407", over: everywhere, method: "INVITE", body: rtp},
		{row: "TW-REJ-04 403 32202", over: everywhere, method: "INVITE", body: rtp, headers: []string{wrong}},
		{row: "TW-REJ-04 403 32202", over: everywhere, method: "REGISTER", headers: []string{wrong}},
		{row: "TW-REJ-03 404", over: everywhere, settings: "application=none digest=off", method: "INVITE", body: rtp},
		{
			row: "TW-URI-11 422", over: everywhere, settings: "digest=off", method: "INVITE",
			body: rtp, headers: []string{"Session-Expires: 90", "Supported: timer"},
		},
		{row: "TW-REG-01 423", over: everywhere, settings: "digest=off", method: "REGISTER", headers: []string{"Expires: 60"}},
		{
			row: "TW-REG-03 403", over: everywhere, settings: "digest=off", method: "REGISTER",
			headers: []string{"Contact: " + strings.Repeat("<sip:a@127.0.0.1>, ", 3) + eleven},
		},
	},
	twilio.Trunking: {
		{row: "TW-URI-16 405", over: everywhere, method: "REGISTER"},
		{row: "TW-TLS-01 403 32222", over: "tls1.0 tls1.1", method: "INVITE", body: rtp},
		{row: "TW-TLS-02 403", over: "tls1.0 tls1.1", method: "OPTIONS"},
		{row: "TW-URI-05 403", over: everywhere, method: "INVITE", host: "127.0.0.1", body: rtp},
		{row: "TW-URI-05 404", over: everywhere, method: "INVITE", host: "other.pstn.twilio.com", body: rtp},
		{row: "TW-REJ-01 403 32201", over: everywhere, settings: "acl=unlisted", method: "INVITE", body: rtp},
		{row: "TW-SRTP-04 488 32209", over: "udp tcp", settings: "secure_trunking=on", method: "INVITE", body: srtp},
		{row: "TW-URI-06 400", over: everywhere, method: "INVITE", user: "15550199", body: rtp},
		{row: "TW-REJ-05 400 32103", over: everywhere, method: "INVITE"},
		{row: "TW-REJ-05 400 32102", over: everywhere, method: "INVITE", body: "v=0\r\nnonsense"},
		{row: "TW-SRTP-05 488 32208", over: "tls", settings: "secure_trunking=on", method: "INVITE", body: rtp},
		{row: "TW-SRTP-20 488 32208", over: "tls", settings: "secure_trunking=on", method: "INVITE", body: testkit.RTP(testkit.Tag80)},
		{row: "TW-SRTP-08 488 32207", over: everywhere, method: "INVITE", body: srtp},
		{row: "TW-SRTP-13 488", over: "tls", settings: "secure_trunking=on", method: "INVITE", body: testkit.SRTP(testkit.Tag80 + "|1:4")},
		{
			row: "TW-SRTP-11 488", over: "tls", settings: "secure_trunking=on", method: "INVITE",
			body: testkit.SRTP("1 AEAD_AES_256_GCM inline:" + testkit.Key),
		},
		{row: "TW-URI-17 407", over: everywhere, method: "INVITE", body: rtp},
		{row: "TW-REJ-04 403 32202", over: everywhere, method: "INVITE", body: rtp, headers: []string{wrong}},
		{row: "TW-REJ-02 403 32204", over: everywhere, settings: "caller_id=unverified digest=off", method: "INVITE", body: rtp},
		{
			row: "TW-URI-11 422", over: everywhere, settings: "digest=off", method: "INVITE",
			body: rtp, headers: []string{"Session-Expires: 119;refresher=uac"},
		},
	},
}

// wrong has credentials that prove nothing.
const wrong = `Proxy-Authorization: Digest username="alice", realm="sip.twilio.com", nonce="x", uri="sip:x", ` +
	`response="00000000000000000000000000000000", algorithm=MD5`

// eleven lists eleven contacts.
var eleven = func() string {
	var list []string
	for i := range 11 {
		list = append(list, fmt.Sprintf("<sip:alice@127.0.0.1:%d>", 6000+i))
	}
	return strings.Join(list, ", ")
}()

// start starts a mock with settings, "name=value name=value".
func start(t *testing.T, product twilio.Product, settings string) *twilio.Server {
	t.Helper()
	chosen := make(map[string]string)
	for pair := range strings.FieldsSeq(settings) {
		name, value, _ := strings.Cut(pair, "=")
		chosen[name] = value
	}
	s, err := twilio.Start(product, chosen)
	return testkit.Started(t, s, err)
}

// connect connects alice over UDP, TCP or, in that version, TLS.
func connect(t *testing.T, s *twilio.Server, protocol string, version uint16) *testkit.Device {
	t.Helper()
	d := testkit.Connect(t, protocol, s.Addresses()[protocol], testkit.ClientTLS(s.Roots, s.Domain(), version))
	d.Account = "sip:alice@" + s.Domain()
	return d
}

func rowOf(r profile.Refusal) string {
	status := r.Status
	if r.Challenge {
		status = 407
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", r.Requirement, status, r.Code))
}

// TestRefusals provokes each refusal of a profile, and compares the answer, the error header and the console with the
// profile.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for product, list := range provocations {
		p, err := twilio.Profile(product)
		if err != nil {
			t.Fatal(err)
		}
		rows := make(map[string]profile.Refusal)
		for _, r := range p.Revisions[0].Refusals {
			rows[rowOf(r)] = r
		}
		provoked := make(map[string]bool)
		for _, c := range list {
			row, ok := rows[c.row]
			if !ok {
				t.Errorf("%s has no refusal %s", product, c.row)
			}
			provoked[c.row] = true
			for over := range strings.FieldsSeq(c.over) {
				t.Run(fmt.Sprintf("%s/%s/%s/%s", product, c.row, c.method, over), func(t *testing.T) {
					t.Parallel()
					provoke(t, product, row, c, over)
				})
			}
		}
		for row := range rows {
			if !provoked[row] {
				t.Errorf("%s: nothing provokes %s", product, row)
			}
		}
	}
}

func provoke(t *testing.T, product twilio.Product, row profile.Refusal, c provocation, over string) {
	s := start(t, product, c.settings)
	protocol, version := over, uint16(tls.VersionTLS12)
	if number, ok := strings.CutPrefix(over, "tls1."); ok {
		protocol, version = observation.TLS, tls.VersionTLS10+uint16(number[0]-'0')
	}
	d := connect(t, s, protocol, version)
	host, user := c.host, c.user
	if host == "" {
		host = s.Domain()
	}
	if user == "" {
		user = "+15550199"
	}
	uri := "sip:" + user + "@" + host
	if c.method == "REGISTER" {
		uri = "sip:" + host
	}
	d.Send(d.Compose(c.method, uri, append(c.headers, c.body)...))
	got := d.Final(c.method)

	want := fmt.Sprintf("%d %s", row.Status, row.Reason)
	if row.Challenge {
		want = "407 Proxy Authentication Required"
	}
	if have := fmt.Sprintf("%d %s", got.Status, got.Reason); have != want {
		t.Fatalf("got %s, want %s", have, want)
	}
	p, err := twilio.Profile(product)
	if err != nil {
		t.Fatal(err)
	}
	code := p.Codes[row.Code]
	header := ""
	if row.Code != "" {
		header = row.Code + " " + code.Title
	}
	if have := got.Get("X-Twilio-Error"); have != header {
		t.Errorf("X-Twilio-Error is %q, want %q", have, header)
	}
	var console []observation.ConsoleInfo
	if row.Code != "" {
		console = append(console, observation.ConsoleInfo{Code: row.Code, Level: code.Level, Title: code.Title, CallID: got.CallID(), Note: code.Note})
	}
	if have := s.Console(); !slices.Equal(have, console) {
		t.Errorf("the console has %+v, want %+v", have, console)
	}
	for _, h := range row.Headers {
		if got.Get(h.Name) != h.Value {
			t.Errorf("%s is %q, want %q", h.Name, got.Get(h.Name), h.Value)
		}
	}
	if got.Get("Server") != "Twilio" || got.ToTag() == "" || len(got.Defects()) > 0 {
		t.Errorf("%v in %s", got.Defects(), got.Raw)
	}
	if !row.Challenge {
		testkit.Await(t, s.Log, observation.Note, func(e observation.Event) bool {
			return e.Text == c.method+" refused by "+row.Requirement
		})
	}
}

// TestAgeOfAccount checks from which day on an account refuses TLS 1.0 by default, that the switch says otherwise, and that
// it is off in the current revision, after the end of support, whatever the account's age (TW-TLS-10).
func TestAgeOfAccount(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]int{
		"":                         403,
		"account_since=2022-03-28": 200,
		"account_since=2022-03-29": 403,
		"account_since=2021-06-01 allow_deprecated_tls=off": 403,
		"account_since=2024-01-01 allow_deprecated_tls=on":  200,
	} {
		for _, method := range []string{"REGISTER", "OPTIONS"} {
			t.Run(settings+" "+method, func(t *testing.T) {
				t.Parallel()
				s := start(t, twilio.Voice, settings+" digest=off")
				d := connect(t, s, observation.TLS, tls.VersionTLS10)
				d.Send(d.Compose(method, "sip:"+s.Domain()))
				if got := d.Final(method); got.Status != want {
					t.Errorf("got %d %s, want %d", got.Status, got.Reason, want)
				}
			})
		}
	}
	for _, product := range []twilio.Product{twilio.Voice, twilio.Trunking} {
		p, err := twilio.Profile(product)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Revisions {
			values, err := p.SettingValues(r, map[string]string{"account_since": "2021-06-01"})
			if want := map[string]string{"seed-era": "on", "current": "off"}[r.Revision]; err != nil || values["allow_deprecated_tls"] != want {
				t.Errorf("%s %s: the switch is %q, want %q (%v)", product, r.Revision, values["allow_deprecated_tls"], want, err)
			}
		}
	}
}

// TestSwitches checks that settings turn refusals off.
func TestSwitches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings string // besides digest=off
		version  uint16
		body     string // of an INVITE; without one, the device registers
		headers  []string
	}{
		"TW-TLS-08 register, deprecated versions on":            {settings: "allow_deprecated_tls=on", version: tls.VersionTLS10},
		"TW-TLS-08 call, deprecated versions on":                {settings: "allow_deprecated_tls=on", version: tls.VersionTLS11, body: rtp},
		"TW-TLS-10 register, an account from before 2022-03-29": {settings: "account_since=2022-03-28", version: tls.VersionTLS10},
		"TW-TLS-10 call, an account from before 2022-03-29":     {settings: "account_since=2021-06-01", version: tls.VersionTLS11, body: rtp},
		"TW-SRTP-13 MKI ignored": {
			settings: "secure_media=on mki=ignore", version: tls.VersionTLS12, body: testkit.SRTP(testkit.Tag80 + "|2^31|1:4"),
		},
		"TW-URI-11 session timer ignored": {
			settings: "session_timer=ignore", version: tls.VersionTLS12, body: rtp, headers: []string{"Session-Expires: 90"},
		},
		"TW-URI-11 session timer long enough": {
			version: tls.VersionTLS12, body: rtp, headers: []string{"Session-Expires: 120", "Require: timer"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, twilio.Voice, c.settings+" digest=off")
			d := connect(t, s, observation.TLS, c.version)
			method, uri := "REGISTER", "sip:"+s.Domain()
			if c.body != "" {
				method, uri = "INVITE", "sip:+15550199@"+s.Domain()
			}
			d.Send(d.Compose(method, uri, append(c.headers, c.body)...))
			if got := d.Final(method); got.Status != 200 {
				t.Errorf("got %d %s", got.Status, got.Reason)
			}
			if console := s.Console(); len(console) > 0 {
				t.Errorf("the console has %+v", console)
			}
		})
	}
}
