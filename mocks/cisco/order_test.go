package cisco_test

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/cisco"
)

// TestClientOrderOnEveryPort checks that openssl's order of suites decides on every TLS port of both products, SIP's and the
// others.
func TestClientOrderOnEveryPort(t *testing.T) {
	t.Parallel()
	const strong, weak = "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"
	for _, product := range []cisco.Product{cisco.UnifiedCM, cisco.IMAndPresence} {
		t.Run(string(product), func(t *testing.T) {
			t.Parallel()
			s := start(t, product, nil)
			showing := showing(t, s)
			for port, at := range s.Ports() {
				for _, order := range []string{strong + ":" + weak, weak + ":" + strong} {
					out := testkit.SClient(t, at.String(), "", append(showing, "-tls1_2", "-cipher", order)...)
					first, _, _ := strings.Cut(order, ":")
					if !strings.Contains(out, "Cipher is "+first+"\n") {
						t.Errorf("%d: the client prefers %s\n%s", port, first, out)
					}
				}
			}
		})
	}
}
