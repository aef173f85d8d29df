package tlspeer

import (
	"bytes"
	"crypto/tls"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

func program(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		tb.Skipf("%s is not installed", name)
	}
	return path
}

// openssl prepares a command that the machine's openssl.cnf does not influence.
func openssl(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.CommandContext(timeout(tb), program(tb, "openssl"), args...)
	cmd.Env = append(os.Environ(), "OPENSSL_CONF="+os.DevNull)
	return cmd
}

// sClient connects, shakes hands, greets and leaves.
func sClient(tb testing.TB, address string, args ...string) string {
	tb.Helper()
	cmd := openssl(tb, append([]string{"s_client", "-connect", address}, args...)...)
	cmd.Stdin = strings.NewReader(greeting)
	out, _ := cmd.CombinedOutput() // its status says nothing that the output does not
	return string(out)
}

var alertNumber = regexp.MustCompile(`SSL alert number (\d+)`)

// printedAlert is the alert that openssl says it received, or -1.
func printedAlert(output string) int {
	match := alertNumber.FindStringSubmatch(output)
	if match == nil {
		return -1
	}
	number, _ := strconv.Atoi(match[1])
	return number
}

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
	program(t, "openssl")
	for version, flag := range versionFlags {
		t.Run(VersionName(version), func(t *testing.T) {
			t.Parallel()
			var out string
			got := serve(t, serverOf(e), serverRules(rsaCertificate()), func(address string) {
				out = sClient(t, address, flag, "-cipher", lax, "-servername", testName)
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
	program(t, "openssl")
	for suite, versions := range suitesOf(e) {
		t.Run(SuiteName(suite), func(t *testing.T) {
			t.Parallel()
			flags := opensslSuite(t, suite)
			rules := serverRules(certificateFor(suite))
			rules.Suites = []uint16{suite}
			for _, version := range versions {
				rules.MinVersion, rules.MaxVersion = version, version
				var out string
				got := serve(t, serverOf(e), rules, func(address string) { out = sClient(t, address, flags...) })
				if got.err != nil || got.Suite != suite || got.Version != version ||
					!strings.Contains(got.received, strings.TrimSpace(greeting)) {
					t.Errorf("%s: %v, negotiated %s, received %q\n%s", VersionName(version), got.err, SuiteName(got.Suite), got.received, out)
				}
			}
		})
	}
}

// opensslSuite makes the openssl program offer or take one suite, in whatever
// version has it. A suite that it has not skips the test.
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

// suitesNamed are numbers for OpenSSL's names.
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

func TestServerPreferenceWithOpenSSL(t *testing.T) { eachEngine(t, serverPreferenceWithOpenSSL) }

func serverPreferenceWithOpenSSL(t *testing.T, e engine) {
	program(t, "openssl")
	tests := []struct {
		name        string
		suites      []string
		clientOrder bool
		groups      []uint16
		client      []string
		suite       string
		group       uint16
	}{
		{
			name:   "server's order against the engine's",
			suites: []string{"AES256-SHA", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"},
			client: []string{"-cipher", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES256-SHA"},
			suite:  "AES256-SHA",
		},
		{
			name:   "server's order, first choice not offered",
			suites: []string{"AES256-SHA", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256"},
			client: []string{"-cipher", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"},
			suite:  "ECDHE-RSA-AES256-GCM-SHA384",
			group:  29,
		},
		{
			name:        "client's order",
			suites:      []string{"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA"},
			clientOrder: true,
			client:      []string{"-cipher", "AES256-SHA:AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256"},
			suite:       "AES128-SHA",
		},
		{
			name:   "a suite for another certificate is passed over",
			suites: []string{"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
			client: []string{"-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"},
			suite:  "ECDHE-RSA-AES128-GCM-SHA256",
			group:  29,
		},
		{
			name:   "only secp384r1",
			suites: []string{"ECDHE-RSA-AES128-GCM-SHA256"},
			groups: []uint16{24},
			client: []string{"-groups", "X25519:P-256:P-384"},
			suite:  "ECDHE-RSA-AES128-GCM-SHA256",
			group:  24,
		},
		{
			name:   "server's order of groups",
			suites: []string{"ECDHE-RSA-AES128-GCM-SHA256"},
			groups: []uint16{25, 24, 23},
			client: []string{"-groups", "X25519:P-256:P-384"},
			suite:  "ECDHE-RSA-AES128-GCM-SHA256",
			group:  24,
		},
		{
			name:   "no common group, RSA key exchange left",
			suites: []string{"ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA"},
			groups: []uint16{24},
			client: []string{"-groups", "X25519:P-256"},
			suite:  "AES128-SHA",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rules := serverRules(rsaCertificate())
			rules.Suites = suitesNamed(t, test.suites...)
			rules.ClientOrder, rules.Groups = test.clientOrder, test.groups
			var out string
			got := serve(t, serverOf(e), rules, func(address string) {
				out = sClient(t, address, append(test.client, "-tls1_2")...)
			})
			if got.err != nil {
				t.Fatalf("%v\n%s", got.err, out)
			}
			if want := suitesNamed(t, test.suite)[0]; got.Suite != want {
				t.Errorf("suite %s, want %s", SuiteName(got.Suite), SuiteName(want))
			}
			if got.Group != test.group {
				t.Errorf("group %s, want %s", GroupName(got.Group), GroupName(test.group))
			}
		})
	}
}

// TestTwoCertificates: the suite decides which is shown.
func TestTwoCertificates(t *testing.T) { eachEngine(t, twoCertificates) }

func twoCertificates(t *testing.T, e engine) {
	program(t, "openssl")
	certificates := map[bool]tls.Certificate{true: rsaCertificate(), false: ecdsaCertificate()}
	for _, test := range []struct {
		firstRSA, shownRSA bool
		suites, client     []string
		tls13              bool
	}{
		{true, true, []string{"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"}, []string{"-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"}, false},
		{true, false, []string{"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"}, []string{"-cipher", "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384"}, false},
		{true, false, []string{"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"}, []string{"-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"}, false},
		{false, true, []string{"ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-SHA"}, []string{"-cipher", "AES128-SHA"}, false},
		{true, false, nil, []string{"-sigalgs", "ECDSA+SHA256"}, true},
		{false, true, nil, []string{"-sigalgs", "rsa_pss_rsae_sha256"}, true},
	} {
		rules := serverRules(certificates[test.firstRSA])
		rules.Second = certificates[!test.firstRSA]
		flags := append(test.client, "-tls1_2")
		if rules.MaxVersion = TLS12; test.tls13 {
			rules.MaxVersion, flags = TLS13, append(test.client, "-tls1_3")
		} else {
			rules.Suites = suitesNamed(t, test.suites...)
		}
		var out string
		got := serve(t, serverOf(e), rules, func(address string) { out = sClient(t, address, flags...) })
		if got.err != nil {
			t.Errorf("%+v: %v\n%s", test, got.err, out)
			continue
		}
		want := certificates[test.shownRSA].Certificate[0]
		if shown := got.handshake(t).LocalChain; len(shown) != 1 || !bytes.Equal(shown[0], want) {
			t.Errorf("%+v: another certificate is recorded as shown", test)
		}
		if digest := map[bool]string{true: "RSA", false: "ECDSA"}[test.shownRSA]; !strings.Contains(out, "signature type: "+digest) && !strings.Contains(strings.Join(test.client, " "), "AES128-SHA") {
			t.Errorf("%+v: openssl does not see %s\n%s", test, digest, out)
		}
	}
}

// TestServerSignsWithSHA1 is where the engines differ.
func TestServerSignsWithSHA1(t *testing.T) {
	program(t, "openssl")
	want := map[string]uint16{"cryptoTLS": 0x002F, "libssl": 0xC02F}
	eachEngine(t, func(t *testing.T, e engine) {
		rules := serverRules(rsaCertificate())
		rules.Suites = []uint16{0xC02F, 0x002F}
		var out string
		got := serve(t, serverOf(e), rules, func(address string) {
			out = sClient(t, address, "-sigalgs", "RSA+SHA1", "-cipher", "ALL:@SECLEVEL=0", "-tls1_2")
		})
		if got.err != nil || got.Suite != want[engineName(e)] {
			t.Errorf("%v, %s\n%s", got.err, SuiteName(got.Suite), out)
		}
	})
}

func TestServerGroupsUnderTLS13WithOpenSSL(t *testing.T) {
	eachEngine(t, serverGroupsUnderTLS13WithOpenSSL)
}

func serverGroupsUnderTLS13WithOpenSSL(t *testing.T, e engine) {
	program(t, "openssl")
	rules := serverRules(rsaCertificate())
	rules.Groups = []uint16{24, 23}
	var out string
	got := serve(t, serverOf(e), rules, func(address string) {
		out = sClient(t, address, "-tls1_3", "-groups", "X25519:P-256:P-384")
	})
	if got.err != nil || got.Group != 24 {
		t.Fatalf("%v, group %s\n%s", got.err, GroupName(got.Group), out)
	}
	// The client sent a share for x25519, so it was asked to try again.
	if hellos := got.all(observation.ClientHello); len(hellos) != 1 {
		t.Errorf("%d ClientHello events, want the first hello alone", len(hellos))
	}
}

func TestServerRefusesOpenSSL(t *testing.T) { eachEngine(t, serverRefusesOpenSSL) }

func serverRefusesOpenSSL(t *testing.T, e engine) {
	program(t, "openssl")
	tests := []struct {
		name  string
		rules func(*Rules)
		flags []string
		alert uint8
	}{
		{
			name:  "version too low",
			rules: func(r *Rules) { r.MinVersion = TLS12 },
			flags: []string{"-tls1_1", "-cipher", lax},
			alert: 70,
		},
		{
			name:  "version too high",
			rules: func(r *Rules) { r.MaxVersion = TLS12 },
			flags: []string{"-tls1_3"},
			alert: 70,
		},
		{
			name:  "no common suite",
			rules: func(r *Rules) { r.Suites = suitesNamed(t, "ECDHE-RSA-AES128-GCM-SHA256") },
			flags: []string{"-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"},
			alert: 40,
		},
		{
			name:  "suite of a later version",
			rules: func(r *Rules) { r.Suites = suitesNamed(t, "AES128-GCM-SHA256") },
			flags: []string{"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"},
			alert: 40,
		},
		{
			name: "no common group",
			rules: func(r *Rules) {
				r.Suites, r.Groups = suitesNamed(t, "ECDHE-RSA-AES128-GCM-SHA256"), []uint16{24}
			},
			flags: []string{"-tls1_2", "-groups", "P-256"},
			alert: 40,
		},
		{
			name:  "no common group under TLS 1.3",
			rules: func(r *Rules) { r.Groups = []uint16{24} },
			flags: []string{"-tls1_3", "-groups", "P-256"},
			alert: 40,
		},
		{
			name:  "no client certificate",
			rules: func(r *Rules) { r.ClientAuth = ClientAuthRequire },
			flags: []string{"-tls1_2"},
			alert: 40,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rules := serverRules(rsaCertificate())
			test.rules(&rules)
			var out string
			got := serve(t, serverOf(e), rules, func(address string) { out = sClient(t, address, test.flags...) })
			if got.err == nil {
				t.Fatalf("not refused\n%s", out)
			}
			if alert := printedAlert(out); alert != int(test.alert) {
				t.Errorf("openssl received alert %d, want %d\n%s", alert, test.alert, out)
			}
			if alerts := got.alerts(observation.Out); !slices.Equal(alerts, []uint8{test.alert}) {
				t.Errorf("alerts sent: %v, want %d", alerts, test.alert)
			}
			if len(got.all(observation.ClientHello)) != 1 {
				t.Error("no ClientHello recorded")
			}
			info := got.handshake(t)
			if info.Complete || info.Error == "" {
				t.Errorf("handshake recorded as %+v", info)
			}
			if shown := test.name == "no client certificate"; shown != (info.LocalChain != nil) {
				t.Errorf("certificate shown is %v, recorded %v", shown, info.LocalChain != nil)
			} else if shown != slices.Equal(info.Rejected, []string{identity.CauseNone}) {
				t.Errorf("refused for %q", info.Rejected)
			}
		})
	}
}

func TestOpenSSLRefusesServer(t *testing.T) { eachEngine(t, openSSLRefusesServer) }

func openSSLRefusesServer(t *testing.T, e engine) {
	program(t, "openssl")
	// Under TLS 1.2 the refusal is in clear and the engine understands it; under
	// TLS 1.3 it is in clear and crypto/tls takes it for a broken record.
	for _, version := range []uint16{TLS12, TLS13} {
		t.Run(VersionName(version), func(t *testing.T) {
			t.Parallel()
			got := serve(t, serverOf(e), serverRules(rsaCertificate()), func(address string) {
				sClient(t, address, versionFlags[version], "-verify_return_error")
			})
			const unknownCA = 48 // OpenSSL's choice for a self-signed certificate
			if alerts := got.alerts(observation.In); !slices.Equal(alerts, []uint8{unknownCA}) {
				t.Errorf("alerts received: %v, want %d", alerts, unknownCA)
			}
			if gotAlert(got.err) != unknownCA {
				t.Errorf("error %v", got.err)
			}
			info := got.handshake(t)
			if info.Complete || !strings.Contains(info.Error, "unknown_ca") || len(info.LocalChain) != 1 {
				t.Errorf("handshake recorded as %+v", info)
			}
		})
	}
}

func TestMutualTLSWithOpenSSL(t *testing.T) { eachEngine(t, mutualTLSWithOpenSSL) }

func mutualTLSWithOpenSSL(t *testing.T, e engine) {
	program(t, "openssl")
	certFile, keyFile := pemFiles(t, ecdsaCertificate())
	for version, flag := range versionFlags {
		t.Run(VersionName(version), func(t *testing.T) {
			t.Parallel()
			rules := serverRules(rsaCertificate())
			rules.ClientAuth = ClientAuthRequire
			rules.Roots = pool(ecdsaCertificate())
			got := serve(t, serverOf(e), rules, func(address string) {
				sClient(t, address, flag, "-cipher", lax, "-cert", certFile, "-key", keyFile)
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
