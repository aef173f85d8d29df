package cisco

import (
	"crypto/tls"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// legacy is what old phones of the vendor's meet, which have no TLS 1.2.
func legacy(p *profile.Product) []scene.Scene {
	const outside = "does not get in, and stays off UDP and TCP"
	phone := scene.Device{Needs: []device.Capability{device.IsLegacyPhone}}
	scenes := []scene.Scene{
		{
			ID: "legacy/encrypted", Title: "a legacy phone: encrypted mode, the lowest version TLS 1.2",
			Direction: plan.Register, Area: "tls", Revisions: []string{"seed-era"}, Control: "register/encrypted",
			Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMin: "TLS 1.2"}}, Device: phone,
			Script: []scene.Step{scene.Register(), scene.Settle()},
			Asks:   []judge.Check{scene.AskRefusal("CU-LEG-01", outside, judge.Unserved(judge.NoClearSignalling))},
		}, {
			ID: "legacy/renewed-certificate", Title: "a legacy phone: the vendor's certificate is renewed, and the vendor restarts",
			Direction: plan.Register, Area: "rotation", Revisions: []string{"seed-era"}, Control: "register/encrypted", Device: phone,
			Script: []scene.Step{
				scene.Register(), scene.Settle(), scene.Renew(scene.Presentation{Slot: "renewed"}), scene.Restart(nil),
				scene.Register(), scene.Settle(), scene.UnlessBack(scene.Register()), scene.Settle(),
			},
			Asks: []judge.Check{scene.Ask("CU-LEG-07", "has lost its trust in the vendor", judge.RejectsRenewed("REGISTER", "renewed"))},
		}, {
			ID: "legacy/tls1.0-for-a-while", Title: "a legacy phone: the lowest version was TLS 1.2, and is TLS 1.0 after a restart",
			Direction: plan.Register, Area: "rotation", Revisions: []string{"seed-era"}, Control: "register/encrypted",
			Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMin: "TLS 1.2"}}, Device: phone,
			Script: []scene.Step{
				scene.Register(), scene.Settle(), scene.Restart(map[string]string{profile.TLSMin: "TLS 1.0"}),
				scene.Register(), scene.Settle(), scene.UnlessBack(scene.Register()), scene.Settle(),
			},
			Asks: []judge.Check{
				scene.Ask("CU-LEG-07", "registers once TLS 1.0 is allowed", judge.All(judge.Negotiated(tls.VersionTLS10), judge.Registered)),
			},
		}, {
			ID: "legacy/old-vendor", Title: "a legacy phone: a vendor of an old release",
			Direction: plan.ToVendor, Area: "tls", Revisions: []string{"seed-era"}, Control: "connect/default",
			Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMax: "TLS 1.0"}}, Device: phone,
			Script: []scene.Step{scene.Call(), scene.Leave(), scene.Settle()},
			Asks: []judge.Check{
				scene.Ask("CU-LEG-08", "is served at TLS 1.0", judge.All(judge.Negotiated(tls.VersionTLS10), judge.Called)),
			},
		},
	}
	for _, c := range closedServices() {
		scenes = append(scenes, scene.Scene{
			ID: "legacy/" + c.slug, Title: "a legacy phone: " + c.title + ", the lowest version TLS 1.2",
			Direction: plan.HTTPS, Area: "tls", Revisions: []string{"seed-era"}, Control: c.control,
			Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMin: "TLS 1.2"}}, Device: phone,
			Script: []scene.Step{c.try},
			Asks: []judge.Check{scene.AskRefusal(c.requirement, "gets nothing through, and sends nothing in clear",
				judge.Unserved(judge.TurnedAway(alertProtocolVersion), judge.NoPlainOnTLS))},
		})
	}
	if !emulates(p, rsaWithNullSHA) {
		return scenes // authenticated mode has no other suite
	}
	return append(scenes, scene.Scene{
		ID: "legacy/authenticated", Title: "a legacy phone: authenticated mode, the lowest version TLS 1.2",
		Direction: plan.Register, Area: "tls", Revisions: []string{"seed-era"}, Control: "register/encrypted",
		Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMin: "TLS 1.2", "security_mode": "authenticated"}},
		Device: phone, Script: []scene.Step{scene.Register(), scene.Settle()},
		Asks: []judge.Check{scene.AskRefusal("CU-LEG-02", outside, judge.Unserved(judge.NoClearSignalling))},
	})
}

// alertProtocolVersion is protocol_version, RFC 8446 §6.2.
const alertProtocolVersion = 70

// closed is a service behind a listener that an old phone does not get into.
type closed struct {
	slug, title string
	try         scene.Step
	control     string // where such a phone is served
	requirement string
}

// closedServices are what old phones, and the CTL client of their time, use over TLS beside SIP. Of protocols that are the
// vendor's own the handshake is seen, and there it ends. The configuration files have no version but TLS 1.2 whatever the
// lowest is, so that the phone is served elsewhere in the control.
func closedServices() []closed {
	return []closed{
		{"services", "its services by a secure URL", scene.FetchPort(8443), "ports/8443/default", "CU-LEG-03"},
		{"enrolment", "a locally significant certificate, from the CAPF server", scene.ConnectPort(3804), "ports/3804/default", "CU-LEG-05"},
		{"configuration", "its encrypted configuration file", scene.ConnectPort(6972), "ports/3804/default", "CU-LEG-06"},
		{"ctl-client", "the CTL client, at the CTL server", scene.ConnectPort(2444), "ports/2444/default", "CU-LEG-09"},
	}
}
