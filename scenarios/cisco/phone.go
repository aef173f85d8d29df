package cisco

import (
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// phone is a phone that is registered, and calls and is called by its security profile: encrypted, or authenticated.
func phone(p *profile.Product) []scene.Scene {
	calls := []scene.Step{scene.Register(), scene.Call(), scene.Hear(), scene.Leave(), scene.Settle()}
	called := []scene.Step{scene.Register(), scene.Ring(edge.Outbound{}), scene.Hear(), scene.EndCall(), scene.Settle()}
	const secure = "sends SRTP that authenticates, and nothing in clear"
	scenes := []scene.Scene{{
		ID: "phone/encrypted/call-out", Title: "a phone in encrypted mode, which has registered, calls",
		Direction: plan.ToVendor, Area: "srtp", Control: "register/encrypted", Script: calls,
		Asks: []judge.Check{
			scene.Ask("CU-CIP-10", "is served over a suite that encrypts", judge.OverTLS("INVITE", judge.Called)),
			scene.Ask("CU-SRTP-02", secure, judge.Given(judge.Called, judge.SecureMedia)),
			scene.Ask("RF-SR-01", secure, judge.SecureMedia),
			scene.Ask("RF-SD-22", "sends keys that are random, and new for each stream and call", judge.FreshKeys),
		},
	}, {
		ID: "phone/encrypted/call-in", Title: "a phone in encrypted mode, which has registered, is called",
		Direction: plan.FromVendor, Area: "srtp", Control: "register/encrypted", Script: called,
		Asks: []judge.Check{
			scene.Ask("CU-CIP-10", "takes a call over its registration", judge.Answered),
			scene.Ask("CU-SRTP-04", "answers with SRTP", judge.All(judge.OneCrypto, judge.SecureMedia)),
			scene.Ask("RF-SR-01", secure, judge.SecureMedia),
			scene.Ask("RF-SD-22", "sends keys that are random, and new for each stream and call", judge.FreshKeys),
		},
	}, {
		ID: "phone/encrypted/call-in-rtp", Title: "a phone in encrypted mode, set to RTP, is called with it",
		Direction: plan.FromVendor, Area: "srtp", Control: "phone/encrypted/call-in", Script: called,
		Vendor: scene.Vendor{Settings: map[string]string{"srtp_allowed": "off"}},
		Device: scene.Device{Levers: device.Levers{Media: device.RTP}},
		Asks: []judge.Check{
			scene.Ask("CU-SRTP-01", "takes TLS with RTP", judge.All(judge.Answered, judge.ClearMedia)),
		},
	}}
	if !emulates(p, rsaWithNullSHA) {
		return scenes
	}
	mode := scene.Vendor{Settings: map[string]string{"security_mode": "authenticated", "srtp_allowed": "off"}}
	plain := scene.Device{Levers: device.Levers{Media: device.RTP}}
	served := func(rules ...judge.Rule) judge.Rule {
		all := slices.Concat([]judge.Rule{judge.Registered}, rules, []judge.Rule{judge.ClearMedia})
		return judge.UsesOneOf([]uint16{rsaWithNullSHA}, "REGISTER", judge.All(all...))
	}
	return append(scenes, scene.Scene{
		ID: "phone/authenticated/call-out", Title: "a phone in authenticated mode, which is NULL-SHA alone, calls with RTP",
		Direction: plan.ToVendor, Area: "tls", Control: "register/authenticated", Vendor: mode, Device: plain, Script: calls,
		Asks: []judge.Check{scene.Ask("CU-CIP-09", "is served if it offers the suite", served(judge.Called))},
	}, scene.Scene{
		ID: "phone/authenticated/call-in", Title: "a phone in authenticated mode, which is NULL-SHA alone, is called with RTP",
		Direction: plan.FromVendor, Area: "tls", Control: "phone/encrypted/call-in-rtp", Vendor: mode, Device: plain, Script: called,
		Asks: []judge.Check{scene.Ask("CU-CIP-09", "takes the call if it offers the suite", served(judge.Answered))},
	})
}
