package tlspeer

import (
	"reflect"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestRulesAreLogged: who reads a handshake that failed sees what the mock would have taken.
func TestRulesAreLogged(t *testing.T) { eachEngine(t, rulesAreLogged) }

func rulesAreLogged(t *testing.T, e engine) {
	const suite = 0xC02B // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	for _, test := range []struct {
		name   string
		demand ClientAuth
		lowest uint16
		want   observation.TLSRules
	}{
		{"taken", ClientAuthNone, TLS12, observation.TLSRules{MinVersion: TLS12, MaxVersion: TLS13}},
		{"asks for a certificate", ClientAuthRequest, TLS12,
			observation.TLSRules{MinVersion: TLS12, MaxVersion: TLS13, ClientCertificate: observation.CertificateAsked}},
		{"demands a certificate", ClientAuthRequire, TLS12,
			observation.TLSRules{MinVersion: TLS12, MaxVersion: TLS13, ClientCertificate: observation.CertificateRequired}},
		{"too high for the client", ClientAuthNone, TLS13, observation.TLSRules{MinVersion: TLS13, MaxVersion: TLS13}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := serverRules(ecdsaCertificate())
			rules.MinVersion, rules.MaxVersion, rules.ClientAuth = test.lowest, TLS13, test.demand
			rules.Suites, rules.Groups = []uint16{suite}, []uint16{29, 23}
			test.want.Suites, test.want.Groups = rules.Suites, rules.Groups
			config := trusting()
			config.MaxVersion = TLS12
			got := serve(t, serverOf(e), rules, goClient(config))
			for _, event := range got.events {
				if event.Kind != observation.TLSHandshake {
					continue
				}
				if event.Handshake.Rules == nil || !reflect.DeepEqual(*event.Handshake.Rules, test.want) {
					t.Errorf("got %+v, want %+v", event.Handshake.Rules, test.want)
				}
				return
			}
			t.Error("no handshake is logged")
		})
	}
}
