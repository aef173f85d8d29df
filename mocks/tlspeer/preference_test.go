package tlspeer

import (
	"bytes"
	"crypto/tls"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestServerPreferenceWithOpenSSL(t *testing.T) { eachEngine(t, serverPreferenceWithOpenSSL) }

func serverPreferenceWithOpenSSL(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
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
				out = testkit.SClient(t, address, greeting, append(test.client, "-tls1_2")...)
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

// TestTwoCertificates checks that the suite decides which certificate is shown.
func TestTwoCertificates(t *testing.T) { eachEngine(t, twoCertificates) }

func twoCertificates(t *testing.T, e engine) {
	testkit.Program(t, "openssl")
	certificates := map[bool]tls.Certificate{true: rsaCertificate(), false: ecdsaCertificate()}
	for _, test := range []struct {
		firstRSA, shownRSA bool
		suites, client     []string
		tls13              bool
	}{
		{true, true, []string{"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
			[]string{"-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"}, false},
		{true, false, []string{"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
			[]string{"-cipher", "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384"}, false},
		{true, false, []string{"ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
			[]string{"-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"}, false},
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
		got := serve(t, serverOf(e), rules, func(address string) { out = testkit.SClient(t, address, greeting, flags...) })
		if got.err != nil {
			t.Errorf("%+v: %v\n%s", test, got.err, out)
			continue
		}
		want := certificates[test.shownRSA].Certificate[0]
		if shown := got.handshake(t).LocalChain; len(shown) != 1 || !bytes.Equal(shown[0], want) {
			t.Errorf("%+v: another certificate is recorded as shown", test)
		}
		if digest := map[bool]string{true: "RSA", false: "ECDSA"}[test.shownRSA]; !strings.Contains(out, "signature type: "+digest) &&
			!strings.Contains(strings.Join(test.client, " "), "AES128-SHA") {
			t.Errorf("%+v: openssl does not see %s\n%s", test, digest, out)
		}
	}
}

// TestServerSignsWithSHA1 shows how the engines differ.
func TestServerSignsWithSHA1(t *testing.T) {
	testkit.Program(t, "openssl")
	want := map[string]uint16{"cryptoTLS": 0x002F, "libssl": 0xC02F}
	eachEngine(t, func(t *testing.T, e engine) {
		rules := serverRules(rsaCertificate())
		rules.Suites = []uint16{0xC02F, 0x002F}
		var out string
		got := serve(t, serverOf(e), rules, func(address string) {
			out = testkit.SClient(t, address, greeting, "-sigalgs", "RSA+SHA1", "-cipher", "ALL:@SECLEVEL=0", "-tls1_2")
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
	testkit.Program(t, "openssl")
	rules := serverRules(rsaCertificate())
	rules.Groups = []uint16{24, 23}
	var out string
	got := serve(t, serverOf(e), rules, func(address string) {
		out = testkit.SClient(t, address, greeting, "-tls1_3", "-groups", "X25519:P-256:P-384")
	})
	if got.err != nil || got.Group != 24 {
		t.Fatalf("%v, group %s\n%s", got.err, GroupName(got.Group), out)
	}
	// The client sent a share for x25519, and so got a HelloRetryRequest.
	if hellos := got.all(observation.ClientHello); len(hellos) != 1 {
		t.Errorf("%d ClientHello events, want the first hello alone", len(hellos))
	}
}
