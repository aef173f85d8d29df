package tlspeer

import (
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// gnutlsClient has gnutls-cli connect, shake hands and leave, and returns what it printed.
func gnutlsClient(t *testing.T, address, priority string, flags ...string) string {
	host, port, _ := strings.Cut(address, ":")
	out, _ := testkit.Run(t, testkit.Command(t, "gnutls-cli",
		append(flags, "--sni-hostname", testName, "--priority", priority, "--port", port, host)...))
	return out
}

// gnutlsPriority returns the priority string that allows only one suite, from the parts of its name.
func gnutlsPriority(suite uint16) string {
	kx, cipher, isBelow := strings.Cut(strings.TrimPrefix(SuiteName(suite), "TLS_"), "_WITH_")
	parts := []string{"NONE", "+COMP-NULL", "+SIGN-ALL", "+GROUP-ALL", "+CTYPE-X509"}
	if isBelow {
		parts = append(parts, "+VERS-TLS1.0", "+VERS-TLS1.2", "+"+strings.ReplaceAll(kx, "_", "-"))
	} else {
		parts, cipher = append(parts, "+VERS-TLS1.3"), kx
	}
	mac := "AEAD"
	if at := strings.LastIndex(cipher, "_SHA"); at >= 0 {
		if hash := cipher[at+1:]; strings.Contains(cipher, "_CBC_") || strings.HasPrefix(cipher, "NULL_") {
			mac = map[string]string{"SHA": "SHA1"}[hash]
			if mac == "" {
				mac = hash
			}
		}
		cipher = cipher[:at]
	}
	return strings.Join(append(parts, "+"+strings.ReplaceAll(cipher, "_", "-"), "+"+mac), ":")
}

func TestVendorSuitesWithGnuTLS(t *testing.T) { eachEngine(t, vendorSuitesWithGnuTLS) }

func vendorSuitesWithGnuTLS(t *testing.T, e engine) {
	testkit.Program(t, "gnutls-cli")
	for _, suite := range vendorSuites {
		versions, here := suitesOf(e)[suite]
		if !here {
			continue
		}
		t.Run(SuiteName(suite), func(t *testing.T) {
			t.Parallel()
			rules := serverRules(certificateFor(suite))
			rules.Suites, rules.Groups = []uint16{suite}, []uint16{24, 23} // see Rules.Groups
			rules.MinVersion = versions[0]
			var out string
			got := serve(t, serverOf(e), rules, func(address string) {
				out = gnutlsClient(t, address, gnutlsPriority(suite), "--insecure")
			})
			if got.err != nil || got.Suite != suite || got.Version != versions[len(versions)-1] {
				t.Errorf("%v, %s, %s\n%s", got.err, VersionName(got.Version), SuiteName(got.Suite), out)
			}
			if got.Group != 0 && got.Group != 24 && !strings.HasPrefix(keyExchange(suite), "DHE") {
				t.Errorf("negotiated %s", GroupName(got.Group))
			}
		})
	}
}

func TestServerWithGnuTLS(t *testing.T) { eachEngine(t, serverWithGnuTLS) }

func serverWithGnuTLS(t *testing.T, e engine) {
	testkit.Program(t, "gnutls-cli")
	for version := range versionFlags {
		t.Run(VersionName(version), func(t *testing.T) {
			t.Parallel()
			priority := "NORMAL:-VERS-ALL:+VERS-" + strings.ReplaceAll(VersionName(version), " ", "")
			var out string
			got := serve(t, serverOf(e), serverRules(rsaCertificate()),
				func(address string) { out = gnutlsClient(t, address, priority, "--insecure") })
			if got.err != nil || got.Version != version || got.ServerName != testName {
				t.Errorf("%v, negotiated %s for %q\n%s", got.err, VersionName(got.Version), got.ServerName, out)
			}
		})
	}
	t.Run("order", func(t *testing.T) {
		t.Parallel()
		rules := serverRules(rsaCertificate())
		rules.MaxVersion, rules.Suites = TLS12, suitesNamed(t, "AES256-SHA", "ECDHE-RSA-AES256-GCM-SHA384")
		var out string
		got := serve(t, serverOf(e), rules, func(address string) { out = gnutlsClient(t, address, "NORMAL", "--insecure") })
		if got.err != nil || got.Suite != rules.Suites[0] {
			t.Errorf("%v, negotiated %s\n%s", got.err, SuiteName(got.Suite), out)
		}
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		rules := serverRules(rsaCertificate())
		rules.MinVersion = TLS12
		var out string
		got := serve(t, serverOf(e), rules, func(address string) { out = gnutlsClient(t, address, "NORMAL:-VERS-ALL:+VERS-TLS1.1") })
		if got.err == nil || !strings.Contains(out, "[70]") {
			t.Errorf("%v, want gnutls-cli to print alert 70\n%s", got.err, out)
		}
	})
	// Under TLS 1.3 GnuTLS, unlike OpenSSL, encrypts its alert, so that only the engine can read it.
	for _, version := range []uint16{TLS12, TLS13} {
		t.Run("refuses "+VersionName(version), func(t *testing.T) {
			t.Parallel()
			rules := serverRules(rsaCertificate())
			rules.MaxVersion = version
			var out string
			got := serve(t, serverOf(e), rules, func(address string) { out = gnutlsClient(t, address, "NORMAL") })
			const badCertificate = 42
			if alerts := got.alerts(observation.In); !slices.Equal(alerts, []uint8{badCertificate}) || gotAlert(got.err) != badCertificate {
				t.Errorf("%v, alerts received: %v\n%s", got.err, alerts, out)
			}
		})
	}
}
