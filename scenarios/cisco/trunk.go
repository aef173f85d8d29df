package cisco

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// oldRelease is a trunk to a release that has TLS 1.0 alone, with the vendor's work-around: a trunk that is not secure.
func oldRelease(*profile.Product) []scene.Scene {
	clear := map[string]string{profile.TLSMax: "TLS 1.0", "security_mode": "non-secure", "srtp_allowed": "off"}
	inClear := scene.Device{Levers: device.Levers{Transport: observation.TCP, Media: device.RTP}}
	return []scene.Scene{{
		ID: "old-release/call-out", Title: "a vendor of an old release, over a trunk that is not secure: the device calls",
		Direction: plan.ToVendor, Area: "signalling", Control: "connect/default",
		Vendor: scene.Vendor{Settings: clear}, Device: inClear,
		Script: []scene.Step{scene.Call(), scene.Hear(), scene.Leave(), scene.Settle()},
		Asks: []judge.Check{
			scene.Ask("CU-TLS-14", "is served by the work-around", judge.All(judge.Called, judge.ClearMedia)),
			scene.Ask("CU-TRK-02", "calls over TCP or UDP", judge.Called),
		},
	}, {
		ID: "old-release/call-listener", Title: "a vendor of an old release, over a trunk that is not secure: the vendor calls",
		Direction: plan.FromVendor, Area: "signalling", Control: "call-listener/tls1.2",
		Vendor: scene.Vendor{Settings: clear}, Device: inClear,
		Script: []scene.Step{scene.RingListener(edge.Outbound{}), scene.Hear(), scene.EndCall(), scene.Settle()},
		Asks: []judge.Check{
			scene.Ask("CU-TLS-14", "takes the call by the work-around", judge.All(judge.Answered, judge.ClearMedia)),
			scene.Ask("CU-TRK-02", "takes a call over TCP", judge.Answered),
		},
	}}
}

// clearCall are calls to the port for TLS that do not use the transport of a secure trunk.
func clearCall(*profile.Product) []scene.Scene { return scene.ClearCalls("CU-TRK-01") }

// destinations is a trunk that lists addresses, one or as many as it can.
func destinations(*profile.Product) []scene.Scene {
	ring := func(destinations int) []scene.Step {
		return []scene.Step{scene.RingAddress(destinations), scene.Hear(), scene.EndCall(), scene.Settle()}
	}
	const expected = "takes a call whose Request-URI has its address"
	return []scene.Scene{{
		ID: "call-listener/by-address", Title: "a trunk that has the address of the device, and no name",
		Direction: plan.FromVendor, Area: "routing", Control: "call-listener/secure", Script: ring(1),
		Asks: []judge.Check{scene.Ask("CU-TRK-09", expected, judge.Answered)},
	}, {
		ID: "call-listener/last-destination", Title: "a trunk with sixteen destinations, of which the device is the last, and the only one alive",
		Direction: plan.FromVendor, Area: "routing", Control: "call-listener/by-address", Script: ring(edge.MaxDestinations),
		Asks: []judge.Check{scene.Ask("CU-TRK-09", expected, judge.Answered)},
	}}
}

// authenticated is the vendor calling over a trunk in authenticated mode, which is NULL-SHA alone: what is said over it
// is signed, and can be read by everybody.
func authenticated(p *profile.Product) []scene.Scene {
	if !emulates(p, rsaWithNullSHA) {
		return nil
	}
	return []scene.Scene{{
		ID: "call-listener/authenticated", Title: "a trunk in authenticated mode, over which the vendor calls with RTP",
		Direction: plan.FromVendor, Area: "tls", Control: "call-listener/rtp",
		Vendor: scene.Vendor{Settings: map[string]string{"security_mode": "authenticated", "srtp_allowed": "off"}},
		Device: scene.Device{Levers: device.Levers{Media: device.RTP}},
		Script: []scene.Step{scene.RingListener(edge.Outbound{}), scene.Hear(), scene.EndCall(), scene.Settle()},
		Asks: []judge.Check{
			scene.AskRefusal("CU-CIP-09", "takes the call if its server takes NULL-SHA, and refuses it in the handshake otherwise",
				judge.TakesSuite(rsaWithNullSHA, judge.All(judge.Answered, judge.ClearMedia))),
		},
	}, {
		ID: "call-listener/authenticated-keys", Title: "a trunk in authenticated mode, over which the vendor offers SRTP",
		Direction: plan.FromVendor, Area: "sdes", Control: "call-listener/secure",
		Vendor: scene.Vendor{Settings: map[string]string{"security_mode": "authenticated"}},
		Script: []scene.Step{scene.RingListener(edge.Outbound{}), scene.EndCall(), scene.Settle()},
		Asks: []judge.Check{
			scene.AskRefusal("RF-SD-24", "answers with no key over TLS that does not encrypt", judge.NoKeysUnderNull),
		},
	}}
}
