// Package cisco is what the harness asks of devices at Cisco Unified CM that no
// chapter can say. The rest is data: fixtures/profiles/cisco-*.yaml. The package
// serves this module and may change.
package cisco

import (
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/chapter"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Chapters are the vendor's own.
func Chapters() chapter.Own {
	return chapter.Own{
		"cisco/restart": restart, "cisco/renewal": renewal, "cisco/keys": keys, "cisco/old-release": oldRelease,
		"cisco/clear-call": clearCall, "cisco/destinations": destinations, "cisco/authenticated": authenticated, "cisco/phone": phone,
		"cisco/legacy": legacy, "cisco/presence": presence, "cisco/other-port": otherPort,
	}
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

// renewal is another certificate of the vendor's, which comes into force by a restart.
func renewal(*profile.Product) []scene.Scene {
	one := scene.Vendor{Shows: scene.Presentation{Exact: true}} // of the two that the vendor has otherwise
	renewed := func(show scene.Presentation) []scene.Step {
		return []scene.Step{
			scene.Call(), scene.HangUp(), scene.Settle(), scene.Renew(show), scene.Restart(nil),
			scene.Call(), scene.Settle(), scene.UnlessBack(scene.Call()), scene.Settle(),
		}
	}
	return []scene.Scene{{
		ID: "restart/renewed-certificate", Title: "the vendor's certificate is renewed by its authority, and the vendor restarts",
		Direction: plan.ToVendor, Area: "rotation", Control: "certificate/exact-name", Vendor: one,
		Script: renewed(scene.Presentation{Exact: true, Slot: "renewed"}),
		Asks: []judge.Check{
			scene.Ask("CU-TRK-04", "is served again under the renewed certificate", judge.ServedUnder("INVITE", 2)),
			scene.Ask("CU-TLS-05", "connects again and is served", judge.ComesBack("INVITE")),
		},
	}, {
		ID: "restart/other-authority", Title: "the vendor restarts with a certificate of an authority that the device was not given",
		Direction: plan.ToVendor, Area: "rotation", Control: "certificate/exact-name", Vendor: one,
		Presumes: []string{"certificate/unknown-ca"},
		Script:   renewed(scene.Presentation{Exact: true, Recipe: unknownCA}),
		Asks: []judge.Check{
			scene.AskRefusal("CU-TRK-04", "refuses the certificate, as it would the first time, and does not go on in clear",
				judge.All(judge.RejectsRenewed("INVITE", unknownCA), judge.NoClearSignalling)),
		},
	}}
}

// unknownCA is a certificate of an authority that no device was given.
const unknownCA = "unknown-ca"

// keys is a trunk that is not secure, over which no key may go, whoever calls.
func keys(*profile.Product) []scene.Scene {
	inClear := scene.Device{Levers: device.Levers{Transport: observation.TCP}}
	outgoingUDP := map[string]string{"security_mode": "non-secure", "srtp_allowed": "off", "outgoing_transport": "UDP"}
	called := []scene.Step{scene.RingListener(edge.Outbound{}), scene.EndCall(), scene.Settle()}
	return []scene.Scene{{
		ID: "call-out/keys-in-clear", Title: "the device set to TCP, on a trunk that is not secure",
		Direction: plan.ToVendor, Area: "sdes", Control: "connect/default",
		Vendor: scene.Vendor{Settings: map[string]string{"security_mode": "non-secure"}}, Device: inClear,
		Script: []scene.Step{scene.Call(), scene.Settle()},
		Asks: []judge.Check{
			scene.Ask("CU-SRTP-03", "sends no keys without TLS", judge.Beside(judge.Did("INVITE"), judge.NoKeysInClear)),
		},
	}, {
		ID: "call-listener/non-secure", Title: "the device set to TCP, on a trunk that is not secure: the vendor calls with RTP",
		Direction: plan.FromVendor, Area: "signalling", Control: "call-listener/tls1.2",
		Vendor: scene.Vendor{Settings: map[string]string{"security_mode": "non-secure", "srtp_allowed": "off"}}, Device: inClear,
		Script: called,
		Asks:   []judge.Check{scene.Ask("CU-TRK-02", "takes a call over TCP", judge.Answered)},
	}, {
		ID: "call-listener/non-secure-udp", Title: "the device set to UDP, on a trunk that is not secure: the vendor calls over UDP with RTP",
		Direction: plan.FromVendor, Area: "signalling", Control: "call-listener/tls1.2",
		Vendor: scene.Vendor{Settings: outgoingUDP}, Device: scene.Device{Levers: device.Levers{Transport: observation.UDP}}, Script: called,
		Asks: []judge.Check{scene.Ask("CU-TRK-02", "takes a call over UDP", judge.Answered)},
	}, {
		ID: "call-out/transports-apart", Title: "a trunk that is not secure and calls over UDP: the device calls over TCP",
		Direction: plan.ToVendor, Area: "signalling", Control: "connect/default",
		Vendor: scene.Vendor{Settings: outgoingUDP}, Device: scene.Device{Levers: device.Levers{Transport: observation.TCP, Media: device.RTP}},
		Script: []scene.Step{scene.Call(), scene.Settle()},
		Asks:   []judge.Check{scene.Ask("CU-TRK-02", "calls over a transport of the vendor's incoming side", judge.Called)},
	}, {
		ID: "call-listener/keys-in-clear", Title: "the device set to TCP, on a trunk that is not secure: the vendor offers SRTP",
		Direction: plan.FromVendor, Area: "sdes", Control: "call-listener/non-secure",
		Vendor: scene.Vendor{Settings: map[string]string{"security_mode": "non-secure"}}, Device: inClear, Script: called,
		Asks: []judge.Check{
			scene.AskRefusal("CU-SRTP-03", "refuses the call, or takes it without sending a key",
				judge.All(judge.NoKeysInClear, judge.RefusesCallOr("keys-in-clear", judge.Answered))),
		},
	}}
}

// otherPort is a trunk whose security profile names another port than 5061.
func otherPort(*profile.Product) []scene.Scene {
	return []scene.Scene{{
		ID: "connect/other-port", Title: "a trunk on another port than 5061, which the device is told",
		Direction: plan.ToVendor, Area: "routing", Control: "connect/default",
		Vendor: scene.Vendor{Settings: map[string]string{vendor.SIPPort: "5071"}, Names: scene.DefaultPortDead},
		Script: []scene.Step{scene.CallPort(), scene.Leave(), scene.Settle()},
		Asks:   []judge.Check{scene.Ask("CU-TRK-03", "goes to the port that it is told", judge.KeepsToPort("INVITE"))},
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

// emulates tells whether this machine has an engine for a suite of the product's.
func emulates(p *profile.Product, suite uint16) bool {
	return !slices.ContainsFunc(vendor.NotEmulated(p.Revisions[0]), func(missing tlspeer.Unavailable) bool {
		return missing.Subject == tlspeer.Suite && missing.Number == suite
	})
}

// rsaWithNullSHA is TLS_RSA_WITH_NULL_SHA.
const rsaWithNullSHA = 0x0002
