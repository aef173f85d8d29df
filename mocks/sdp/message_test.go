package sdp

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

const (
	plain = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 0\r\n"
	keyed = plain + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
)

// invite returns an INVITE with this body.
func invite(contentType, body string) *sipwire.Message {
	text := "INVITE sip:a@b SIP/2.0\r\n"
	if contentType != "" {
		text += "Content-Type: " + contentType + "\r\n"
	}
	m, err := sipwire.Parse([]byte(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", text, len(body), body)))
	if err != nil {
		panic(err)
	}
	return m
}

// part returns one part of a multipart body whose boundary is b.
func part(contentType, body string, headers ...string) string {
	return "--b\r\nContent-Type: " + contentType + "\r\n" + strings.Join(headers, "") + "\r\n" + body + "\r\n"
}

func TestOf(t *testing.T) {
	t.Parallel()
	const mixed, end, pidf = "multipart/mixed;boundary=b", "--b--\r\n", "application/pidf+xml"
	presence := part(pidf, `<presence entity="pres:a@example"/>`, "Content-ID: <a@example>\r\n")
	other := strings.Replace(keyed, "40000", "40002", 1)
	for name, c := range map[string]struct {
		kind, body string
		port       uint16 // of the description that counts, 0: there is none
		keyed      bool
		clean      bool // without problems
	}{
		"a description":                 {"application/sdp", keyed, 40000, true, true},
		"a type in another case":        {"Application/SDP; charset=utf-8", keyed, 40000, true, true},
		"nothing":                       {"", "", 0, false, false},
		"a type and nothing else":       {"application/sdp", "", 0, false, false},
		"another type":                  {"text/plain", "hello", 0, false, false},
		"a description of another type": {"text/plain", keyed, 0, true, false},
		"a description of no type":      {"", keyed, 0, true, false},
		"no description of that type":   {"application/sdp", "hello", 0, false, false},
		"first of two parts":            {mixed, part("application/sdp", keyed) + presence + end, 40000, true, true},
		"last of two parts":             {mixed, presence + part("application/sdp", keyed) + end, 40000, true, true},
		"alternatives":                  {"multipart/alternative;boundary=b", part("application/sdp", other) + part("application/sdp", keyed) + end, 40000, true, true},
		"two descriptions":              {mixed, part("application/sdp", keyed) + part("application/sdp", other) + end, 40000, true, true},
		"early media of its own":        {mixed, part("application/sdp", other, "Content-Disposition: early-session\r\n") + part("application/sdp", plain) + end, 40000, true, true},
		"only an attachment":            {mixed, part("application/sdp", keyed, "Content-Disposition: attachment\r\n") + end, 0, true, false},
		"no line end of its own":        {mixed, part("application/sdp", strings.TrimSuffix(keyed, "\r\n")) + end, 40000, true, true},
		"no line end at all":            {"application/sdp", strings.TrimSuffix(keyed, "\r\n"), 40000, true, false},
		"only presence":                 {mixed, presence + end, 0, false, false},
		"a stream that is off":          {"application/sdp", strings.Replace(keyed, "40000", "0", 1), 0, true, true},
		"key before any stream":         {"application/sdp", strings.Replace(plain, "m=", "a=crypto:1 X inline:AAAA\r\nm=", 1), 40000, true, true},
		"key of the second stream":      {"application/sdp", plain + "m=audio 4 RTP/SAVP 0\r\na=crypto:1 X inline:AAAA\r\n", 40000, true, true},
		"key as a capability":           {"application/sdp", plain + "a=acap:1 crypto:1 X inline:AAAA\r\n", 40000, true, true},
		"key in a k= line":              {"application/sdp", plain + "k=base64:AAAA\r\n", 40000, true, true},
		"no key in a k= line":           {"application/sdp", plain + "k=prompt\r\n", 40000, false, true},
		"a crypto line without a key":   {"application/sdp", plain + "a=crypto:1 X\r\n", 40000, false, true},
	} {
		m := invite(c.kind, c.body)
		session, err := Of(m)
		var port uint16
		if err == nil {
			port = session.Media[0].Port
		}
		if port != c.port || Keyed(m) != c.keyed || err == nil && (len(session.Problems) == 0) != c.clean {
			t.Errorf("%s: port %d, keyed %t, %v; %+v", name, port, Keyed(m), err, session)
		}
	}
	if _, err := Of(invite("text/plain", "hello")); !errors.Is(err, ErrNone) {
		t.Errorf("got %v for a text", err)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("multipart/mixed;boundary=b", part("application/sdp", keyed)+"--b--")
	f.Add("application/sdp", keyed)
	f.Add("text/plain", "k=clear:x\r\na=acap:1 crypto:")
	f.Fuzz(func(t *testing.T, kind, body string) {
		m := &sipwire.Message{Method: "INVITE", Body: []byte(body)}
		m.Add("Content-Type", kind)
		session, err := Of(m)
		if (session == nil) != (err != nil) {
			t.Errorf("%v, %v", session, err)
		}
		Keyed(m)
	})
}
