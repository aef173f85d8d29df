package scene

import (
	"slices"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// TestHiddenNeeds: what a vendor asks of whoever comes to it, and what a step has the
// device do, are needs of the scenario although no table names them.
func TestHiddenNeeds(t *testing.T) {
	t.Parallel()
	const (
		register, call, answer = device.CanRegister, device.CanCall, device.CanAnswer
		digest, certificate    = device.CanDigest, device.CanIdentify
	)
	calls, registers := []Step{Call(), Leave(), Settle()}, []Step{Register(), Settle()}
	for name, test := range map[string]struct {
		vendor, product string
		scene           Scene
		want            []device.Capability
	}{
		"a registration at a registrar that challenges": {"twilio", "voice", Scene{Script: registers}, []device.Capability{digest, register}},
		"a call to it": {"twilio", "voice", Scene{Script: calls}, []device.Capability{call, digest}},
		"digest is off": {"twilio", "voice", Scene{Script: calls, Vendor: Vendor{Settings: map[string]string{"digest": "off"}}},
			[]device.Capability{call}},
		"a call from it": {"twilio", "trunking", Scene{Script: []Step{RingListener(edge.Outbound{})}},
			[]device.Capability{answer, device.CanListen}},
		"a vendor with mutual TLS": {"cisco", "ucm", Scene{Script: calls}, []device.Capability{call, certificate}},
		"and digest": {"cisco", "ucm", Scene{Script: calls, Vendor: Vendor{Settings: map[string]string{"digest": "on"}}},
			[]device.Capability{call, certificate, digest}},
		"a vendor that asks for nothing": {"genesys", "byoc-cloud", Scene{Script: calls}, []device.Capability{call}},
		"the device has to end the call": {"genesys", "byoc-cloud", Scene{Script: []Step{Call(), HangUp()}},
			[]device.Capability{call, device.CanHangUp}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := profile.Read(fixtures.FS, "profiles", test.vendor, test.product)
			if err != nil {
				t.Fatal(err)
			}
			if got := test.scene.Build(p).Needs; !slices.Equal(got, test.want) {
				t.Errorf("needs %v, want %v", got, test.want)
			}
		})
	}
}
