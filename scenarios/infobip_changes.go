package scenarios

import (
	"crypto/tls"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/api"
	mock "github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// infobipDefects are what a device must refuse in a certificate of the vendor's.
var infobipDefects = []struct{ recipe, requirement, title string }{
	{"unknown-ca", "IB-05", "a certificate below another root"},
	{"unknown-ca-with-root", "IB-05", "a certificate below another root, which is sent along"},
	{"self-signed", "IB-05", "a certificate that nobody else has signed"},
	{"missing-intermediate", "IB-05", "a chain without its intermediate"},
	{"bad-signature", "IB-05", "a certificate whose signature is broken"},
	{"wrong-name", "IB-09", "a certificate for another name"},
	{"wildcard-two-labels", "IB-09", "a wildcard that would have to stand for two labels"},
	{"wildcard-middle", "IB-09", "a wildcard that is not the first label"},
	{"name-prefix", "IB-09", "a certificate for a name that the right one begins with"},
	{"name-suffix", "IB-09", "a certificate for a name that the right one ends with"},
	{"expired", "IB-10", "an expired certificate"},
	{"not-yet-valid", "IB-10", "a certificate that is not valid yet"},
	{"intermediate-expired", "IB-10", "a certificate whose intermediate has expired"},
}

// The roots of the profile's bundle.
const (
	oldRoot = "global-root"
	newRoot = "next-global-root"
)

// certificates are chains that a device has to refuse.
func (a infobipAPI) certificates() []scene {
	const refusal = "sends no request"
	var scenes []scene
	for _, d := range infobipDefects {
		s := https("certificate/"+d.recipe, "certificate", d.title, page())
		s.shows.recipe, s.control = d.recipe, base
		s.asks = []judge.Check{ask(d.requirement, "refuses the connection: "+refusal, judge.RejectsServer(d.recipe))}
		scenes = append(scenes, s)
	}
	lacking := https("certificate/root-not-imported", "certificate", "a trust store without the vendor's root", page())
	lacking.trusts, lacking.control = []string{newRoot}, base
	lacking.asks = []judge.Check{ask("IB-05", "refuses the connection: "+refusal, judge.RejectsServer("unknown-root"))}
	return append(scenes, lacking)
}

// renewed is another leaf with another key.
const renewed = "renewed"

// changes are the drills: a change is announced, is on the test endpoint before
// it is in production, and is made; or it comes without notice.
func (a infobipAPI) changes() []scene {
	try := fetch(mock.Test, wildcardSite)
	drill := func(id, title, change string, show presentation) scene {
		return https("change/"+id, "rotation", title, page(), announce(change, show), try, page(), await(api.InProgress), page(), await(api.Completed), page())
	}
	leaf := drill("leaf", "the leaf and its key are renewed", "New leaf", presentation{slot: renewed})
	leaf.asks = []judge.Check{
		ask("IB-06", "gets the test endpoint's page while the change is scheduled", judge.FetchedEach(2)),
		ask("IB-10", "goes on under the renewed leaf", judge.All(judge.FetchedUnder(2), judge.FetchedEach(5))),
		ask("IB-11", "has not pinned the leaf", judge.FetchedUnder(2)),
	}
	intermediate := drill("intermediate", "the intermediate is replaced below the same root", "New intermediate", presentation{next: true, slot: renewed})
	intermediate.asks = []judge.Check{ask("IB-11", "has not pinned the intermediate", judge.All(judge.FetchedUnder(2), judge.FetchedEach(5)))}
	root := drill("root", "root and intermediate are replaced; the device trusts the old root and the new one", "New chain", presentation{root: newRoot, slot: renewed})
	root.asks = []judge.Check{ask("IB-12", "is served by the test endpoint, and in production before and after the change", judge.All(judge.FetchedUnder(2), judge.FetchedEach(5)))}

	late := https("change/root-not-imported", "rotation", "root and intermediate are replaced; the device trusts the old root alone",
		page(), announce("New chain", presentation{root: newRoot, slot: renewed}), await(api.Completed), page())
	late.trusts, late.control = []string{oldRoot}, "change/root"
	late.asks = []judge.Check{ask("IB-05", "is served before the change, and refuses the chain that it does not know", judge.RejectsChanged("unknown-root"))}

	sudden := https("change/emergency", "rotation", "a certificate that was on no test endpoint", page(), emergency("Key compromise", presentation{slot: renewed}, nil), page())
	sudden.asks = []judge.Check{ask("IB-15", "goes on under the new certificate", judge.FetchedUnder(2))}
	off := https("change/emergency-version", "rotation", "TLS 1.2 is switched off at once", page(),
		emergency("TLS 1.2 is off", presentation{slot: renewed}, func(r tlspeer.Rules) tlspeer.Rules {
			r.MinVersion = tls.VersionTLS13
			return r
		}), page())
	off.needs = []device.Capability{"tls:1.3"}
	off.asks = []judge.Check{ask("IB-15", "goes on over TLS 1.3", judge.FetchedUnder(2))}
	return []scene{leaf, intermediate, root, late, sudden, off}
}
