package tlspeer

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

func TestServerWithGnuTLS(t *testing.T) {
	t.Parallel()
	program(t, "gnutls-cli")
	run := func(t *testing.T, address, priority string, flags ...string) string {
		host, port, _ := strings.Cut(address, ":")
		cmd := exec.CommandContext(timeout(t), program(t, "gnutls-cli"),
			append(flags, "--sni-hostname", testName, "--priority", priority, "--port", port, host)...)
		cmd.Env = append(os.Environ(), "GNUTLS_SYSTEM_PRIORITY_FILE="+os.DevNull)
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	for version := range versionFlags {
		t.Run(VersionName(version), func(t *testing.T) {
			t.Parallel()
			priority := "NORMAL:-VERS-ALL:+VERS-" + strings.ReplaceAll(VersionName(version), " ", "")
			var out string
			got := serve(t, serverRules(rsaCertificate()), func(address string) { out = run(t, address, priority, "--insecure") })
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
		got := serve(t, rules, func(address string) { out = run(t, address, "NORMAL", "--insecure") })
		if got.err != nil || got.Suite != rules.Suites[0] {
			t.Errorf("%v, negotiated %s\n%s", got.err, SuiteName(got.Suite), out)
		}
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		rules := serverRules(rsaCertificate())
		rules.MinVersion = TLS12
		var out string
		got := serve(t, rules, func(address string) { out = run(t, address, "NORMAL:-VERS-ALL:+VERS-TLS1.1") })
		if got.err == nil || !strings.Contains(out, "[70]") {
			t.Errorf("%v, want gnutls-cli to print alert 70\n%s", got.err, out)
		}
	})
	// Under TLS 1.3 GnuTLS, unlike OpenSSL, encrypts its refusal, so that only the
	// engine can tell what it was.
	for _, version := range []uint16{TLS12, TLS13} {
		t.Run("refuses "+VersionName(version), func(t *testing.T) {
			t.Parallel()
			rules := serverRules(rsaCertificate())
			rules.MaxVersion = version
			var out string
			got := serve(t, rules, func(address string) { out = run(t, address, "NORMAL") })
			const badCertificate = 42
			if alerts := got.alerts(observation.In); !slices.Equal(alerts, []uint8{badCertificate}) || gotAlert(got.err) != badCertificate {
				t.Errorf("%v, alerts received: %v\n%s", got.err, alerts, out)
			}
		})
	}
}
