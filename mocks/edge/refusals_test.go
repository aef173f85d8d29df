package edge

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// provocation is a request that one refusal of a profile is for.
type provocation struct {
	row      string // requirement, status and code of the refusal
	settings string // "name=value name=value"
	over     string // "udp tcp tls tls1.0 tls1.1"
	method   string
	user     string // of the Request-URI, which is in the mock's own domain …
	host     string // … unless this says otherwise
	more     []string
}

const everywhere = "udp tcp tls"

// provocations has at least one for every refusal of Twilio's products.
var provocations = map[string][]provocation{
	"twilio-voice": {
		{row: "TW-TLS-05 403", over: "tls1.0 tls1.1", method: "REGISTER"},
		{row: "TW-TLS-01 403 32222", over: "tls1.0 tls1.1", method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-TLS-02 403", over: "tls1.0 tls1.1", method: "OPTIONS"},
		{row: "TW-TLS-02 403", over: "tls1.1", method: "MESSAGE"},
		{row: "TW-URI-05 403", over: everywhere, method: "INVITE", host: "127.0.0.1", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-URI-05 403", over: everywhere, method: "REGISTER", host: "127.0.0.1:5061"},
		{row: "TW-URI-05 404", over: everywhere, method: "INVITE", host: "other.sip.twilio.com", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-URI-05 404", over: everywhere, method: "REGISTER", host: "sip.twilio.com"},
		{row: "TW-REJ-01 403 32201", over: everywhere, settings: "acl=unlisted", method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-REG-05 403 32210", over: everywhere, settings: "registration=off", method: "REGISTER"},
		{row: "TW-SRTP-02 488 32209", over: "udp tcp", settings: "secure_media=on", method: "INVITE", more: []string{audioOnly("RTP/SAVP", tag80)}},
		{row: "TW-REJ-05 400 32103", over: everywhere, method: "INVITE"},
		{row: "TW-REJ-05 400 32102", over: everywhere, method: "INVITE", more: []string{"v=0\r\nnonsense"}},
		{row: "TW-SRTP-03 488 32208", over: "tls", settings: "secure_media=on", method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-SRTP-20 488 32208", over: "tls", settings: "secure_media=on", method: "INVITE", more: []string{audioOnly("RTP/AVP", tag80)}},
		{row: "TW-SRTP-06 488 32207", over: everywhere, method: "INVITE", more: []string{audioOnly("RTP/SAVP", tag80)}},
		{row: "TW-SRTP-13 488", over: "tls", settings: "secure_media=on", method: "INVITE", more: []string{audioOnly("RTP/SAVP", tag80+"|2^31|1:4")}},
		{row: "TW-SRTP-11 488", over: "tls", settings: "secure_media=on", method: "INVITE", more: []string{audioOnly("RTP/SAVP", "1 F8_128_HMAC_SHA1_80 inline:"+key)}},
		{row: "TW-REG-04 407", over: everywhere, method: "REGISTER"},
		{row: "TW-URI-17 407", over: everywhere, method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-REJ-04 403 32202", over: everywhere, method: "INVITE", more: []string{audioOnly("RTP/AVP"), wrong}},
		{row: "TW-REJ-04 403", over: everywhere, method: "REGISTER", more: []string{wrong}},
		{row: "TW-URI-11 422", over: everywhere, settings: "digest=off", method: "INVITE", more: []string{audioOnly("RTP/AVP"), "Session-Expires: 90", "Supported: timer"}},
		{row: "TW-REG-01 423", over: everywhere, settings: "digest=off", method: "REGISTER", more: []string{"Expires: 60"}},
		{row: "TW-REG-03 403", over: everywhere, settings: "digest=off", method: "REGISTER", more: []string{"Contact: " + strings.Repeat("<sip:a@127.0.0.1>, ", 3) + eleven}},
	},
	"twilio-trunking": {
		{row: "TW-URI-16 405", over: everywhere, method: "REGISTER"},
		{row: "TW-TLS-01 403 32222", over: "tls1.0 tls1.1", method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-TLS-02 403", over: "tls1.0 tls1.1", method: "OPTIONS"},
		{row: "TW-URI-05 403", over: everywhere, method: "INVITE", host: "127.0.0.1", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-URI-05 404", over: everywhere, method: "INVITE", host: "other.pstn.twilio.com", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-REJ-01 403 32201", over: everywhere, settings: "acl=unlisted", method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-SRTP-04 488 32209", over: "udp tcp", settings: "secure_trunking=on", method: "INVITE", more: []string{audioOnly("RTP/SAVP", tag80)}},
		{row: "TW-URI-06 400", over: everywhere, method: "INVITE", user: "15550199", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-REJ-05 400 32103", over: everywhere, method: "INVITE"},
		{row: "TW-REJ-05 400 32102", over: everywhere, method: "INVITE", more: []string{"v=0\r\nnonsense"}},
		{row: "TW-SRTP-05 488 32208", over: "tls", settings: "secure_trunking=on", method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-SRTP-20 488 32208", over: "tls", settings: "secure_trunking=on", method: "INVITE", more: []string{audioOnly("RTP/AVP", tag80)}},
		{row: "TW-SRTP-08 488 32207", over: everywhere, method: "INVITE", more: []string{audioOnly("RTP/SAVP", tag80)}},
		{row: "TW-SRTP-13 488", over: "tls", settings: "secure_trunking=on", method: "INVITE", more: []string{audioOnly("RTP/SAVP", tag80+"|1:4")}},
		{row: "TW-SRTP-11 488", over: "tls", settings: "secure_trunking=on", method: "INVITE", more: []string{audioOnly("RTP/SAVP", "1 AEAD_AES_256_GCM inline:"+key)}},
		{row: "TW-URI-17 407", over: everywhere, method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-REJ-04 403 32202", over: everywhere, method: "INVITE", more: []string{audioOnly("RTP/AVP"), wrong}},
		{row: "TW-REJ-02 403 32204", over: everywhere, settings: "caller_id=unverified digest=off", method: "INVITE", more: []string{audioOnly("RTP/AVP")}},
		{row: "TW-URI-11 422", over: everywhere, settings: "digest=off", method: "INVITE", more: []string{audioOnly("RTP/AVP"), "Session-Expires: 119;refresher=uac"}},
	},
}

// wrong are credentials that prove nothing.
const wrong = `Proxy-Authorization: Digest username="alice", realm="sip.twilio.com", nonce="x", uri="sip:x", ` +
	`response="00000000000000000000000000000000", algorithm=MD5`

// eleven is a list of eleven contacts.
var eleven = func() string {
	var list []string
	for i := range 11 {
		list = append(list, fmt.Sprintf("<sip:alice@127.0.0.1:%d>", 6000+i))
	}
	return strings.Join(list, ", ")
}()

func rowOf(r profile.Refusal) string {
	status := r.Status
	if r.Challenge {
		status = 407
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", r.Requirement, status, r.Code))
}

// TestRefusals provokes each refusal of a profile, and compares the answer, the
// error header and the console with the profile.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for kind, list := range provocations {
		p := product(t, kind)
		rows := make(map[string]profile.Refusal)
		for _, r := range p.Revisions[0].Refusals {
			rows[rowOf(r)] = r
		}
		provoked := make(map[string]bool)
		for _, c := range list {
			row, ok := rows[c.row]
			if !ok {
				t.Errorf("%s has no refusal %s", kind, c.row)
			}
			provoked[c.row] = true
			for over := range strings.FieldsSeq(c.over) {
				t.Run(fmt.Sprintf("%s/%s/%s/%s", kind, c.row, c.method, over), func(t *testing.T) {
					t.Parallel()
					provoke(t, kind, p, row, c, over)
				})
			}
		}
		for row := range rows {
			if !provoked[row] {
				t.Errorf("%s: nothing provokes %s", kind, row)
			}
		}
	}
}

func provoke(t *testing.T, kind string, p *profile.Product, row profile.Refusal, c provocation, over string) {
	settings := make(map[string]string)
	for pair := range strings.FieldsSeq(c.settings) {
		name, value, _ := strings.Cut(pair, "=")
		settings[name] = value
	}
	s := serve(t, kind, settings)
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
	d.send(d.compose(c.method, uri, c.more...))
	got := d.final(c.method)

	want := fmt.Sprintf("%d %s", row.Status, row.Reason)
	if row.Challenge {
		want = "407 Proxy Authentication Required"
	}
	if have := fmt.Sprintf("%d %s", got.Status, got.Reason); have != want {
		t.Fatalf("got %s, want %s", have, want)
	}
	header := ""
	if row.Code != "" {
		header = row.Code + " " + p.Codes[row.Code].Title
	}
	if have := got.Get("X-Twilio-Error"); have != header {
		t.Errorf("X-Twilio-Error is %q, want %q", have, header)
	}
	if have := codes(s); have != row.Code {
		t.Errorf("the console has %q, want %q", have, row.Code)
	}
	for _, entry := range s.Console() {
		if entry.Level != p.Codes[row.Code].Level || entry.Title != p.Codes[row.Code].Title || entry.CallID != got.CallID() {
			t.Errorf("the console has %+v", entry)
		}
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
		seen(t, s, func(e observation.Event) bool {
			return e.Kind == observation.Note && e.Text == c.method+" refused by "+row.Requirement
		})
	}
}

// TestTrying: a 100 comes before the refusal of a call, TW-REJ-01.
func TestTrying(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio-trunking", map[string]string{"acl": "unlisted"})
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	d.send(d.compose("INVITE", "sip:+15550199@"+s.Domain(), audioOnly("RTP/AVP")))
	if first := d.next(); first.Status != 100 || first.ToTag() != "" {
		t.Errorf("first came %s", first.Raw)
	}
	if second := d.next(); second.Status != 403 {
		t.Errorf("then came %s", second.Raw)
	}
}

// TestSwitches: settings turn refusals off.
func TestSwitches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]string
		version  uint16
		method   string
		more     []string
	}{
		"TW-TLS-08 register, deprecated versions on": {map[string]string{"allow_deprecated_tls": "on", "digest": "off"}, tls.VersionTLS10, "REGISTER", nil},
		"TW-TLS-08 call, deprecated versions on":     {map[string]string{"allow_deprecated_tls": "on", "digest": "off"}, tls.VersionTLS11, "INVITE", []string{audioOnly("RTP/AVP")}},
		"TW-SRTP-13 MKI ignored":                     {map[string]string{"secure_media": "on", "mki": "ignore", "digest": "off"}, tls.VersionTLS12, "INVITE", []string{audioOnly("RTP/SAVP", tag80+"|2^31|1:4")}},
		"TW-URI-11 session timer ignored":            {map[string]string{"session_timer": "ignore", "digest": "off"}, tls.VersionTLS12, "INVITE", []string{audioOnly("RTP/AVP"), "Session-Expires: 90"}},
		"TW-URI-11 session timer long enough":        {map[string]string{"digest": "off"}, tls.VersionTLS12, "INVITE", []string{audioOnly("RTP/AVP"), "Session-Expires: 120", "Require: timer"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "twilio-voice", c.settings)
			d := connect(t, s, observation.TLS, c.version)
			uri := "sip:" + s.Domain()
			if c.method == "INVITE" {
				uri = "sip:+15550199@" + s.Domain()
			}
			d.send(d.compose(c.method, uri, c.more...))
			if got := d.final(c.method); got.Status != 200 {
				t.Errorf("got %d %s", got.Status, got.Reason)
			}
			if codes(s) != "" {
				t.Errorf("the console has %s", codes(s))
			}
		})
	}
}

// TestHandshakeRefused: TLS 1.1 gets an alert where the revision no longer takes
// it, and where the setting says so.
func TestHandshakeRefused(t *testing.T) {
	t.Parallel()
	alert := serve(t, "twilio-voice", map[string]string{"deprecated_refusal": "alert"})
	current := serve(t, "twilio-voice", nil, func(c *Config) { c.Revision = "current" })
	for name, s := range map[string]*Server{"by alert": alert, "current": current} {
		t.Run(name, func(t *testing.T) {
			conn, err := tls.Dial("tcp", s.Addresses()[observation.TLS].String(), clientConfig(s, tls.VersionTLS11))
			if err == nil {
				conn.Close()
				t.Fatal("TLS 1.1 was served")
			}
			var refused *net.OpError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), "protocol version") {
				t.Errorf("refused with %v", err)
			}
			connect(t, s, observation.TLS, tls.VersionTLS12)
		})
	}
}
