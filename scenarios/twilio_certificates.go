package scenarios

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// defects are what a device must refuse in the vendor's certificate: a recipe,
// and the row that it offends.
var defects = []struct{ recipe, requirement, title string }{
	{"expired", "TW-CRT-06", "an expired certificate"},
	{"not-yet-valid", "TW-CRT-06", "a certificate that is not valid yet"},
	{"unknown-ca", "TW-CRT-06", "a certificate of an authority outside of the bundle"},
	{"self-signed", "TW-CRT-06", "a self-signed certificate"},
	{"missing-intermediate", "TW-CRT-06", "a chain without its intermediate"},
	{"bad-signature", "TW-CRT-06", "a certificate whose signature is broken"},
	{"wrong-name", "ST-03", "a certificate for another domain"},
	{"wildcard-two-labels", "ST-03", "a wildcard that would have to stand for two labels"},
	{"cn-right-san-wrong", "ST-01", "the name in the common name, and another in the subjectAltName"},
}

// certificates are the wildcard, the bundle, and what has to be refused.
func (t twilioProduct) certificates() []scene {
	direction, script := t.connect()
	served := judge.Did(t.method())
	scenes := []scene{{
		id: "certificate/wildcard", title: "the wildcard certificate: RFC 5922 beside the vendor",
		direction: direction, area: "certificate", settings: t.secured(), script: script,
		asks: []judge.Check{
			ask("TW-CRT-01", "takes a wildcard for one left-most label", served),
			ask("TW-CRT-02", "works with the vendor whatever RFC 5922 says of wildcards", served),
			ask("ST-02", "strictly by RFC 5922 §7.2, takes no wildcard", judge.RejectsServer("wildcard")),
		},
	}, {
		id: "certificate/wildcard-unverified", title: "the wildcard certificate with verification switched off",
		direction: direction, area: "certificate", settings: t.secured(), script: script, levers: device.Levers{VerifyOff: true},
		asks: []judge.Check{ask("TW-CRT-02", "works with the vendor while verification is off", served)},
	}, {
		id: "certificate/renewed-key", title: "the same name with a new key, in the life of the device",
		direction: direction, area: "rotation", settings: t.secured(),
		script: t.renewal(script[0]), control: base,
		asks: []judge.Check{
			ask("TW-CRT-06", "does not pin the leaf", judge.ServedUnder(t.method(), 2)),
			ask("TW-CRT-07", "asks for no clientAuth in the renewed certificate", judge.ServedUnder(t.method(), 2)),
		},
	}}
	scenes = append(scenes, scene{
		id: "certificate/srv-target", title: "SRV records whose target is a name that the certificate lacks",
		direction: direction, area: "identity", settings: t.secured(), names: otherTarget, needs: []device.Capability{device.CanSRV}, script: script,
		asks: []judge.Check{
			ask("ST-03", "compares the domain that it wanted, not the SRV target", served),
			ask("RF-TLS-03", "looks for SRV records", judge.AsksSRV),
		},
	}, scene{
		id: "connect/srv-order", title: "two SRV targets, both alive",
		direction: direction, area: "routing", settings: t.secured(), names: decoySecond, needs: []device.Capability{device.CanSRV}, script: script,
		asks: []judge.Check{ask("RF-TLS-04", "tries the target of the lowest priority first", judge.Prefers(observation.Decoy, t.method()))},
	}, scene{
		id: "connect/srv-failover", title: "two SRV targets, the first of which refuses connections",
		direction: direction, area: "routing", settings: t.secured(), names: refusedFirst, needs: []device.Capability{device.CanSRV}, script: script, control: "connect/srv-order",
		asks: []judge.Check{ask("RF-TLS-04", "goes on to the next target", judge.FailsOver(t.method()))},
	})
	for _, root := range t.product.Certificate.Roots[1:] {
		scenes = append(scenes, scene{
			id: "certificate/" + root.Name, title: "the leaf re-issued under " + root.CommonName,
			direction: direction, area: "rotation", settings: t.secured(), shows: presentation{root: root.Name}, script: script,
			asks: []judge.Check{ask("TW-CRT-06", "takes the re-issue under another root of the bundle", served)},
		})
	}
	for _, d := range defects {
		scenes = append(scenes, scene{
			id: "certificate/" + d.recipe, title: d.title,
			direction: direction, area: "certificate", settings: t.secured(), shows: presentation{recipe: d.recipe}, script: script, control: "certificate/wildcard",
			asks: []judge.Check{ask(d.requirement, "refuses "+d.title+", and does not go on in clear", judge.All(judge.RejectsServer(d.recipe), judge.NoClearSignalling))},
		})
	}
	return scenes
}

// renewal connects, changes the certificate, and connects again: once more if
// the first try went into the connection that the vendor had just closed.
func (t twilioProduct) renewal(connect step) []step {
	script := []step{connect, settle()}
	if !t.voice {
		script = []step{connect, deviceHangsUp(), settle()}
	}
	return append(script, renew(presentation{slot: "renewed"}), connect, settle(), unlessBack(connect), settle())
}
