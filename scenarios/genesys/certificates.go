package genesys

import (
	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// genesysDefects are what a device must refuse in a proxy's certificate.
var genesysDefects = []struct{ recipe, requirement, title string }{
	{"missing-intermediate", "GE-CRT-01", "a chain without its intermediate"},
	{"bad-signature", "GE-CRT-01", "a certificate whose signature is broken"},
	{"unknown-ca", "GE-CRT-03", "a certificate below another root"},
	{"self-signed", "GE-CRT-03", "a self-signed certificate"},
	{"wrong-name", "GE-CRT-04", "a certificate for another name"},
	{"name-prefix", "GE-CRT-04", "a certificate for a name that the right one begins with"},
	{"name-suffix", "GE-CRT-04", "a certificate for a name that the right one ends with"},
	{"expired", "GE-CRT-09", "an expired certificate"},
	{"not-yet-valid", "GE-CRT-09", "a certificate that is not valid yet"},
	{"intermediate-expired", "GE-CRT-09", "a certificate whose intermediate has expired"},
}

// certificates are the vendor's, and the device's own.
func (g genesysProduct) certificates() []scene.Scene {
	const refusal = "refuses the connection, and does not go on in clear"
	refused := func(what string) judge.Rule { return judge.All(judge.Refuses(what), judge.NoClearSignalling) }
	tries := []scene.Step{scene.CallOut(), scene.Settle()}

	chain := scene.Outward("certificate/chain", "certificate", "leaf and intermediate, below the root that was imported", scene.Through(scene.CallOut())...)
	chain.Asks = []judge.Check{scene.Ask("GE-CRT-01", "builds the chain from what was sent", judge.Called)}
	common := scene.Outward("certificate/other-common-name", "certificate", "the name in the subjectAltName, and another in the common name", scene.Through(scene.CallOut())...)
	common.Shows.Common = "voice.region.test"
	common.Asks = []judge.Check{scene.Ask("GE-CRT-04", "finds the name in the subjectAltName", judge.Called)}
	renewed := scene.Outward("certificate/renewed-key", "rotation", "the same name with a new key, in the life of the device")
	renewed.Script = []scene.Step{scene.CallOut(), scene.DeviceHangsUp(), scene.Settle(), scene.Renew(scene.Presentation{Slot: "renewed"}), scene.CallOut(), scene.Settle(), scene.UnlessBack(scene.CallOut()), scene.Settle()}
	renewed.Control = scene.Base
	renewed.Asks = []judge.Check{scene.Ask("GE-CRT-02", "does not pin the leaf", judge.ServedUnder("INVITE", 2))}
	other := scene.Outward("certificate/other-proxy", "identity", "a proxy that shows the certificate of the next", tries...)
	other.Shows.Other, other.Control = 1, scene.Base
	other.Asks = []judge.Check{scene.Ask("GE-CRT-04", refusal, refused("other-proxy"))}
	address := scene.Outward("certificate/by-address", "identity", "the device calls a proxy by its address", scene.CallAddress(), scene.Settle())
	address.Control = scene.Base
	address.Asks = []judge.Check{scene.Ask("GE-CRT-05", refusal, refused("address"))}
	named := scene.Outward("certificate/by-trunk-host", "identity", "the device calls the customer's own name, which no certificate holds", scene.CallTrunkHost(), scene.Settle())
	named.Control = scene.Base
	named.Asks = []judge.Check{scene.Ask("GE-CRT-06", refusal, refused("trunk-host"))}
	srv := scene.Outward("certificate/by-domain", "identity", "the device finds the proxies by SRV records of the domain", scene.Through(scene.CallDomain())...)
	srv.Needs = []device.Capability{device.CanSRV}
	srv.Asks = []judge.Check{scene.Ask("GE-CRT-07", "looks for the domain in the certificate, and not for the records' name", judge.All(judge.AsksSRV, judge.Called))}
	revoked := scene.Outward("certificate/revoked", "certificate", "a certificate that is on the list it names", tries...)
	revoked.Shows.Revoked, revoked.Control = scene.ByList, scene.Base
	revoked.Asks = []judge.Check{scene.Ask("GE-CRT-10", refusal, judge.All(judge.RefusesRevoked(judge.ListFetched), judge.NoClearSignalling))}
	responded := scene.Outward("certificate/revoked-ocsp", "certificate", "a certificate that is revoked, says the responder it names", tries...)
	responded.Shows.Revoked, responded.Control = scene.ByResponder, scene.Base
	// The vendor speaks of lists alone, so only who claims to ask is held to it.
	responded.Needs = []device.Capability{device.CanOCSP}
	responded.Asks = []judge.Check{scene.Ask("GE-CRT-10", refusal, judge.All(judge.RefusesRevoked(judge.ResponderAsked), judge.NoClearSignalling))}

	scenes := []scene.Scene{chain, common, renewed, other, address, named, srv, revoked, responded, g.own()}
	for _, d := range genesysDefects {
		s := scene.Outward("certificate/"+d.recipe, "certificate", d.title, tries...)
		s.Shows.Recipe, s.Control = d.recipe, scene.Base
		s.Asks = []judge.Check{scene.Ask(d.requirement, refusal, refused(d.recipe))}
		scenes = append(scenes, s)
	}
	return scenes
}

// own is the device's certificate, as the vendor sees it when it calls.
func (g genesysProduct) own() scene.Scene {
	return scene.Scene{
		ID: "call-listener/certificate", Title: "the certificate of the device's server, judged by the vendor",
		Direction: plan.FromVendor, Area: "certificate", Script: scene.RingListener(edge.Outbound{}),
		Asks: []judge.Check{
			scene.Ask("GE-CRT-09", "shows a certificate that is valid now", judge.Presents(certs.CauseExpired, certs.CauseNotYetValid, certs.CauseIssuerExpired, certs.CauseIssuerNotYetValid)),
			scene.Ask("GE-CRT-11", "sends its leaf with all intermediates", judge.Presents(certs.CauseIncompleteChain)),
			scene.Ask("GE-CRT-12", "shows a chain to one of the authorities that the vendor lists", judge.Presents(certs.CauseUnknownCA, certs.CauseSelfSigned, certs.CauseBadSignature)),
			scene.Ask("GE-CRT-13", "shows a certificate for the host that the vendor was told to call", judge.Presents(certs.CauseNameMismatch, identity.CauseAddress)),
		},
	}
}
