package edge

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestLegal sends INVITEs as they came from devices in the field, byte for byte. Each is unusual, and right.
func TestLegal(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ secureMedia, answer string }{
		"compact-folded-utf8":    {"on", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "},
		"eight-byte-tags-first":  {"on", "a=crypto:5 AES_CM_128_HMAC_SHA1_80 "},
		"capability-negotiation": {"off", "m=audio %d RTP/AVP 8 101"},
		"multipart":              {"on", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "},
		"sips":                   {"on", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(filepath.Join("testdata", "legal", name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			s := withoutDigest(t, "secure_media="+want.secureMedia)
			d := connect(t, s, observation.TLS, tls.VersionTLS12)
			d.Send(string(raw))
			ok := d.Final("INVITE")
			answer := string(ok.Body)
			if before, after, found := strings.Cut(want.answer, "%d"); ok.Status != 200 || !strings.Contains(answer, before) || found && !strings.Contains(answer, after) {
				t.Fatalf("got %s", ok.Raw)
			}
			d.Send(d.Within(ok, "ACK", 1))
			d.Send(d.Within(ok, "BYE", 2))
			if got := d.Final("BYE"); got.Status != 200 {
				t.Errorf("BYE got %d", got.Status)
			}
			for _, e := range s.Log.Events() {
				if e.Kind == observation.Unexpected || e.Kind == observation.SIPMalformed || e.Framing != "" {
					t.Errorf("%s: %s", e.Kind, e.Text)
				}
			}
		})
	}
}
