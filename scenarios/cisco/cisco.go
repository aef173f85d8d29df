package cisco

import (
	"crypto/tls"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Scenes is every scene of one of the vendor's two products.
func Scenes(p *profile.Product) []scene.Scene {
	c := ciscoProduct{p}
	if len(p.Offer.Formats) == 0 { // it has no calls
		return nil
	}
	return slices.Concat(c.versions(), c.ports(), c.ciphers(), c.certificates(), c.signalling(), c.legacy(), c.media(), c.crypto())
}

// ciscoProduct writes scenes for a trunk of Unified CM's, and for phones.
type ciscoProduct struct{ product *profile.Product }

// The revisions whose rules are asked about.
var (
	ciscoSeed  = []string{"seed-era"}
	cisco15SU2 = []string{"release-15su2"}
)

// signalling is trunks and phones in the security modes.
func (c ciscoProduct) signalling() []scene.Scene {
	phone := scene.Scene{
		ID: "register/encrypted", Title: "a phone in encrypted mode",
		Direction: plan.Register, Area: "signalling", Script: []scene.Step{scene.Register(), scene.Settle()},
		Asks: []judge.Check{
			scene.Ask("CU-CIP-10", "registers over a suite that encrypts", judge.RegisteredSecurely),
			scene.Ask("CU-TRK-05", "shows its certificate when it registers", judge.All(judge.Identifies, judge.Registered)),
			scene.Ask("CU-TRK-01", "registers over TLS and nothing else", judge.All(judge.NoClearSignalling, judge.Registered)),
		},
	}
	digest := scene.Outward("call-out/wrong-password", "signalling", "a trunk with digest, and credentials that it refuses", scene.CallOut(), scene.Settle())
	digest.Settings, digest.WrongPassword, digest.Control = map[string]string{"digest": "on"}, true, "call-out/digest"
	digest.Needs = []device.Capability{device.CanDigest}
	digest.Asks = []judge.Check{scene.Ask("CU-TRK-10", "takes the 403 as final", judge.After("INVITE", 403, judge.TakesAsFinal("INVITE", 403), judge.NoClearSignalling))}
	known := scene.Outward("call-out/digest", "signalling", "a trunk with digest", scene.Through(scene.CallOut())...)
	known.Settings, known.Needs = digest.Settings, digest.Needs
	known.Asks = []judge.Check{scene.Ask("CU-TRK-10", "authenticates its call", judge.Called)}
	clear := scene.Outward("call-out/transport-tcp", "signalling", "the device set to TCP, and the trunk to TLS", scene.CallOut(), scene.Settle())
	clear.Levers.Transport, clear.Control = "tcp", scene.Base
	clear.Asks = []judge.Check{scene.Ask("CU-TRK-01", "takes the refusal as final", judge.After("INVITE", 403, judge.TakesAsFinal("INVITE", 403), judge.NoCall))}
	timer := scene.Inward("call-listener/session-timer", "signalling", "a call with a session timer of half an hour", scene.RingListener(edge.Outbound{})...)
	timer.Asks = []judge.Check{scene.Ask("CU-TRK-13", "takes the call", judge.Answered)}
	scenes := []scene.Scene{phone, known, digest, clear, timer}
	if c.authenticates() {
		null := map[string]string{"security_mode": "authenticated"}
		phone.ID, phone.Title, phone.Settings = "register/authenticated", "a phone in authenticated mode, which is NULL-SHA alone", null
		phone.Asks = []judge.Check{scene.Ask("CU-CIP-09", "registers over the suite if it offers it", judge.UsesOneOf(c.suites(null), judge.Registered))}
		scenes = append(scenes, phone)
	}
	return scenes
}

// legacy is what old phones of the vendor's meet, which have no TLS 1.2.
func (c ciscoProduct) legacy() []scene.Scene {
	needs := []device.Capability{device.IsLegacyPhone}
	mode := func(id, row, title string, settings map[string]string) scene.Scene {
		return scene.Scene{
			ID: "legacy/" + id, Title: "a legacy phone: " + title, Direction: plan.Register, Area: "tls", Revisions: ciscoSeed,
			Settings: settings, Needs: needs, Script: []scene.Step{scene.Register(), scene.Settle()},
			Asks: []judge.Check{scene.Ask(row, "does not get in, and stays off UDP and TCP", judge.Unserved(judge.NoClearSignalling))},
		}
	}
	old := scene.Outward("legacy/old-vendor", "tls", "a legacy phone: a vendor of an old release", scene.Through(scene.CallOut())...)
	old.Revisions, old.Settings, old.Needs = ciscoSeed, map[string]string{"tls_max": "TLS 1.0"}, needs
	old.Asks = []judge.Check{scene.Ask("CU-LEG-08", "is served at TLS 1.0", judge.All(judge.Negotiated(tls.VersionTLS10), judge.Called))}
	scenes := []scene.Scene{mode("encrypted", "CU-LEG-01", "encrypted mode, the lowest version TLS 1.2", map[string]string{"tls_min": "TLS 1.2"}), old}
	if c.authenticates() {
		scenes = append(scenes, mode("authenticated", "CU-LEG-02", "authenticated mode, the lowest version TLS 1.2",
			map[string]string{"tls_min": "TLS 1.2", "security_mode": "authenticated"}))
	}
	return scenes
}
