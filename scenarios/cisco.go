package scenarios

import (
	"crypto/tls"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// cisco is every scene of one of the vendor's two products.
func cisco(p *profile.Product) []scene {
	c := ciscoProduct{p}
	if len(p.Offer.Formats) == 0 { // it has no calls
		return nil
	}
	return slices.Concat(c.versions(), c.ports(), c.ciphers(), c.certificates(), c.signalling(), c.legacy(), c.media(), c.crypto())
}

// ciscoProduct writes scenes for a trunk of Unified CM's, and for phones.
type ciscoProduct struct{ product *profile.Product }

// inward is a call to the device's own server.
func inward(id, area, title string, script ...step) scene {
	return scene{id: id, title: title, direction: plan.FromVendor, area: area, script: script}
}

// The revisions whose rules are asked about.
var (
	ciscoSeed  = []string{"seed-era"}
	cisco15SU2 = []string{"release-15su2"}
)

// signalling is trunks and phones in the security modes.
func (c ciscoProduct) signalling() []scene {
	phone := scene{
		id: "register/encrypted", title: "a phone in encrypted mode",
		direction: plan.Register, area: "signalling", script: []step{register(), settle()},
		asks: []judge.Check{
			ask("CU-CIP-10", "registers over a suite that encrypts", judge.RegisteredSecurely),
			ask("CU-TRK-05", "shows its certificate when it registers", judge.All(judge.Identifies, judge.Registered)),
			ask("CU-TRK-01", "registers over TLS and nothing else", judge.All(judge.NoClearSignalling, judge.Registered)),
		},
	}
	digest := outward("call-out/wrong-password", "signalling", "a trunk with digest, and credentials that it refuses", callOut(), settle())
	digest.settings, digest.wrongPassword, digest.control = map[string]string{"digest": "on"}, true, "call-out/digest"
	digest.needs = []device.Capability{device.CanDigest}
	digest.asks = []judge.Check{ask("CU-TRK-10", "takes the 403 as final", judge.After("INVITE", 403, judge.TakesAsFinal("INVITE", 403), judge.NoClearSignalling))}
	known := outward("call-out/digest", "signalling", "a trunk with digest", through(callOut())...)
	known.settings, known.needs = digest.settings, digest.needs
	known.asks = []judge.Check{ask("CU-TRK-10", "authenticates its call", judge.Called)}
	clear := outward("call-out/transport-tcp", "signalling", "the device set to TCP, and the trunk to TLS", callOut(), settle())
	clear.levers.Transport, clear.control = "tcp", base
	clear.asks = []judge.Check{ask("CU-TRK-01", "takes the refusal as final", judge.After("INVITE", 403, judge.TakesAsFinal("INVITE", 403), judge.NoCall))}
	timer := inward("call-listener/session-timer", "signalling", "a call with a session timer of half an hour", ringListener(edge.Outbound{})...)
	timer.asks = []judge.Check{ask("CU-TRK-13", "takes the call", judge.Answered)}
	scenes := []scene{phone, known, digest, clear, timer}
	if c.authenticates() {
		null := map[string]string{"security_mode": "authenticated"}
		phone.id, phone.title, phone.settings = "register/authenticated", "a phone in authenticated mode, which is NULL-SHA alone", null
		phone.asks = []judge.Check{ask("CU-CIP-09", "registers over the suite if it offers it", judge.UsesOneOf(c.suites(null), judge.Registered))}
		scenes = append(scenes, phone)
	}
	return scenes
}

// legacy is what old phones of the vendor's meet, which have no TLS 1.2.
func (c ciscoProduct) legacy() []scene {
	needs := []device.Capability{device.IsLegacyPhone}
	mode := func(id, row, title string, settings map[string]string) scene {
		return scene{
			id: "legacy/" + id, title: "a legacy phone: " + title, direction: plan.Register, area: "tls", revisions: ciscoSeed,
			settings: settings, needs: needs, script: []step{register(), settle()},
			asks: []judge.Check{ask(row, "does not get in, and stays off UDP and TCP", judge.Unserved(judge.NoClearSignalling))},
		}
	}
	old := outward("legacy/old-vendor", "tls", "a legacy phone: a vendor of an old release", through(callOut())...)
	old.revisions, old.settings, old.needs = ciscoSeed, map[string]string{"tls_max": "TLS 1.0"}, needs
	old.asks = []judge.Check{ask("CU-LEG-08", "is served at TLS 1.0", judge.All(judge.Negotiated(tls.VersionTLS10), judge.Called))}
	scenes := []scene{mode("encrypted", "CU-LEG-01", "encrypted mode, the lowest version TLS 1.2", map[string]string{"tls_min": "TLS 1.2"}), old}
	if c.authenticates() {
		scenes = append(scenes, mode("authenticated", "CU-LEG-02", "authenticated mode, the lowest version TLS 1.2",
			map[string]string{"tls_min": "TLS 1.2", "security_mode": "authenticated"}))
	}
	return scenes
}
