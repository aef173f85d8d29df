package scenarios

import (
	"crypto/tls"
	"maps"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// tlsVersions are the versions of the floor's matrix.
var tlsVersions = []struct {
	slug, name string
	number     uint16
}{
	{"tls1.0", "TLS 1.0", tls.VersionTLS10},
	{"tls1.1", "TLS 1.1", tls.VersionTLS11},
	{"tls1.2", "TLS 1.2", tls.VersionTLS12},
	{"tls1.3", "TLS 1.3", tls.VersionTLS13},
}

// operation is a thing that a device does over TLS, in the floor's matrix.
type operation struct {
	id, method string
	direction  plan.Direction
	script     []step
	done       judge.Rule
}

func (t twilioProduct) operations() []operation {
	out := operation{"call-out", "INVITE", plan.ToVendor, []step{callOut(), hear(), deviceHangsUp(), settle()}, judge.Called}
	if !t.voice {
		return []operation{out}
	}
	return []operation{{"register", "REGISTER", plan.Register, []step{register(), settle()}, judge.Registered}, out}
}

// versions is the TLS floor: each operation, at each version that the device is
// set to, with the vendor's switch for deprecated versions off and on.
func (t twilioProduct) versions() []scene {
	var scenes []scene
	for _, o := range t.operations() {
		for _, v := range tlsVersions {
			for _, deprecated := range []string{"off", "on"} {
				scenes = append(scenes, t.floor(o, v.slug, v.name, v.number, deprecated))
			}
		}
		for _, v := range tlsVersions[:2] {
			scenes = append(scenes, scene{
				id: o.id + "/" + v.slug + "/no-longer-offered", title: o.id + " at " + v.name + " after the end of support: the handshake is refused",
				direction: o.direction, area: "tls", revisions: []string{"current"},
				settings: t.secured("allow_deprecated_tls", "on"), levers: device.Levers{TLSMin: v.number, TLSMax: v.number},
				script: []step{o.script[0], settle()}, control: o.id + "/tls1.2/deprecated-off",
				asks: []judge.Check{ask(t.row("TW-TLS-12", "TW-TLS-11"), "gets nothing through and stays off UDP and TCP",
					judge.Unserved(judge.NoCall, judge.NoClearSignalling))},
			})
		}
	}
	return append(scenes, t.serverVersions()...)
}

func (t twilioProduct) floor(o operation, slug, name string, number uint16, deprecated string) scene {
	s := scene{
		id: o.id + "/" + slug + "/deprecated-" + deprecated, title: o.id + " at " + name + ", deprecated versions " + deprecated,
		direction: o.direction, area: "tls", settings: t.secured("allow_deprecated_tls", deprecated),
		levers: device.Levers{TLSMin: number, TLSMax: number}, script: o.script,
	}
	switch {
	case number == tls.VersionTLS13:
		s.settings["tls_max"] = "TLS 1.3"
		s.asks = []judge.Check{ask("TW-TLS-13", "may use TLS 1.3 where it is offered", judge.All(judge.Negotiated(number), o.done))}
	case number == tls.VersionTLS12:
		s.asks = []judge.Check{ask("TW-TLS-09", "uses TLS 1.2, whatever the switch", judge.All(judge.Negotiated(number), o.done))}
	case deprecated == "on":
		s.revisions = []string{"seed-era"}
		s.asks = []judge.Check{ask("TW-TLS-08", "is served at "+name+" while the switch is on", o.done)}
	default:
		s.revisions = []string{"seed-era"}
		s.script, s.control = []step{o.script[0], settle()}, o.id+"/tls1.2/deprecated-off"
		row := map[string]string{"REGISTER": "TW-TLS-05", "INVITE": "TW-TLS-01"}[o.method]
		s.asks = []judge.Check{ask(row, "takes the 403 as final, stays on TLS and gets no call",
			judge.After(o.method, 403, judge.TakesAsFinal(o.method, 403), judge.NoClearSignalling, judge.NoCall))}
	}
	return s
}

// serverVersions are the floors of the device's own server, and of what it
// takes from a server: RFC 8996 beside the vendor's rule.
func (t twilioProduct) serverVersions() []scene {
	direction, script := t.connect()
	scenes := []scene{{
		id: "connect/server-at-most-tls1.1", title: "a server that has nothing above TLS 1.1",
		direction: direction, area: "tls", revisions: []string{"seed-era"},
		settings: t.secured("allow_deprecated_tls", "on", "tls_max", "TLS 1.1"), script: script, control: base,
		asks: []judge.Check{ask("RF-TLS-01", "does not settle for a version that RFC 8996 forbids", judge.RejectsServer("tls1.1"))},
	}, {
		id: "call-listener/vendor-at-most-tls1.1", title: "a call to the device's server at no more than TLS 1.1",
		direction: plan.FromVendor, area: "tls", revisions: []string{"seed-era"},
		settings: t.secured("allow_deprecated_tls", "on", "tls_max", "TLS 1.1"),
		script:   []step{callListener(edge.Outbound{}), settle()}, control: "call-listener/tls1.2/deprecated-off",
		asks: []judge.Check{ask("RF-TLS-01", "its server refuses versions that RFC 8996 forbids", judge.RejectsClient("tls1.1"))},
	}}
	for _, v := range tlsVersions {
		for _, deprecated := range []string{"off", "on"} {
			s := scene{
				id: "call-listener/" + v.slug + "/deprecated-" + deprecated, title: "a call to the device's server at " + v.name + ", deprecated versions " + deprecated,
				direction: plan.FromVendor, area: "tls", settings: t.secured("allow_deprecated_tls", deprecated),
				levers: device.Levers{TLSMin: v.number, TLSMax: v.number},
				script: []step{callListener(edge.Outbound{}), hear(), vendorHangsUp(), settle()},
			}
			switch {
			case v.number == tls.VersionTLS13:
				s.settings["tls_max"] = "TLS 1.3"
				s.asks = []judge.Check{ask("TW-TLS-13", "may use TLS 1.3 where it is offered", judge.Answered)}
			case v.number == tls.VersionTLS12:
				s.levers = device.Levers{}
				s.asks = []judge.Check{
					ask("TW-TLS-09", "its server takes TLS 1.2", judge.All(judge.Negotiated(v.number), judge.Answered)),
					ask("TW-TLS-03", "its server takes TLS 1.2", judge.Answered),
					ask("TW-URI-01", "its server takes TLS where the vendor calls", judge.Answered),
				}
			case deprecated == "on":
				s.revisions = []string{"seed-era"}
				s.asks = []judge.Check{ask("TW-TLS-08", "is called at "+v.name+" while the switch is on", judge.Answered)}
			default:
				s.revisions = []string{"seed-era"}
				s.script, s.control = s.script[:1], "call-listener/tls1.2/deprecated-off"
				s.asks = []judge.Check{ask("TW-TLS-03", "gets no call, and the vendor's console says 32011", judge.Uncalled("32011"))}
			}
			scenes = append(scenes, s)
		}
	}
	return scenes
}

// suites are the vendor's list against the device's.
func (t twilioProduct) suites() []scene {
	direction, script := t.connect()
	var listed []uint16
	for _, name := range t.product.Revisions[0].TLS.Suites {
		number, _ := tlspeer.SuiteByOpenSSLName(name)
		listed = append(listed, number)
	}
	foreign := []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}
	served := judge.Did(t.method())
	settings := t.secured()
	return []scene{{
		id: base, title: "the device as configured, and the vendor as it is",
		direction: direction, area: "tls", settings: maps.Clone(settings), script: script,
		asks: []judge.Check{
			ask("TW-CIP-01", "offers a suite of the vendor's list", judge.OffersSuite(listed)),
			ask("TW-TLS-09", "offers TLS 1.2", judge.All(judge.OffersVersion(tls.VersionTLS12), served)),
			ask("RF-SD-05", "sends no key and no SIP in clear", judge.All(judge.NoKeysInClear, judge.NoClearSignalling)),
		},
	}, {
		id: "connect/foreign-suites-only", title: "the device set to suites that the vendor lacks",
		direction: direction, area: "tls", settings: maps.Clone(settings), script: script, control: base,
		levers: device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12, Suites: foreign},
		asks: []judge.Check{ask("TW-CIP-02", "fails, and does not go on in clear",
			judge.Unserved(judge.NoCall, judge.NoClearSignalling))},
	}}
}
