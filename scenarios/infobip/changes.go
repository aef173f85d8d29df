package infobip

import (
	"crypto/tls"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/api"
	mock "github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/scenarios/scene"
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
func (a infobipAPI) certificates() []scene.Scene {
	const refusal = "sends no request"
	var scenes []scene.Scene
	for _, d := range infobipDefects {
		s := scene.HTTPS("certificate/"+d.recipe, "certificate", d.title, page())
		s.Shows.Recipe, s.Control = d.recipe, scene.Base
		s.Asks = []judge.Check{scene.Ask(d.requirement, "refuses the connection: "+refusal, judge.Refuses(d.recipe))}
		scenes = append(scenes, s)
	}
	lacking := scene.HTTPS("certificate/root-not-imported", "certificate", "a trust store without the vendor's root", page())
	lacking.Trusts, lacking.Control = []string{newRoot}, scene.Base
	lacking.Asks = []judge.Check{scene.Ask("IB-05", "refuses the connection: "+refusal, judge.Refuses("unknown-root"))}
	return append(scenes, lacking)
}

// renewed is another leaf with another key.
const renewed = "renewed"

// changes are the drills: a change is announced, is on the test endpoint before
// it is in production, and is made; or it comes without notice.
func (a infobipAPI) changes() []scene.Scene {
	try := scene.Fetch(mock.Test, wildcardSite)
	drill := func(id, title, change string, show scene.Presentation) scene.Scene {
		return scene.HTTPS("change/"+id, "rotation", title, page(), scene.Announce(change, show), try, page(), scene.Await(api.InProgress), page(), scene.Await(api.Completed), page())
	}
	leaf := drill("leaf", "the leaf and its key are renewed", "New leaf", scene.Presentation{Slot: renewed})
	leaf.Asks = []judge.Check{
		scene.Ask("IB-06", "gets the test endpoint's page while the change is scheduled", judge.FetchedEach(2)),
		scene.Ask("IB-10", "goes on under the renewed leaf", judge.All(judge.FetchedUnder(2), judge.FetchedEach(5))),
		scene.Ask("IB-11", "has not pinned the leaf", judge.FetchedUnder(2)),
	}
	intermediate := drill("intermediate", "the intermediate is replaced below the same root", "New intermediate", scene.Presentation{Next: true, Slot: renewed})
	intermediate.Asks = []judge.Check{scene.Ask("IB-11", "has not pinned the intermediate", judge.All(judge.FetchedUnder(2), judge.FetchedEach(5)))}
	root := drill("root", "root and intermediate are replaced; the device trusts the old root and the new one", "New chain", scene.Presentation{Root: newRoot, Slot: renewed})
	root.Asks = []judge.Check{scene.Ask("IB-12", "is served by the test endpoint, and in production before and after the change", judge.All(judge.FetchedUnder(2), judge.FetchedEach(5)))}

	late := scene.HTTPS("change/root-not-imported", "rotation", "root and intermediate are replaced; the device trusts the old root alone",
		page(), scene.Announce("New chain", scene.Presentation{Root: newRoot, Slot: renewed}), scene.Await(api.Completed), page())
	late.Trusts, late.Control = []string{oldRoot}, "change/root"
	late.Asks = []judge.Check{scene.Ask("IB-05", "is served before the change, and refuses the chain that it does not know", judge.RefusesChanged("unknown-root"))}

	sudden := scene.HTTPS("change/emergency", "rotation", "a certificate that was on no test endpoint", page(), scene.Emergency("Key compromise", scene.Presentation{Slot: renewed}, nil), page())
	sudden.Asks = []judge.Check{scene.Ask("IB-15", "goes on under the new certificate", judge.FetchedUnder(2))}
	off := scene.HTTPS("change/emergency-version", "rotation", "TLS 1.2 is switched off at once", page(),
		scene.Emergency("TLS 1.2 is off", scene.Presentation{Slot: renewed}, func(r tlspeer.Rules) tlspeer.Rules {
			r.MinVersion = tls.VersionTLS13
			return r
		}), page())
	off.Needs = []device.Capability{"tls:1.3"}
	off.Asks = []judge.Check{scene.Ask("IB-15", "goes on over TLS 1.3", judge.FetchedUnder(2))}
	return []scene.Scene{leaf, intermediate, root, late, sudden, off}
}
