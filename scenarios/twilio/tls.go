package twilio

import (
	"crypto/tls"
	"maps"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// operation is a thing that a device does over TLS, in the floor's matrix.
type operation struct {
	id, method string
	direction  plan.Direction
	script     []scene.Step
	done       judge.Rule
}

func (t twilioProduct) operations() []operation {
	out := operation{"call-out", "INVITE", plan.ToVendor, []scene.Step{scene.CallOut(), scene.Hear(), scene.DeviceHangsUp(), scene.Settle()}, judge.Called}
	if !t.voice {
		return []operation{out}
	}
	return []operation{{"register", "REGISTER", plan.Register, []scene.Step{scene.Register(), scene.Settle()}, judge.Registered}, out}
}

// versions is the TLS floor: each operation, at each version that the device is
// set to, with the vendor's switch for deprecated versions off and on.
func (t twilioProduct) versions() []scene.Scene {
	var scenes []scene.Scene
	for _, o := range t.operations() {
		for _, v := range scene.TLSVersions {
			for _, deprecated := range []string{"off", "on"} {
				scenes = append(scenes, t.floor(o, v.Slug, v.Name, v.Number, deprecated))
			}
		}
		for _, v := range scene.TLSVersions[:2] {
			scenes = append(scenes, scene.Scene{
				ID: o.id + "/" + v.Slug + "/no-longer-offered", Title: o.id + " at " + v.Name + " after the end of support: the handshake is refused",
				Direction: o.direction, Area: "tls", Revisions: []string{"current"},
				Settings: t.secured("allow_deprecated_tls", "on"), Levers: device.Levers{TLSMin: v.Number, TLSMax: v.Number},
				Script: []scene.Step{o.script[0], scene.Settle()}, Control: o.id + "/tls1.2/deprecated-off",
				Asks: []judge.Check{scene.Ask(t.row("TW-TLS-12", "TW-TLS-11"), "gets nothing through and stays off UDP and TCP",
					judge.Unserved(judge.NoCall, judge.NoClearSignalling))},
			})
		}
	}
	return append(scenes, t.serverVersions()...)
}

func (t twilioProduct) floor(o operation, slug, name string, number uint16, deprecated string) scene.Scene {
	s := scene.Scene{
		ID: o.id + "/" + slug + "/deprecated-" + deprecated, Title: o.id + " at " + name + ", deprecated versions " + deprecated,
		Direction: o.direction, Area: "tls", Settings: t.secured("allow_deprecated_tls", deprecated),
		Levers: device.Levers{TLSMin: number, TLSMax: number}, Script: o.script,
	}
	switch {
	case number == tls.VersionTLS13:
		s.Settings["tls_max"] = "TLS 1.3"
		s.Asks = []judge.Check{scene.Ask("TW-TLS-13", "may use TLS 1.3 where it is offered", judge.All(judge.Negotiated(number), o.done))}
	case number == tls.VersionTLS12:
		s.Asks = []judge.Check{scene.Ask("TW-TLS-09", "uses TLS 1.2, whatever the switch", judge.All(judge.Negotiated(number), o.done))}
	case deprecated == "on":
		s.Revisions = []string{"seed-era"}
		s.Asks = []judge.Check{scene.Ask("TW-TLS-08", "is served at "+name+" while the switch is on", o.done)}
	default:
		s.Revisions = []string{"seed-era"}
		s.Script, s.Control = []scene.Step{o.script[0], scene.Settle()}, o.id+"/tls1.2/deprecated-off"
		row := map[string]string{"REGISTER": "TW-TLS-05", "INVITE": "TW-TLS-01"}[o.method]
		s.Asks = []judge.Check{scene.Ask(row, "takes the 403 as final, stays on TLS and gets no call",
			judge.After(o.method, 403, judge.TakesAsFinal(o.method, 403), judge.NoClearSignalling, judge.NoCall))}
	}
	return s
}

// serverVersions are the floors of the device's own server, and of what it
// takes from a server: RFC 8996 beside the vendor's rule.
func (t twilioProduct) serverVersions() []scene.Scene {
	direction, script := t.connect()
	scenes := []scene.Scene{{
		ID: "connect/server-at-most-tls1.1", Title: "a server that has nothing above TLS 1.1",
		Direction: direction, Area: "tls", Revisions: []string{"seed-era"},
		Settings: t.secured("allow_deprecated_tls", "on", "tls_max", "TLS 1.1"), Script: script, Control: scene.Base,
		Asks: []judge.Check{scene.Ask("RF-TLS-01", "does not settle for a version that RFC 8996 forbids", judge.Refuses("tls1.1"))},
	}, {
		ID: "call-listener/vendor-at-most-tls1.1", Title: "a call to the device's server at no more than TLS 1.1",
		Direction: plan.FromVendor, Area: "tls", Revisions: []string{"seed-era"},
		Settings: t.secured("allow_deprecated_tls", "on", "tls_max", "TLS 1.1"),
		Script:   []scene.Step{scene.CallListener(edge.Outbound{}), scene.Settle()}, Control: "call-listener/tls1.2/deprecated-off",
		Asks: []judge.Check{scene.Ask("RF-TLS-01", "its server refuses versions that RFC 8996 forbids", judge.RefusesDialed("tls1.1"))},
	}}
	for _, v := range scene.TLSVersions {
		for _, deprecated := range []string{"off", "on"} {
			s := scene.Scene{
				ID: "call-listener/" + v.Slug + "/deprecated-" + deprecated, Title: "a call to the device's server at " + v.Name + ", deprecated versions " + deprecated,
				Direction: plan.FromVendor, Area: "tls", Settings: t.secured("allow_deprecated_tls", deprecated),
				Levers: device.Levers{TLSMin: v.Number, TLSMax: v.Number},
				Script: []scene.Step{scene.CallListener(edge.Outbound{}), scene.Hear(), scene.VendorHangsUp(), scene.Settle()},
			}
			switch {
			case v.Number == tls.VersionTLS13:
				s.Settings["tls_max"] = "TLS 1.3"
				s.Asks = []judge.Check{scene.Ask("TW-TLS-13", "may use TLS 1.3 where it is offered", judge.Answered)}
			case v.Number == tls.VersionTLS12:
				s.Levers = device.Levers{}
				s.Asks = []judge.Check{
					scene.Ask("TW-TLS-09", "its server takes TLS 1.2", judge.All(judge.Negotiated(v.Number), judge.Answered)),
					scene.Ask("TW-TLS-03", "its server takes TLS 1.2", judge.Answered),
					scene.Ask("TW-URI-01", "its server takes TLS where the vendor calls", judge.Answered),
				}
			case deprecated == "on":
				s.Revisions = []string{"seed-era"}
				s.Asks = []judge.Check{scene.Ask("TW-TLS-08", "is called at "+v.Name+" while the switch is on", judge.Answered)}
			default:
				s.Revisions = []string{"seed-era"}
				s.Script, s.Control = s.Script[:1], "call-listener/tls1.2/deprecated-off"
				s.Asks = []judge.Check{scene.Ask("TW-TLS-03", "gets no call, and the vendor's console says 32011", judge.Uncalled("32011"))}
			}
			scenes = append(scenes, s)
		}
	}
	return scenes
}

// suites are the vendor's list against the device's.
func (t twilioProduct) suites() []scene.Scene {
	direction, script := t.connect()
	var listed []uint16
	for _, name := range t.product.Revisions[0].TLS.Suites {
		number, _ := tlspeer.SuiteByOpenSSLName(name)
		listed = append(listed, number)
	}
	foreign := []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}
	served := judge.Did(t.method())
	settings := t.secured()
	return []scene.Scene{{
		ID: scene.Base, Title: "the device as configured, and the vendor as it is",
		Direction: direction, Area: "tls", Settings: maps.Clone(settings), Script: script,
		Asks: []judge.Check{
			scene.Ask("TW-CIP-01", "offers a suite of the vendor's list", judge.OffersSuite(listed)),
			scene.Ask("TW-TLS-09", "offers TLS 1.2", judge.All(judge.OffersVersion(tls.VersionTLS12), served)),
			scene.Ask("RF-SD-05", "sends no key and no SIP in clear", judge.All(judge.NoKeysInClear, judge.NoClearSignalling)),
		},
	}, {
		ID: "connect/foreign-suites-only", Title: "the device set to suites that the vendor lacks",
		Direction: direction, Area: "tls", Settings: maps.Clone(settings), Script: script, Control: scene.Base,
		Levers: device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12, Suites: foreign},
		Asks: []judge.Check{scene.Ask("TW-CIP-02", "fails, and does not go on in clear",
			judge.Unserved(judge.NoCall, judge.NoClearSignalling))},
	}}
}
