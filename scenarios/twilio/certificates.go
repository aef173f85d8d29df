package twilio

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/scenarios/scene"
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
func (t twilioProduct) certificates() []scene.Scene {
	direction, script := t.connect()
	served := judge.Did(t.method())
	scenes := []scene.Scene{{
		ID: "certificate/wildcard", Title: "the wildcard certificate: RFC 5922 beside the vendor",
		Direction: direction, Area: "certificate", Settings: t.secured(), Script: script,
		Asks: []judge.Check{
			scene.Ask("TW-CRT-01", "takes a wildcard for one left-most label", served),
			scene.Ask("TW-CRT-02", "works with the vendor whatever RFC 5922 says of wildcards", served),
			scene.Ask("ST-02", "strictly by RFC 5922 §7.2, takes no wildcard", judge.Refuses("wildcard")),
		},
	}, {
		ID: "certificate/wildcard-unverified", Title: "the wildcard certificate with verification switched off",
		Direction: direction, Area: "certificate", Settings: t.secured(), Script: script, Levers: device.Levers{VerifyOff: true},
		Asks: []judge.Check{scene.Ask("TW-CRT-02", "works with the vendor while verification is off", served)},
	}, {
		ID: "certificate/renewed-key", Title: "the same name with a new key, in the life of the device",
		Direction: direction, Area: "rotation", Settings: t.secured(),
		Script: t.renewal(script[0]), Control: scene.Base,
		Asks: []judge.Check{
			scene.Ask("TW-CRT-06", "does not pin the leaf", judge.ServedUnder(t.method(), 2)),
			scene.Ask("TW-CRT-07", "asks for no clientAuth in the renewed certificate", judge.ServedUnder(t.method(), 2)),
		},
	}}
	scenes = append(scenes, scene.Scene{
		ID: "certificate/srv-target", Title: "SRV records whose target is a name that the certificate lacks",
		Direction: direction, Area: "identity", Settings: t.secured(), Names: scene.OtherTarget, Needs: []device.Capability{device.CanSRV}, Script: script,
		Asks: []judge.Check{
			scene.Ask("ST-03", "compares the domain that it wanted, not the SRV target", served),
			scene.Ask("RF-TLS-03", "looks for SRV records", judge.AsksSRV),
		},
	}, scene.Scene{
		ID: "connect/srv-order", Title: "two SRV targets, both alive",
		Direction: direction, Area: "routing", Settings: t.secured(), Names: scene.DecoySecond, Needs: []device.Capability{device.CanSRV}, Script: script,
		Asks: []judge.Check{scene.Ask("RF-TLS-04", "tries the target of the lowest priority first", judge.Prefers(scene.Decoy, t.method()))},
	}, scene.Scene{
		ID: "connect/srv-failover", Title: "two SRV targets, the first of which refuses connections",
		Direction: direction, Area: "routing", Settings: t.secured(), Names: scene.RefusedFirst, Needs: []device.Capability{device.CanSRV}, Script: script, Control: "connect/srv-order",
		Asks: []judge.Check{scene.Ask("RF-TLS-04", "goes on to the next target", judge.FailsOver(t.method()))},
	})
	for _, root := range t.product.Certificate.Roots[1:] {
		scenes = append(scenes, scene.Scene{
			ID: "certificate/" + root.Name, Title: "the leaf re-issued under " + root.CommonName,
			Direction: direction, Area: "rotation", Settings: t.secured(), Shows: scene.Presentation{Root: root.Name}, Script: script,
			Asks: []judge.Check{scene.Ask("TW-CRT-06", "takes the re-issue under another root of the bundle", served)},
		})
	}
	for _, d := range defects {
		scenes = append(scenes, scene.Scene{
			ID: "certificate/" + d.recipe, Title: d.title,
			Direction: direction, Area: "certificate", Settings: t.secured(), Shows: scene.Presentation{Recipe: d.recipe}, Script: script, Control: "certificate/wildcard",
			Asks: []judge.Check{scene.Ask(d.requirement, "refuses "+d.title+", and does not go on in clear", judge.All(judge.Refuses(d.recipe), judge.NoClearSignalling))},
		})
	}
	return scenes
}

// renewal connects, changes the certificate, and connects again: once more if
// the first try went into the connection that the vendor had just closed.
func (t twilioProduct) renewal(connect scene.Step) []scene.Step {
	script := []scene.Step{connect, scene.Settle()}
	if !t.voice {
		script = []scene.Step{connect, scene.DeviceHangsUp(), scene.Settle()}
	}
	return append(script, scene.Renew(scene.Presentation{Slot: "renewed"}), connect, scene.Settle(), scene.UnlessBack(connect), scene.Settle())
}
