package edge

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// proof returns credentials that are made by hand, RFC 2617 §3.2.2. Parameters replace its own; empty ones are left out.
func proof(method, nonce string, parameters ...string) string {
	p := map[string]string{"username": "alice", "realm": "sip.twilio.com", "nonce": nonce, "uri": "sip:s1.sip.twilio.com", "algorithm": "MD5",
		"qop": "auth", "nc": "00000001", "cnonce": "c", "password": "secret", "scheme": "Digest"}
	for _, given := range parameters {
		name, value, _ := strings.Cut(given, "=")
		p[name] = value
	}
	h := func(parts ...string) string {
		text := []byte(strings.Join(parts, ":"))
		if p["algorithm"] == "SHA-256" {
			sum := sha256.Sum256(text)
			return hex.EncodeToString(sum[:])
		}
		sum := md5.Sum(text)
		return hex.EncodeToString(sum[:])
	}
	a1, a2 := h(p["username"], p["realm"], p["password"]), h(method, p["uri"])
	response := h(a1, p["nonce"], a2)
	if p["qop"] != "" {
		response = h(a1, p["nonce"], p["nc"], p["cnonce"], p["qop"], a2)
	}
	text := fmt.Sprintf(`%s username="%s", realm="%s", nonce="%s", uri="%s", response="%s"`,
		p["scheme"], p["username"], p["realm"], p["nonce"], p["uri"], response)
	if p["algorithm"] != "" {
		text += ", algorithm=" + p["algorithm"]
	}
	if p["qop"] != "" {
		text += fmt.Sprintf(`, qop=%s, nc=%s, cnonce="%s"`, p["qop"], p["nc"], p["cnonce"])
	}
	return text
}

// authorize answers a challenge with a Proxy-Authorization header.
func authorize(t testing.TB, challenge *sipwire.Message, method, uri, password string) string {
	t.Helper()
	c, err := sipwire.ParseAuth(challenge.Get("Proxy-Authenticate"))
	if err != nil {
		t.Fatal(err)
	}
	answer := proof(method, c.Get("nonce"), "realm="+c.Get("realm"), "uri="+uri, "password="+password, "cnonce=x")
	return fmt.Sprintf(`Proxy-Authorization: %s, opaque="%s"`, answer, c.Get("opaque"))
}

// TestDigestOfAnotherURI checks that credentials for another resource are refused, and that the console and the note say
// which it was.
func TestDigestOfAnotherURI(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio-voice", nil)
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	uri := "sip:+15550199@" + s.Domain()
	offer := testkit.RTP()
	challenge := calls(d, s, offer)
	other := authorize(t, challenge, "INVITE", "sip:+15550100@"+s.Domain(), "secret")
	if got := calls(d, s, offer, other); got.Status != 403 || got.Get("X-Twilio-Error") == "" {
		t.Errorf("got %s", got.Raw)
	}
	if entries := s.Console(); len(entries) != 1 || entries[0].Code != "32202" || !strings.Contains(entries[0].Detail, "+15550100") {
		t.Errorf("the console has %+v", entries)
	}
	testkit.Await(t, s.Log, observation.Note, func(e observation.Event) bool { return strings.Contains(e.Text, "+15550100") })
	if got := calls(d, s, offer, authorize(t, challenge, "INVITE", uri+";transport=tls", "secret")); got.Status != 200 {
		t.Errorf("an equivalent URI got %d", got.Status)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	e := started(t, config(product(t, "twilio-voice"), nil))
	other := config(product(t, "twilio-voice"), nil)
	other.Seed = 8
	quoted := strings.NewReplacer("algorithm=MD5", `algorithm="MD5"`, "qop=auth", `qop="auth"`, "nc=00000001", `nc="00000001"`)
	otherwise := strings.NewReplacer("Digest ", "digest\t", "realm=", "Realm = ", "qop=auth", `qop="auth"`)
	nonce, foreign := e.nonce(), started(t, other).nonce()
	for name, c := range map[string]struct {
		values []string
		want   string
	}{
		"none":                    {nil, "none"},
		"good":                    {[]string{proof("INVITE", nonce)}, "good"},
		"good, tenth use":         {[]string{proof("INVITE", nonce, "nc=0000000a")}, "good"},
		"good, algorithm unsaid":  {[]string{proof("INVITE", nonce, "algorithm=")}, "good"},
		"good, RFC 2069":          {[]string{proof("INVITE", nonce, "qop=")}, "good"},
		"good, quoted throughout": {[]string{quoted.Replace(proof("INVITE", nonce))}, "good"},
		"good, nothing quoted":    {[]string{strings.ReplaceAll(proof("INVITE", nonce), `"`, "")}, "good"},
		"good, short count":       {[]string{proof("INVITE", nonce, "nc=1")}, "good"},
		"good, upper-case qop":    {[]string{proof("INVITE", nonce, "qop=AUTH")}, "good"},
		"good, equivalent URI":    {[]string{proof("INVITE", nonce, "uri=SIP:S1.sip.twilio.com.:5060;lr")}, "good"},
		"URI of another user":     {[]string{proof("INVITE", nonce, "uri=sip:+15550199@s1.sip.twilio.com")}, "bad"},
		"URI of another host":     {[]string{proof("INVITE", nonce, "uri=sip:sip.twilio.com")}, "bad"},
		"URI that is a path":      {[]string{proof("INVITE", nonce, "uri=/")}, "bad"},
		"no client nonce":         {[]string{proof("INVITE", nonce, "cnonce=")}, "bad"},
		"good, spelt otherwise":   {[]string{otherwise.Replace(proof("INVITE", nonce))}, "good"},
		"good beside others'":     {[]string{proof("INVITE", nonce, "realm=elsewhere"), proof("INVITE", nonce)}, "good"},
		"only others'":            {[]string{proof("INVITE", nonce, "realm=elsewhere")}, "none"},
		"password":                {[]string{proof("INVITE", nonce, "password=wrong")}, "bad"},
		"user":                    {[]string{proof("INVITE", nonce, "username=mallory")}, "bad"},
		"made for another method": {[]string{proof("REGISTER", nonce)}, "bad"},
		"nonce of another mock":   {[]string{proof("INVITE", foreign)}, "stale"},
		"made-up nonce":           {[]string{proof("INVITE", "nonce")}, "stale"},
		"nonce tampered with":     {[]string{proof("INVITE", "0"+nonce[1:])}, "stale"},
		"password, made-up nonce": {[]string{proof("INVITE", "nonce", "password=wrong")}, "bad"},
		"SHA-256":                 {[]string{proof("INVITE", nonce, "algorithm=SHA-256")}, "bad"},
		"auth-int":                {[]string{proof("INVITE", nonce, "qop=auth-int")}, "bad"},
		"count that is none":      {[]string{proof("INVITE", nonce, "nc=first")}, "bad"},
		"another scheme":          {[]string{"Basic YWxpY2U6c2VjcmV0"}, "bad"},
		"unreadable":              {[]string{"Digest"}, "bad"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var headers []string
			for _, v := range c.values {
				headers = append(headers, "Proxy-Authorization: "+v)
			}
			if got := e.credentials(request("INVITE", "sip:s1.sip.twilio.com", "", headers...)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
