package tlspeer

import (
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

var opensslSuites = sync.OnceValue(func() []string {
	path, err := exec.LookPath("openssl")
	if err != nil {
		return nil
	}
	out, _ := exec.Command(path, "ciphers", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	return strings.Split(strings.TrimSpace(string(out)), ":")
})

var versionFlags = map[uint16]string{TLS10: "-tls1", TLS11: "-tls1_1", TLS12: "-tls1_2", TLS13: "-tls1_3"}

const lax = "DEFAULT@SECLEVEL=0"

func TestServerVersionsWithOpenSSL(t *testing.T) { eachEngine(t, serverVersionsWithOpenSSL) }

func serverVersionsWithOpenSSL(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
	for version, flag := range versionFlags {
		t.Run(VersionName(version), func(t *testing.T) {
			t.Parallel()
			var out string
			got := serve(t, serverOf(e), serverRules(rsaCertificate()), func(address string) {
				out = testkit.SClient(t, address, greeting, flag, "-cipher", lax, "-servername", testName)
			})
			if got.err != nil {
				t.Fatalf("%v\n%s", got.err, out)
			}
			if got.Version != version || got.ServerName != testName {
				t.Errorf("negotiated %s for %q", VersionName(got.Version), got.ServerName)
			}
			if !strings.Contains(got.received, strings.TrimSpace(greeting)) {
				t.Errorf("received %q (%v)", got.received, got.read)
			}
			info := got.handshake(t)
			if !info.Complete || info.Role != "server" || info.Version != version || info.ServerName != testName ||
				len(info.LocalChain) != 1 || len(info.PeerChain) != 0 {
				t.Errorf("handshake recorded as %+v", info)
			}
		})
	}
}

func TestServerSuitesWithOpenSSL(t *testing.T) { eachEngine(t, serverSuitesWithOpenSSL) }

func serverSuitesWithOpenSSL(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
	for suite, versions := range suitesOf(e) {
		t.Run(SuiteName(suite), func(t *testing.T) {
			t.Parallel()
			flags := opensslSuite(t, suite)
			rules := serverRules(certificateFor(suite))
			rules.Suites = []uint16{suite}
			for _, version := range versions {
				rules.MinVersion, rules.MaxVersion = version, version
				var out string
				got := serve(t, serverOf(e), rules, func(address string) { out = testkit.SClient(t, address, greeting, flags...) })
				if got.err != nil || got.Suite != suite || got.Version != version ||
					!strings.Contains(got.received, strings.TrimSpace(greeting)) {
					t.Errorf("%s: %v, negotiated %s, received %q\n%s", VersionName(version), got.err, SuiteName(got.Suite), got.received, out)
				}
			}
		})
	}
}

// opensslSuite returns the flags with which openssl uses only one suite, in any version. It skips the test if openssl
// lacks the suite.
func opensslSuite(tb testing.TB, suite uint16) []string {
	tb.Helper()
	if suite>>8 == 0x13 {
		return []string{"-ciphersuites", SuiteName(suite)}
	}
	name := suiteNames[suite].openssl
	if !slices.Contains(opensslSuites(), name) {
		tb.Skipf("this openssl has no %q", name)
	}
	return []string{"-cipher", name + ":@SECLEVEL=0"}
}

// suitesNamed returns the suites with these OpenSSL names.
func suitesNamed(tb testing.TB, names ...string) []uint16 {
	tb.Helper()
	var suites []uint16
	for _, name := range names {
		suite, ok := SuiteByOpenSSLName(name)
		if !ok {
			tb.Fatalf("no suite %q", name)
		}
		suites = append(suites, suite)
	}
	return suites
}

func TestMutualTLSWithOpenSSL(t *testing.T) { eachEngine(t, mutualTLSWithOpenSSL) }

func mutualTLSWithOpenSSL(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
	certFile, keyFile := testkit.PEMFiles(t, ecdsaCertificate())
	for version, flag := range versionFlags {
		t.Run(VersionName(version), func(t *testing.T) {
			t.Parallel()
			rules := serverRules(rsaCertificate())
			rules.ClientAuth = ClientAuthRequire
			rules.Roots = testkit.Pool(ecdsaCertificate())
			got := serve(t, serverOf(e), rules, func(address string) {
				testkit.SClient(t, address, greeting, flag, "-cipher", lax, "-cert", certFile, "-key", keyFile)
			})
			if got.err != nil {
				t.Fatal(got.err)
			}
			if len(got.PeerChain) != 1 || !got.PeerChain[0].Equal(ecdsaCertificate().Leaf) {
				t.Errorf("peer chain %v", got.PeerChain)
			}
			if info := got.handshake(t); len(info.PeerChain) != 1 {
				t.Errorf("handshake recorded as %+v", info)
			}
		})
	}
}
