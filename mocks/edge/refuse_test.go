package edge

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestTrying checks that a 100 comes before the refusal of a call, TW-REJ-01.
func TestTrying(t *testing.T) {
	t.Parallel()
	s := serve(t, "twilio-trunking", map[string]string{"acl": "unlisted"})
	d := connect(t, s, observation.TLS, tls.VersionTLS12)
	d.Send(d.Compose("INVITE", "sip:+15550199@"+s.Domain(), testkit.RTP()))
	if trying := d.Expect(100, "INVITE"); trying.ToTag() != "" {
		t.Errorf("got %s", trying.Raw)
	}
	d.Expect(403, "INVITE")
}

// TestHandshakeRefused checks that TLS 1.1 gets an alert if the revision no longer takes it, and if the setting says so.
func TestHandshakeRefused(t *testing.T) {
	t.Parallel()
	alert := serve(t, "twilio-voice", map[string]string{"deprecated_refusal": "alert"})
	current := serve(t, "twilio-voice", nil, func(c *Config) { c.Revision = "current" })
	for name, s := range map[string]*Server{"by alert": alert, "current": current} {
		t.Run(name, func(t *testing.T) {
			conn, err := tls.Dial("tcp", s.Addresses()[observation.TLS].String(), testkit.ClientTLS(s.Roots, s.Domain(), tls.VersionTLS11))
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
