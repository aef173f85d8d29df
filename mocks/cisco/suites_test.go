package cisco_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/cisco"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// TestTLSCiphers checks that each value of the enterprise parameter has its suites and no others, and that the client's
// order decides.
func TestTLSCiphers(t *testing.T) {
	t.Parallel()
	every := []string{"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256",
		"ECDHE-ECDSA-AES128-GCM-SHA256", "AES128-SHA", "AES256-SHA", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256", "NULL-SHA"}
	for value, listed := range map[string][]string{
		"strongest-rsa": every[:2], "strongest-ecdsa": every[:2], "medium-rsa": every[:4], "medium-ecdsa": every[:4],
		"all-rsa": every[:5], "all-ecdsa": every[:5], "authenticated": every[8:],
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"tls_ciphers": value}
			if value == "authenticated" {
				if p, err := cisco.Profile(cisco.UnifiedCM); err != nil || len(vendor.NotEmulated(p.Revisions[0])) > 0 {
					t.Skip("no engine here has NULL-SHA")
				}
				settings = map[string]string{"security_mode": value}
			}
			s := start(t, cisco.UnifiedCM, settings)
			showing, address := showing(t, s), s.Addresses()[observation.TLS].String()
			connect := func(suites string) string {
				return testkit.SClient(t, address, "", append(showing, "-tls1_2", "-cipher", suites)...)
			}
			for _, suite := range every {
				out := connect(suite + ":@SECLEVEL=0")
				want := slices.Contains(listed, suite)
				if got := strings.Contains(out, "Cipher is "+suite+"\n"); got != want {
					t.Errorf("takes %s: %v, want %v\n%s", suite, got, want, out)
				}
			}
			if len(listed) < 2 {
				return
			}
			for _, order := range [][]string{{listed[0], listed[1]}, {listed[1], listed[0]}} {
				out := connect(strings.Join(order, ":"))
				if !strings.Contains(out, "Cipher is "+order[0]+"\n") {
					t.Errorf("the client prefers %s\n%s", order[0], out)
				}
			}
		})
	}
}
