package infobip_test

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// suites are the vendor's sixteen, in its order (IB-01, IB-02), by OpenSSL's names and as priorities of GnuTLS.
var suites = []struct {
	version         string // "1.3"
	openssl, gnutls string
}{
	{"1.3", "TLS_AES_256_GCM_SHA384", "+AES-256-GCM:+AEAD"},
	{"1.3", "TLS_CHACHA20_POLY1305_SHA256", "+CHACHA20-POLY1305:+AEAD"},
	{"1.3", "TLS_AES_128_GCM_SHA256", "+AES-128-GCM:+AEAD"},
	{"1.3", "TLS_AES_128_CCM_SHA256", "+AES-128-CCM:+AEAD"},
	{"1.2", "ECDHE-RSA-AES128-GCM-SHA256", "+ECDHE-RSA:+AES-128-GCM:+AEAD"},
	{"1.2", "ECDHE-RSA-AES256-GCM-SHA384", "+ECDHE-RSA:+AES-256-GCM:+AEAD"},
	{"1.2", "DHE-RSA-AES128-GCM-SHA256", "+DHE-RSA:+AES-128-GCM:+AEAD"},
	{"1.2", "DHE-RSA-AES256-GCM-SHA384", "+DHE-RSA:+AES-256-GCM:+AEAD"},
	{"1.2", "DHE-RSA-AES128-CCM", "+DHE-RSA:+AES-128-CCM:+AEAD"},
	{"1.2", "DHE-RSA-AES256-CCM", "+DHE-RSA:+AES-256-CCM:+AEAD"},
	{"1.2", "DHE-RSA-AES128-CCM8", "+DHE-RSA:+AES-128-CCM-8:+AEAD"},
	{"1.2", "DHE-RSA-AES256-CCM8", "+DHE-RSA:+AES-256-CCM-8:+AEAD"},
	{"1.2", "ECDHE-RSA-AES128-SHA256", "+ECDHE-RSA:+AES-128-CBC:+SHA256"},
	{"1.2", "ECDHE-RSA-AES256-SHA384", "+ECDHE-RSA:+AES-256-CBC:+SHA384"},
	{"1.2", "DHE-RSA-AES128-SHA256", "+DHE-RSA:+AES-128-CBC:+SHA256"},
	{"1.2", "DHE-RSA-AES256-SHA256", "+DHE-RSA:+AES-256-CBC:+SHA256"},
}

// emulated skips the test if this machine's engines lack a suite.
func emulated(t *testing.T) {
	t.Helper()
	p, err := infobip.Profile()
	if err != nil {
		t.Fatal(err)
	}
	if missing := vendor.NotEmulated(p.Revisions[0]); len(missing) > 0 {
		t.Skipf("%s: %s", missing[0].What, missing[0].Reason)
	}
}

// TestProfileHasTheSuites compares the profile's list with the table above.
func TestProfileHasTheSuites(t *testing.T) {
	t.Parallel()
	p, err := infobip.Profile()
	if err != nil {
		t.Fatal(err)
	}
	listed := p.Revisions[0].TLS.Suites
	if len(listed) != len(suites) {
		t.Fatalf("%d suites", len(listed))
	}
	for i, s := range suites {
		if listed[i] != s.openssl {
			t.Errorf("suite %d is %s, want %s", i, listed[i], s.openssl)
		}
	}
}

// opensslOffer returns the arguments by which openssl offers suites of a version.
func opensslOffer(version string, names ...string) []string {
	if version == "1.3" {
		return []string{"-tls1_3", "-ciphersuites", strings.Join(names, ":")}
	}
	return []string{"-tls1_2", "-cipher", strings.Join(names, ":") + ":@SECLEVEL=1"}
}

// TestOpenSSLSuites checks that each of the sixteen is taken alone, and that of all together the vendor's first is taken,
// however the client lists them.
func TestOpenSSLSuites(t *testing.T) {
	t.Parallel()
	emulated(t)
	s := start(t)
	at, trust := s.Sites()[0], testkit.File(t, "roots.pem", s.Roots)
	connect := func(arguments ...string) string {
		return testkit.SClient(t, at.Address.String(), "", append([]string{"-servername", at.Name, "-CAfile", trust,
			"-verify_return_error", "-verify_hostname", at.Name}, arguments...)...)
	}
	backwards := make(map[string][]string)
	for _, suite := range suites {
		backwards[suite.version] = append([]string{suite.openssl}, backwards[suite.version]...)
		said := connect(opensslOffer(suite.version, suite.openssl)...)
		if !strings.Contains(said, "Cipher is "+suite.openssl+"\n") || !strings.Contains(said, "Verified peername: ") {
			t.Errorf("%s is not taken\n%s", suite.openssl, said)
		}
	}
	for version, first := range map[string]string{"1.3": "TLS_AES_256_GCM_SHA384", "1.2": "ECDHE-RSA-AES128-GCM-SHA256"} {
		if said := connect(opensslOffer(version, backwards[version]...)...); !strings.Contains(said, "Cipher is "+first+"\n") {
			t.Errorf("of all %s, not %s\n%s", version, first, said)
		}
	}
	// The order holds below the first suite too.
	said := connect(opensslOffer("1.2", "DHE-RSA-AES256-SHA256", "DHE-RSA-AES256-CCM8", "DHE-RSA-AES128-CCM")...)
	if !strings.Contains(said, "Cipher is DHE-RSA-AES128-CCM\n") {
		t.Errorf("not the vendor's order\n%s", said)
	}
	for name, test := range map[string]struct {
		arguments []string
		alert     string
	}{
		"TLS 1.0": {[]string{"-tls1", "-cipher", "ALL:@SECLEVEL=0"}, "alert protocol version"},
		"TLS 1.1": {[]string{"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}, "alert protocol version"},
		"a 1.2 suite": {
			opensslOffer("1.2", "ECDHE-RSA-CHACHA20-POLY1305", "AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA"), "alert handshake failure",
		},
		"an ECDSA one":  {opensslOffer("1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"), "alert handshake failure"},
		"a 1.3 suite":   {opensslOffer("1.3", "TLS_AES_128_CCM_8_SHA256"), "alert handshake failure"},
		"RSA key trans": {opensslOffer("1.2", "AES256-SHA256"), "alert handshake failure"},
	} {
		if said := connect(test.arguments...); !strings.Contains(said, test.alert) {
			t.Errorf("%s: no %s\n%s", name, test.alert, said)
		}
	}
}

// TestGnuTLSSuites checks the same with GnuTLS.
func TestGnuTLSSuites(t *testing.T) {
	t.Parallel()
	emulated(t)
	s := start(t)
	at, trust := s.Sites()[0], testkit.File(t, "roots.pem", s.Roots)
	connect := func(priority string) string {
		said, _ := testkit.Run(t, testkit.Command(t, "gnutls-cli",
			"--x509cafile", trust, "--sni-hostname", at.Name, "--verify-hostname", at.Name,
			"--port", fmt.Sprint(at.Address.Port()), "--priority", priority, at.Address.Addr().String()))
		return said
	}
	const rest = ":+SIGN-ALL:+GROUP-ALL:+CTYPE-SRV-X509"
	for _, suite := range suites {
		said := connect("NONE:+VERS-TLS" + suite.version + ":" + suite.gnutls + rest)
		if !strings.Contains(said, "Handshake was completed") || !strings.Contains(said, "The certificate is trusted") {
			t.Errorf("%s is not taken\n%s", suite.openssl, said)
		}
	}
	all := "NONE:+VERS-TLS1.2:+VERS-TLS1.3"
	for i := range suites {
		all += ":" + suites[len(suites)-1-i].gnutls
	}
	if said := connect(all + rest); !strings.Contains(said, "(TLS1.3-X.509)-(") || !strings.Contains(said, "-(AES-256-GCM)") {
		t.Errorf("of all, not the vendor's first\n%s", said)
	}
}

// TestWhatCurlSays checks that the seed's classes of error are curl's, by its exit status and its words. Today's OpenSSL
// has the seed's words only for errors of the protocol and, if the server sends its root, of the chain.
func TestWhatCurlSays(t *testing.T) {
	t.Parallel()
	s := start(t)
	rooted := start(t, func(c *infobip.Config) {
		issue, err := s.Renewed("global-root", "")
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(s.Roots)
		c.Certificate = func(at vendor.Host) (tls.Certificate, error) {
			shown, err := issue(at)
			shown.Certificate = append(slices.Clip(shown.Certificate), block.Bytes)
			return shown, err
		}
	})
	trust, stranger := testkit.File(t, "roots.pem", s.Roots), testkit.File(t, "stranger.pem", s.DeviceAuthority.RootPEM())
	for name, test := range map[string]struct {
		mock      *infobip.Server
		arguments []string
		status    int
		says      string
	}{
		"served":          {s, []string{"--cacert", trust}, 0, "{}"},
		"chain":           {s, []string{"--cacert", stranger}, 60, "SSL certificate problem: unable to get local issuer certificate"},
		"chain with root": {rooted, []string{"--cacert", stranger}, 60, "SSL certificate problem: self-signed certificate in certificate chain"},
		"version": {
			s, []string{"--cacert", trust, "--tls-max", "1.1", "--tlsv1.0", "--ciphers", "DEFAULT:@SECLEVEL=0"},
			35, "alert protocol version",
		},
		"suite": {
			s, []string{"--cacert", trust, "--tls-max", "1.2", "--ciphers", "ECDHE-RSA-CHACHA20-POLY1305"},
			35, "alert handshake failure",
		},
		"suite of 1.3": {
			s, []string{"--cacert", trust, "--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_CCM_8_SHA256"},
			35, "alert handshake failure",
		},
	} {
		at := test.mock.Sites()[0]
		said, status := testkit.Run(t, testkit.Command(t, "curl", append([]string{"--silent", "--show-error", "--noproxy", "*",
			"--connect-to", "::" + at.Address.String(), at.URL()}, test.arguments...)...))
		if status != test.status || !strings.Contains(said, test.says) {
			t.Errorf("%s: status %d, want %d, and %q\n%s", name, status, test.status, test.says, said)
		}
	}
}
