package chapter

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/profile"
)

// TestVendorOfOld has clients that take every version and every signature get a page
// of the vendor that has nothing above TLS 1.0, or above 1.1. They would be refused
// nothing else, and nothing but the version is there for a device to refuse.
func TestVendorOfOld(t *testing.T) {
	t.Parallel()
	p, err := profile.Read(fixtures.FS, "profiles", "infobip", "rest")
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1.0", "1.1"} {
		settings := map[string]string{profile.TLSMin: "TLS 1.0", profile.TLSMax: "TLS " + version}
		s, err := api.Serve(p, settings, func(c *api.Config) { c.Suites = keyTransport })
		server := testkit.Started(t, s, err)
		at, trust := server.Sites()[0], testkit.File(t, "roots.pem", server.Roots)
		request := "GET / HTTP/1.1\r\nHost: " + at.Name + "\r\nConnection: close\r\n\r\n"
		for program, arguments := range clients(at.Name, at.Address, trust) {
			t.Run(program+" at "+version, func(t *testing.T) {
				t.Parallel()
				out := testkit.Converse(t, testkit.Command(t, program, arguments...), request, "HTTP/1.1 200")
				if !strings.Contains(out, "HTTP/1.1 200") {
					t.Errorf("no page\n%s", out)
				}
			})
		}
	}
}

// clients are commands that get the first page of a site, by whatever version.
func clients(name string, at netip.AddrPort, trust string) map[string][]string {
	return map[string][]string{
		"openssl": {"s_client", "-quiet", "-connect", at.String(), "-servername", name, "-CAfile", trust, "-verify_hostname", name,
			"-verify_return_error", "-min_protocol", "TLSv1", "-cipher", "ALL:@SECLEVEL=0"},
		"curl": {"--silent", "--include", "--max-time", "20", "--cacert", trust, "--tlsv1.0", "--ciphers", "ALL:@SECLEVEL=0",
			"--resolve", fmt.Sprintf("%s:%d:%s", name, at.Port(), at.Addr()), fmt.Sprintf("https://%s:%d/", name, at.Port())},
		"gnutls-cli": {"--x509cafile", trust, "--sni-hostname", name, "--verify-hostname", name, "--port", fmt.Sprint(at.Port()),
			"--priority", "NORMAL:+VERS-TLS1.1:+VERS-TLS1.0", at.Addr().String()},
	}
}
