package scenarios

import (
	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
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
func (g genesysProduct) certificates() []scene {
	const refusal = "refuses the connection, and does not go on in clear"
	refused := func(what string) judge.Rule { return judge.All(judge.RejectsServer(what), judge.NoClearSignalling) }
	tries := []step{callOut(), settle()}

	chain := outward("certificate/chain", "certificate", "leaf and intermediate, below the root that was imported", through(callOut())...)
	chain.asks = []judge.Check{ask("GE-CRT-01", "builds the chain from what was sent", judge.Called)}
	common := outward("certificate/other-common-name", "certificate", "the name in the subjectAltName, and another in the common name", through(callOut())...)
	common.shows.common = "voice.region.test"
	common.asks = []judge.Check{ask("GE-CRT-04", "finds the name in the subjectAltName", judge.Called)}
	renewed := outward("certificate/renewed-key", "rotation", "the same name with a new key, in the life of the device")
	renewed.script = []step{callOut(), deviceHangsUp(), settle(), renew(presentation{slot: "renewed"}), callOut(), settle(), unlessBack(callOut()), settle()}
	renewed.control = base
	renewed.asks = []judge.Check{ask("GE-CRT-02", "does not pin the leaf", judge.ServedUnder("INVITE", 2))}
	other := outward("certificate/other-proxy", "identity", "a proxy that shows the certificate of the next", tries...)
	other.shows.other, other.control = 1, base
	other.asks = []judge.Check{ask("GE-CRT-04", refusal, refused("other-proxy"))}
	address := outward("certificate/by-address", "identity", "the device calls a proxy by its address", callAddress(), settle())
	address.control = base
	address.asks = []judge.Check{ask("GE-CRT-05", refusal, refused("address"))}
	named := outward("certificate/by-trunk-host", "identity", "the device calls the customer's own name, which no certificate holds", callTrunkHost(), settle())
	named.control = base
	named.asks = []judge.Check{ask("GE-CRT-06", refusal, refused("trunk-host"))}
	srv := outward("certificate/by-domain", "identity", "the device finds the proxies by SRV records of the domain", through(callDomain())...)
	srv.needs = []device.Capability{device.CanSRV}
	srv.asks = []judge.Check{ask("GE-CRT-07", "looks for the domain in the certificate, and not for the records' name", judge.All(judge.AsksSRV, judge.Called))}
	revoked := outward("certificate/revoked", "certificate", "a certificate that is on the list it names", tries...)
	revoked.shows.revoked, revoked.control = byList, base
	revoked.asks = []judge.Check{ask("GE-CRT-10", refusal, judge.All(judge.RejectsRevoked(observation.ListFetched), judge.NoClearSignalling))}
	responded := outward("certificate/revoked-ocsp", "certificate", "a certificate that is revoked, says the responder it names", tries...)
	responded.shows.revoked, responded.control = byResponder, base
	// The vendor speaks of lists alone, so only who claims to ask is held to it.
	responded.needs = []device.Capability{device.CanOCSP}
	responded.asks = []judge.Check{ask("GE-CRT-10", refusal, judge.All(judge.RejectsRevoked(observation.ResponderAsked), judge.NoClearSignalling))}

	scenes := []scene{chain, common, renewed, other, address, named, srv, revoked, responded, g.own()}
	for _, d := range genesysDefects {
		s := outward("certificate/"+d.recipe, "certificate", d.title, tries...)
		s.shows.recipe, s.control = d.recipe, base
		s.asks = []judge.Check{ask(d.requirement, refusal, refused(d.recipe))}
		scenes = append(scenes, s)
	}
	return scenes
}

// own is the device's certificate, as the vendor sees it when it calls.
func (g genesysProduct) own() scene {
	return scene{
		id: "call-listener/certificate", title: "the certificate of the device's server, judged by the vendor",
		direction: plan.FromVendor, area: "certificate", script: ringListener(edge.Outbound{}),
		asks: []judge.Check{
			ask("GE-CRT-09", "shows a certificate that is valid now", judge.Presents(certs.CauseExpired, certs.CauseNotYetValid, certs.CauseIssuerExpired, certs.CauseIssuerNotYetValid)),
			ask("GE-CRT-11", "sends its leaf with all intermediates", judge.Presents(certs.CauseIncompleteChain)),
			ask("GE-CRT-12", "shows a chain to one of the authorities that the vendor lists", judge.Presents(certs.CauseUnknownCA, certs.CauseSelfSigned, certs.CauseBadSignature)),
			ask("GE-CRT-13", "shows a certificate for the host that the vendor was told to call", judge.Presents(certs.CauseNameMismatch, identity.CauseAddress)),
		},
	}
}
