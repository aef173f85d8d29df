package tlspeer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

var alertNumber = regexp.MustCompile(`SSL alert number (\d+)`)

// printedAlert returns the alert that openssl says it received, or -1.
func printedAlert(output string) int {
	match := alertNumber.FindStringSubmatch(output)
	if match == nil {
		return -1
	}
	number, _ := strconv.Atoi(match[1])
	return number
}

func TestServerRefusesOpenSSL(t *testing.T) { eachEngine(t, serverRefusesOpenSSL) }

func serverRefusesOpenSSL(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
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
			got := serve(t, serverOf(e), rules, func(address string) { out = testkit.SClient(t, address, greeting, test.flags...) })
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
	testkit.Program(t, "openssl")
	// The alert is in clear under both versions. Under TLS 1.3 crypto/tls reports it as a broken record.
	for _, version := range []uint16{TLS12, TLS13} {
		t.Run(VersionName(version), func(t *testing.T) {
			t.Parallel()
			got := serve(t, serverOf(e), serverRules(rsaCertificate()), func(address string) {
				testkit.SClient(t, address, greeting, versionFlags[version], "-verify_return_error")
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
