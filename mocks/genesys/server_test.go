package genesys_test

import (
	"context"
	"crypto/tls"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/genesys"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// TestCallsOpenSSL has the vendor call openssl s_server, as the device's server: TLS 1.2 alone gets through
// (GE-TLS-01), with each suite of the revision (GE-TLS-04 to -06), and ECDHE on secp384r1 alone (GE-TLS-07).
func TestCallsOpenSSL(t *testing.T) {
	t.Parallel()
	profile, err := genesys.Profile(genesys.BYOCCloud)
	if err != nil {
		t.Fatal(err)
	}
	const ecdhe, refused = "ECDHE-RSA-AES256-GCM-SHA384", ""
	for name, test := range map[string]struct {
		revision string
		server   []string
		want     string // the suite, by its name in OpenSSL
	}{
		"TLS 1.0 alone":         {server: []string{"-tls1", "-cipher", "ALL:@SECLEVEL=0"}, want: refused},
		"TLS 1.1 alone":         {server: []string{"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}, want: refused},
		"TLS 1.2 alone":         {server: []string{"-tls1_2"}, want: "ECDHE-RSA-AES256-GCM-SHA384"},
		"TLS 1.3 alone":         {server: []string{"-tls1_3"}, want: refused},
		"up to TLS 1.3":         {server: nil, want: "ECDHE-RSA-AES256-GCM-SHA384"},
		"secp384r1 alone":       {server: []string{"-groups", "P-384", "-cipher", ecdhe}, want: ecdhe},
		"other curves alone":    {server: []string{"-groups", "P-256:X25519:P-521", "-cipher", ecdhe}, want: refused},
		"a suite of no list":    {server: []string{"-cipher", "ECDHE-RSA-CHACHA20-POLY1305"}, want: refused},
		"one, seed-era":         {server: suite("AES256-SHA"), want: "AES256-SHA"},
		"two, seed-era":         {server: suite("AES256-SHA256"), want: "AES256-SHA256"},
		"three, seed-era":       {server: suite("ECDHE-RSA-AES128-GCM-SHA256"), want: "ECDHE-RSA-AES128-GCM-SHA256"},
		"four, seed-era":        {server: suite("ECDHE-RSA-AES256-GCM-SHA384"), want: "ECDHE-RSA-AES256-GCM-SHA384"},
		"five, seed-era":        {server: suite("ECDHE-RSA-AES256-SHA384"), want: "ECDHE-RSA-AES256-SHA384"},
		"a later one, seed-era": {server: suite("AES128-GCM-SHA256"), want: refused},
		"a later one, newer":    {"newer", suite("AES128-GCM-SHA256"), "AES128-GCM-SHA256"},
		"a removed one":         {"current", suite("AES256-SHA256"), refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, genesys.BYOCCloud, nil, func(c *genesys.Config) { c.Revision = test.revision })
			if len(vendor.NotEmulated(profile.Revisions[0])) > 0 {
				t.Skip("this machine has not all suites, and its engine orders them by itself")
			}
			const host = "sbc.customer.test"
			own, err := s.DeviceAuthority.Issue(certs.Leaf{DNSNames: []string{host}, Key: certs.RSA2048})
			if err != nil {
				t.Fatal(err)
			}
			server := testkit.SServer(t, append(testkit.Showing(t, own.TLS()), test.server...)...)
			seen := shaken(t, s, host, netip.MustParseAddrPort(server.Address))
			if test.want == refused {
				if seen.Complete {
					t.Errorf("%s was taken, with %s", tls.VersionName(seen.Version), tlspeer.SuiteName(seen.Suite))
				}
				return
			}
			want, _ := tlspeer.SuiteByOpenSSLName(test.want)
			if !seen.Complete || seen.Version != tls.VersionTLS12 || seen.Suite != want {
				t.Errorf("complete %t, %s with %s (%s), want %s", seen.Complete, tls.VersionName(seen.Version),
					tlspeer.SuiteName(seen.Suite), seen.Error, test.want)
			}
			if strings.HasPrefix(test.want, "ECDHE") && seen.Group != uint16(tls.CurveP384) {
				t.Errorf("ECDHE on %s", tlspeer.GroupName(seen.Group))
			}
		})
	}
}

func suite(name string) []string { return []string{"-tls1_2", "-cipher", name + ":@SECLEVEL=0"} }

// shaken has the mock call a server that speaks no SIP, and returns what came of the handshake.
func shaken(t *testing.T, s *genesys.Server, host string, at netip.AddrPort) *observation.HandshakeInfo {
	t.Helper()
	ctx, hangUp := context.WithCancel(testkit.Context(t))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = s.Call(ctx, genesys.Outbound{User: "alice", Caller: "+15550100", Host: host, Address: at}) // nobody answers
	}()
	seen, err := s.Log.Wait(ctx, func(e observation.Event) bool { return e.Kind == observation.TLSHandshake })
	hangUp()
	<-ended
	if err != nil {
		t.Fatal(err)
	}
	return seen.Handshake
}
