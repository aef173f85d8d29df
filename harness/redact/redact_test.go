package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	key    = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
	answer = "6629fae49393a05397450978507c4ef1"
	master = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
)

// material is key, decoded.
func material(t *testing.T) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// sip returns an event with a message.
func sip(head, body string) observation.Event {
	text := head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
	return observation.Event{Kind: observation.SIP, Dir: observation.In, Bytes: []byte(strings.ReplaceAll(text, "\n", "\r\n"))}
}

func printed(text string) observation.Event {
	return observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: observation.DeviceOutput}, Text: text}
}

// TestEvent: every kind of secret is taken where it can stand, by its place alone, and the
// event says of which kind it was.
func TestEvent(t *testing.T) {
	t.Parallel()
	const register = "REGISTER sip:example.test SIP/2.0\n"
	for name, c := range map[string]struct {
		event  observation.Event
		secret string
		kind   string
	}{
		"a key in an offer":                {sip(register, "v=0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key+"|2^20|1:4\n"), key, Keys},
		"a key with padding":               {sip(register, "a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:"+key+"YWI=\n"), key + "YWI", Keys},
		"a key that is none":               {sip(register, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:_not_base64_at_all_\n"), "_not_base64_at_all_", Keys},
		"a key that is too short":          {sip(register, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ\n"), "c2hvcnQ", Keys},
		"the second of two keys":           {sip(register, "a=crypto:1 X inline:AAAAAAAAAAAAAAAAAAAAAA|2^20|1:1;inline:"+key+"|2^20|2:1\n"), key, Keys},
		"a key of FEC":                     {sip(register, "a=crypto:1 X inline:AAAAAAAAAAAAAAAAAAAAAA FEC_KEY=inline:"+key+"\n"), key, Keys},
		"a key in capitals":                {sip(register, "a=CRYPTO:1 X INLINE:"+key+"\n"), key, Keys},
		"MIKEY":                            {sip(register, "a=key-mgmt:mikey AQAFgM0XflABAAAAAAAAAAAAAAs\n"), "AQAFgM0XflABAAAAAAAAAAAAAAs", Keys},
		"a key line":                       {sip(register, "v=0\nk=clear:open-sesame\n"), "open-sesame", Keys},
		"a key that was printed":           {printed("srtp: a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key), key, Keys},
		"a key in a note":                  {observation.Event{Kind: observation.Note, Text: "offered inline:" + key}, key, Keys},
		"a key in what cannot be read":     {observation.Event{Kind: observation.SIPMalformed, Bytes: []byte("INV\x00ITE\na=crypto:1 X inline:" + key)}, key, Keys},
		"a key in clear at a port for TLS": {observation.Event{Kind: observation.NotTLS, Bytes: []byte("a=crypto:1 X inline:" + key)}, key, Keys},
		"a password of ICE":                {sip(register, "a=ice-pwd:asd88fgpdd777uzjYhagZg\n"), "asd88fgpdd777uzjYhagZg", Passwords},
		"a digest": {sip(register+`Authorization: Digest username="alice", realm="r", nonce="n", uri="sip:x", response="`+answer+"\"\n", ""),
			answer, Digests},
		"a digest for a proxy": {sip(register+`Proxy-Authorization: Digest response="`+answer+"\", username=\"alice\"\n", ""), answer, Digests},
		"a digest that is folded": {sip(register+"Authorization: Digest username=\"alice\",\n response =\n \""+answer+"\"\n", ""),
			answer, Digests},
		"a digest without quotes":       {sip(register+"authorization:Digest response="+answer+"\n", ""), answer, Digests},
		"what the server proves":        {sip("SIP/2.0 200 OK\nAuthentication-Info: rspauth=\""+answer+"\"\n", ""), answer, Digests},
		"a digest that was printed":     {printed(`auth: response="` + answer + `"`), answer, Digests},
		"a password in base64":          {sip(register+"Authorization: Basic YWxpY2U6Y29ycmVjdA==\n", ""), "YWxpY2U6Y29ycmVjdA==", Tokens},
		"a bearer token":                {sip(register+"Authorization: Bearer 3f2c9a77-token\n", ""), "3f2c9a77-token", Tokens},
		"credentials of a scheme":       {sip(register+"Authorization: App 003026bbc133714df1834b8638bb496e\n", ""), "003026bbc133714df1834b8638bb496e", Tokens},
		"credentials without a scheme":  {sip(register+"Authorization: 003026bbc133714df1834b8638bb496e\n", ""), "003026bbc133714df1834b8638bb496e", Tokens},
		"an API's key":                  {observation.Event{Kind: observation.Data, Bytes: []byte("GET / HTTP/1.1\r\nX-API-Key: 5e55-10n\r\n\r\n")}, "5e55-10n", Tokens},
		"a cookie":                      {observation.Event{Kind: observation.Data, Bytes: []byte("GET / HTTP/1.1\r\nCookie: sid=31d4d96e407aad42\r\n\r\n")}, "31d4d96e407aad42", Tokens},
		"a cookie that is set":          {sip("SIP/2.0 200 OK\nSet-Cookie: sid=31d4d96e407aad42; HttpOnly\n", ""), "31d4d96e407aad42", Tokens},
		"a token in a path":             {observation.Event{Kind: observation.HTTP, HTTP: &observation.HTTPInfo{Path: "/sms?to=1&access_token=c0ffee-c0ffee"}}, "c0ffee-c0ffee", Tokens},
		"a token of JSON":               {printed("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"), "dozjgNryP4J3jVmNHl0w5N", Tokens},
		"a token for pushing":           {sip(register+"Contact: <sip:a@192.0.2.1;pn-provider=apns;pn-prid=00fc13adff78512>\n", ""), "00fc13adff78512", Tokens},
		"a password in a URI":           {sip("REGISTER sip:alice:open-sesame@example.test SIP/2.0\n", ""), "open-sesame", Passwords},
		"a password that was printed":   {printed("account: <sip:alice@example.test>;auth_pass=open-sesame;regint=60"), "open-sesame", Passwords},
		"a password in quotes":          {printed(`{"user": "alice", "password": "open sesame"}`), "open sesame", Passwords},
		"a password in an argument":     {observation.Event{Kind: observation.Device, Text: "phone --password=open-sesame", Device: &observation.DeviceInfo{What: observation.DeviceStart}}, "open-sesame", Passwords},
		"a private key that is printed": {printed("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----"), "MC4CAQAwBQYDK2VwBCIEIA", Private},
		"half of a private key":         {printed("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA"), "MIIEowIBAAKCAQEA", Private},
		"a log of TLS secrets":          {observation.Event{Kind: observation.TLSKeyLog, Text: "CLIENT_RANDOM " + master + " " + master + master}, master, Secrets},
		"such a log that was printed":   {printed("SERVER_TRAFFIC_SECRET_0 " + answer + answer + " " + master), master, Secrets},
		"a master secret in words":      {printed("Master-Key: " + strings.ToUpper(master)), strings.ToUpper(master), Secrets},
		"what was said":                 {rtp(observation.AuthenticRTP, ""), "open-sesame", Voice},
		"what was said in clear":        {rtp(observation.ClearRTP, ""), "open-sesame", Voice},
		"what was said without a tag":   {rtp(observation.BadTag, media.NoTag), "open-sesame", Voice},
		"what crossed TLS":              {observation.Event{Kind: observation.Wire, Bytes: []byte("GET /open-sesame")}, "open-sesame", Segments},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := all(t, c.event)
			if !strings.Contains(before, c.secret) && !strings.Contains(before, strings.ReplaceAll(c.secret, `"`, `\"`)) {
				t.Fatalf("the secret does not stand in the event: %s", before)
			}
			r := New()
			r.Learn(&c.event)
			clean := r.Event(c.event)
			if after := all(t, clean); strings.Contains(after, c.secret) {
				t.Errorf("it still has %q: %s", c.secret, after)
			}
			if !slices.Contains(clean.Redacted, c.kind) {
				t.Errorf("it says that %q was taken, want %q", clean.Redacted, c.kind)
			}
			_, was, _ := bytes.Cut(c.event.Bytes, []byte("\r\n\r\n"))
			if _, is, _ := bytes.Cut(clean.Bytes, []byte("\r\n\r\n")); c.event.Kind != observation.Wire && len(was) != len(is) {
				t.Errorf("the body has %d bytes, and had %d", len(is), len(was))
			}
			if again := r.Event(clean); len(c.secret) >= len(mark) && all(t, again) != all(t, clean) {
				t.Errorf("redacted again, it is %s, and was %s", all(t, again), all(t, clean))
			}
		})
	}
}

// rtp returns a packet of RTP in which something is said.
func rtp(class observation.MediaClass, why observation.Diagnosis) observation.Event {
	return observation.Event{Kind: observation.Media, Media: &observation.MediaInfo{Class: class, Diagnosis: why},
		Bytes: append([]byte{0x80, 11: 0}, "open-sesame"...)}
}

// TestQuestionsAreSwept: a question about a name in which a known secret stands loses its bytes, and any other keeps them.
func TestQuestionsAreSwept(t *testing.T) {
	t.Parallel()
	r := New("open-sesame")
	for label, want := range map[string]bool{"open-sesame": false, "twilio": true} {
		e := observation.Event{Kind: observation.DNS, DNS: &observation.DNSInfo{Reply: []byte("\x06twilio")}, Bytes: []byte("\x0b" + label)}
		clean := r.Event(e)
		if kept := len(clean.Bytes) > 0 && len(clean.DNS.Reply) > 0; kept != want || (len(clean.Redacted) == 0) != want {
			t.Errorf("%s: kept %v, taken %v", label, kept, clean.Redacted)
		}
	}
}

// TestUnknownPacketsStay: a verdict may rest on which key opens them.
func TestUnknownPacketsStay(t *testing.T) {
	t.Parallel()
	e := rtp(observation.BadTag, media.UnknownKey)
	if clean := New().Event(e); !bytes.Equal(clean.Bytes, e.Bytes) || clean.Redacted != nil {
		t.Errorf("it is %q, and %v was taken", clean.Bytes, clean.Redacted)
	}
}

// all returns an event as JSON, and its bytes as they are.
func all(t *testing.T, e observation.Event) string {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return e.Text + string(data) + string(e.Bytes)
}

// TestEverywhere: what was found in one place is taken from all, in every form.
func TestEverywhere(t *testing.T) {
	t.Parallel()
	raw := material(t)
	r := New("correct-horse")
	offer := sip("INVITE sip:x SIP/2.0\n", "a=crypto:1 X inline:"+key+"\n")
	login := sip(`REGISTER sip:x SIP/2.0`+"\n"+`Authorization: Digest response="`+answer+`"`+"\n", "")
	r.Learn(&offer)
	r.Learn(&login)
	for name, text := range map[string]string{
		"base64":              key,
		"base64 for URLs":     base64.RawURLEncoding.EncodeToString(raw),
		"hexadecimal":         fmt.Sprintf("%x", raw),
		"capitals":            fmt.Sprintf("%X", raw),
		"with colons":         strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf("% x", raw)), " ", ":"),
		"with spaces":         fmt.Sprintf("% X", raw),
		"the digest":          answer,
		"the password":        "correct-horse",
		"the password, coded": base64.RawStdEncoding.EncodeToString([]byte("correct-horse")),
	} {
		if clean := r.Event(printed("dump of " + text + " there")); strings.Contains(clean.Text, text) || len(clean.Redacted) == 0 {
			t.Errorf("%s: it is still there: %q, %v", name, clean.Text, clean.Redacted)
		}
	}
	finding := struct{ Observed, Hint string }{"it printed " + key, "nothing"}
	if clean := Value(r, finding); strings.Contains(clean.Observed, key) || clean.Hint != "nothing" {
		t.Errorf("a finding says %+v", clean)
	}
}

// TestKeysKeepTheirShape: a key is replaced by another of its length, the same by the same,
// with the fingerprint that packets under it name; another redaction takes other keys.
func TestKeysKeepTheirShape(t *testing.T) {
	t.Parallel()
	raw := material(t)
	r := New()
	offer := sip("INVITE sip:x SIP/2.0\n", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key+"|2^20|1:4\n")
	packet := observation.Event{Kind: observation.Media, Media: &observation.MediaInfo{Key: media.Fingerprint(raw)}, Bytes: raw}
	r.Learn(&offer)
	clean := r.Event(offer)
	_, after, _ := strings.Cut(string(clean.Bytes), "inline:")
	other, rest, _ := strings.Cut(after, "|")
	if len(other) != len(key) || !strings.HasPrefix(other, mark) || rest != "2^20|1:4\r\n" {
		t.Errorf("the key is now %q, and %q follows", other, rest)
	}
	by, err := base64.StdEncoding.DecodeString(other)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Event(packet); got.Media.Key != media.Fingerprint(by) || got.Redacted != nil {
		t.Errorf("a packet names the key %s, want %s; taken: %v", got.Media.Key, media.Fingerprint(by), got.Redacted)
	}
	if packet.Media.Key != media.Fingerprint(raw) {
		t.Error("the event itself was changed")
	}
	if again := New().Event(offer); bytes.Equal(again.Bytes, clean.Bytes) {
		t.Error("two redactions replace a key by the same, so that it can be looked for")
	}
}

// TestLeavesTheRest: text in which no secret stands is left as it is.
func TestLeavesTheRest(t *testing.T) {
	t.Parallel()
	r := New("correct-horse")
	for _, text := range []string{
		"pass: registered", "SIP/2.0 401 Unauthorized", `Digest realm="r", nonce="1f", qop="auth"`, "sip:alice@127.0.0.1:5061;transport=tls",
		"it sent no key inline: see RFC 4568", "check the response to the password challenge", "basic authentication is refused",
		"https://example.test:443/a@b", "a=fingerprint:SHA-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB",
	} {
		if clean, taken := r.text(text); clean != text || taken != nil {
			t.Errorf("%q became %q: %v", text, clean, taken)
		}
	}
}
