package twilio_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/twilio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, p twilio.Product, settings map[string]string) *twilio.Server {
	t.Helper()
	s, err := twilio.Start(p, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// request is a SIP request written by hand, so that the mock is not asked by
// its own library.
func request(method, uri, branch string, more ...string) string {
	lines := []string{method + " " + uri + " SIP/2.0", "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK" + branch,
		"Max-Forwards: 70", "From: <sip:alice@example.sip.twilio.com>;tag=1", "To: <sip:alice@example.sip.twilio.com>",
		"Call-ID: " + branch, "CSeq: 1 " + method, "Contact: <sip:alice@127.0.0.1:5099;transport=tls>"}
	body := ""
	for _, m := range more {
		if strings.HasPrefix(m, "v=0") {
			body = m
			lines = append(lines, "Content-Type: application/sdp")
		} else {
			lines = append(lines, m)
		}
	}
	return strings.Join(lines, "\r\n") + "\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body
}

func itoa(n int) string { return string(appendInt(nil, n)) }

func appendInt(b []byte, n int) []byte {
	if n >= 10 {
		b = appendInt(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

func sdp(proto string, crypto ...string) string {
	lines := []string{"v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 40000 " + proto + " 0"}
	for _, c := range crypto {
		lines = append(lines, "a=crypto:"+c)
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

const key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" // of RFC 4568 §9.2

// exchange sends a request over TLS and returns the first final response.
func exchange(t *testing.T, s *twilio.Server, version uint16, text string) *sipwire.Message {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.Roots)
	conn, err := tls.Dial("tcp", s.Addresses()[observation.TLS].String(), &tls.Config{RootCAs: roots, ServerName: s.Domain(), MinVersion: version, MaxVersion: version, CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	var framer sipwire.Framer
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range framer.Write(buf[:n]) {
			if f.Message != nil && f.Message.Status >= 200 {
				return f.Message
			}
		}
	}
}

// TestRefusals puts the vendor's rules to the mock, one a row.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const domain = "sip:+15550199@example.sip.twilio.com"
	secure := map[string]string{"secure_media": "on", "digest": "off"}
	clear := map[string]string{"digest": "off"}
	for name, c := range map[string]struct {
		product  twilio.Product
		settings map[string]string
		version  uint16
		request  string
		status   int
		header   string // of X-Twilio-Error
		console  string
	}{
		"TW-TLS-05 register below the floor":   {twilio.Voice, nil, tls.VersionTLS11, request("REGISTER", "sip:example.sip.twilio.com", "a"), 403, "", ""},
		"TW-TLS-01 call below the floor":       {twilio.Voice, secure, tls.VersionTLS10, request("INVITE", domain, "b", sdp("RTP/SAVP", "1 AES_CM_128_HMAC_SHA1_80 inline:"+key)), 403, "32222 TLS version not allowed", "32222"},
		"TW-TLS-08 switch on":                  {twilio.Voice, map[string]string{"allow_deprecated_tls": "on"}, tls.VersionTLS10, request("REGISTER", "sip:example.sip.twilio.com", "c"), 407, "", ""},
		"TW-SRTP-03 plain RTP on secure media": {twilio.Voice, secure, tls.VersionTLS12, request("INVITE", domain, "d", sdp("RTP/AVP")), 488, "32208 Secure media required", "32208"},
		"TW-SRTP-06 SRTP on clear media":       {twilio.Voice, clear, tls.VersionTLS12, request("INVITE", domain, "e", sdp("RTP/SAVP", "1 AES_CM_128_HMAC_SHA1_80 inline:"+key)), 488, "32207 Secure media not accepted", "32207"},
		"TW-SRTP-10 long tag":                  {twilio.Voice, secure, tls.VersionTLS12, request("INVITE", domain, "f", sdp("RTP/SAVP", "1 AES_CM_128_HMAC_SHA1_80 inline:"+key)), 200, "", ""},
		"TW-SRTP-13 MKI":                       {twilio.Voice, secure, tls.VersionTLS12, request("INVITE", domain, "g", sdp("RTP/SAVP", "1 AES_CM_128_HMAC_SHA1_80 inline:"+key+"|2^31|1:4")), 488, "", ""},
		"TW-SRTP-11 unsupported suite":         {twilio.Voice, secure, tls.VersionTLS12, request("INVITE", domain, "h", sdp("RTP/SAVP", "1 F8_128_HMAC_SHA1_80 inline:"+key)), 488, "", ""},
		"TW-URI-05 an address":                 {twilio.Voice, secure, tls.VersionTLS12, request("INVITE", "sip:+15550199@127.0.0.1", "i", sdp("RTP/AVP")), 403, "", ""},
		"TW-URI-06 no plus":                    {twilio.Trunking, map[string]string{"digest": "off"}, tls.VersionTLS12, request("INVITE", "sip:15550199@example.pstn.twilio.com", "j", sdp("RTP/AVP")), 400, "", ""},
		"TW-URI-16 register at a trunk":        {twilio.Trunking, nil, tls.VersionTLS12, request("REGISTER", "sip:example.pstn.twilio.com", "k"), 405, "", ""},
		"TW-REG-01 too brief":                  {twilio.Voice, map[string]string{"digest": "off"}, tls.VersionTLS12, request("REGISTER", "sip:example.sip.twilio.com", "l", "Expires: 60"), 423, "", ""},
		"TW-REG-04 challenge":                  {twilio.Voice, nil, tls.VersionTLS12, request("REGISTER", "sip:example.sip.twilio.com", "m"), 407, "", ""},
		"TW-REJ-01 unlisted source":            {twilio.Trunking, map[string]string{"acl": "unlisted"}, tls.VersionTLS12, request("INVITE", "sip:+15550199@example.pstn.twilio.com", "n", sdp("RTP/AVP")), 403, "32201 Authentication failure - source IP Address not in ACL", "32201"},
		"TW-REJ-05 empty body":                 {twilio.Voice, clear, tls.VersionTLS12, request("INVITE", domain, "o"), 400, "32103 Empty body", "32103"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, c.product, c.settings)
			got := exchange(t, s, c.version, c.request)
			if got.Status != c.status || got.Get("X-Twilio-Error") != c.header {
				t.Errorf("got %d %s, X-Twilio-Error %q; want %d, %q", got.Status, got.Reason, got.Get("X-Twilio-Error"), c.status, c.header)
			}
			var codes []string
			for _, entry := range s.Console() {
				codes = append(codes, entry.Code)
			}
			if strings.Join(codes, " ") != c.console {
				t.Errorf("console has %q, want %q", codes, c.console)
			}
		})
	}
}

// TestAgainstOpenSSL looks at the mock with a program that none of us wrote:
// versions, the wildcard, and SIP over the connection.
func TestAgainstOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	s := start(t, twilio.Voice, nil)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, s.Roots, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, version := range []string{"-tls1", "-tls1_1", "-tls1_2"} {
		command := exec.CommandContext(ctx, openssl, "s_client", "-connect", s.Addresses()[observation.TLS].String(), "-servername", s.Domain(),
			"-CAfile", roots, "-verify_hostname", s.Domain(), "-verify_return_error", "-cipher", "DEFAULT:@SECLEVEL=0", version, "-ign_eof", "-quiet")
		command.Stdin = strings.NewReader(request("REGISTER", "sip:example.sip.twilio.com", "openssl"+version) + "\r\n\r\n")
		var out, problems bytes.Buffer
		command.Stderr = &problems
		pipe, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		for !bytes.Contains(out.Bytes(), []byte("Content-Length")) {
			n, err := pipe.Read(buf)
			out.Write(buf[:n])
			if err != nil {
				break
			}
		}
		command.Process.Kill()
		command.Wait()
		want := "403 TLS version not allowed"
		if version == "-tls1_2" {
			want = "407 Proxy Authentication Required"
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: got %q, want %s\n%s", version, out.String(), want, problems.String())
		}
	}
	if len(s.Console()) != 0 {
		t.Errorf("a registration left %v in the console", s.Console())
	}
}
