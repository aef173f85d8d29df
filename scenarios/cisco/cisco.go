// Package cisco is what the harness asks of devices at Cisco Unified CM that no
// chapter can say. The rest is data: fixtures/profiles/cisco-*.yaml. The package
// serves this module and may change.
package cisco

import (
	"crypto/tls"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/chapter"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Chapters are the vendor's own.
func Chapters() chapter.Own {
	return chapter.Own{"cisco/restart": restart, "cisco/keys": keys, "cisco/legacy": legacy, "cisco/presence": presence}
}

// restart is a lowest version of TLS that comes into force by a restart.
func restart(*profile.Product) []scene.Scene {
	return []scene.Scene{{
		ID: "restart/min-tls1.2", Title: "the lowest version is set, and the vendor restarts",
		Direction: plan.ToVendor, Area: "tls", Control: "connect/default",
		Script: []scene.Step{
			scene.Call(), scene.HangUp(), scene.Settle(),
			scene.Restart(map[string]string{profile.TLSMin: "TLS 1.2"}),
			scene.Call(), scene.Settle(), scene.UnlessBack(scene.Call()), scene.Settle(),
		},
		Asks: []judge.Check{scene.Ask("CU-TLS-05", "connects again and is served", judge.ComesBack("INVITE"))},
	}}
}

// keys is a trunk that is not secure, over which no key may go.
func keys(*profile.Product) []scene.Scene {
	return []scene.Scene{{
		ID: "call-out/keys-in-clear", Title: "the device set to TCP, on a trunk that is not secure",
		Direction: plan.ToVendor, Area: "sdes", Control: "connect/default",
		Vendor: scene.Vendor{Settings: map[string]string{"security_mode": "non-secure"}},
		Device: scene.Device{Levers: device.Levers{Transport: observation.TCP}},
		Script: []scene.Step{scene.Call(), scene.Settle()},
		Asks: []judge.Check{
			scene.Ask("CU-SRTP-03", "sends no keys without TLS", judge.Beside(judge.Did("INVITE"), judge.NoKeysInClear)),
		},
	}}
}

// presence is a call to a server that takes none.
func presence(*profile.Product) []scene.Scene {
	const notAllowed = 405
	return []scene.Scene{{
		ID: "call-out/audio", Title: "an INVITE for audio, to a presence server",
		Direction: plan.ToVendor, Area: "signalling", Control: "connect/default",
		Script: []scene.Step{scene.Call(), scene.Settle()},
		Asks: []judge.Check{
			scene.AskRefusal("CU-IMP-01", "takes the 405 as final, and stays on TLS", judge.After("INVITE", notAllowed,
				judge.TakesAsFinal("INVITE", notAllowed), judge.NoClearSignalling, judge.NoneServed("INVITE"))),
		},
	}}
}

// legacy is what old phones of the vendor's meet, which have no TLS 1.2.
func legacy(p *profile.Product) []scene.Scene {
	const outside = "does not get in, and stays off UDP and TCP"
	needs := []device.Capability{device.IsLegacyPhone}
	scenes := []scene.Scene{
		{
			ID: "legacy/encrypted", Title: "a legacy phone: encrypted mode, the lowest version TLS 1.2",
			Direction: plan.Register, Area: "tls", Revisions: []string{"seed-era"}, Control: "register/encrypted",
			Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMin: "TLS 1.2"}}, Device: scene.Device{Needs: needs},
			Script: []scene.Step{scene.Register(), scene.Settle()},
			Asks:   []judge.Check{scene.AskRefusal("CU-LEG-01", outside, judge.Unserved(judge.NoClearSignalling))},
		}, {
			ID: "legacy/old-vendor", Title: "a legacy phone: a vendor of an old release",
			Direction: plan.ToVendor, Area: "tls", Revisions: []string{"seed-era"}, Control: "connect/default",
			Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMax: "TLS 1.0"}}, Device: scene.Device{Needs: needs},
			Script: []scene.Step{scene.Call(), scene.Leave(), scene.Settle()},
			Asks: []judge.Check{
				scene.Ask("CU-LEG-08", "is served at TLS 1.0", judge.All(judge.Negotiated(tls.VersionTLS10), judge.Called)),
			},
		},
	}
	authenticated := scene.Scene{
		ID: "legacy/authenticated", Title: "a legacy phone: authenticated mode, the lowest version TLS 1.2",
		Direction: plan.Register, Area: "tls", Revisions: []string{"seed-era"}, Control: "register/encrypted",
		Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMin: "TLS 1.2", "security_mode": "authenticated"}},
		Device: scene.Device{Needs: needs},
		Script: []scene.Step{scene.Register(), scene.Settle()},
		Asks:   []judge.Check{scene.AskRefusal("CU-LEG-02", outside, judge.Unserved(judge.NoClearSignalling))},
	}
	for _, missing := range vendor.NotEmulated(p.Revisions[0]) {
		if missing.Subject == tlspeer.Suite && missing.Number == rsaWithNullSHA {
			return scenes // authenticated mode has no other suite
		}
	}
	return append(scenes, authenticated)
}

// rsaWithNullSHA is TLS_RSA_WITH_NULL_SHA.
const rsaWithNullSHA = 0x0002
