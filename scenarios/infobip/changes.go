package infobip

import (
	"crypto/tls"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/api"
	mock "github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// The roots of the profile's bundle.
const (
	oldRoot = "global-root"
	newRoot = "next-global-root"
)

// What the vendor shows after a change: another leaf with another key, below the
// same intermediate, the next one, or another root.
var (
	newLeaf         = scene.Presentation{Slot: "renewed"}
	newIntermediate = scene.Presentation{Slot: "renewed", Next: true}
	newChain        = scene.Presentation{Slot: "renewed", Root: newRoot}
)

// drill is a change that is announced, is on the test endpoint before it is in
// production, and is made. The device gets five pages meanwhile.
func drill(change string, show scene.Presentation) []scene.Step {
	return []scene.Step{
		scene.FetchPage(),
		scene.Announce(change, show), scene.Fetch(mock.Test, wildcardSite), scene.FetchPage(),
		scene.Await(api.InProgress), scene.FetchPage(),
		scene.Await(api.Completed), scene.FetchPage(),
	}
}

// fetches is how many pages the device gets in a drill.
const fetches = 5

// changes are drills, and changes without notice.
func changes(*profile.Product) []scene.Scene {
	through := judge.All(judge.FetchedUnder(2), judge.FetchedEach(fetches))
	return []scene.Scene{
		{
			ID: "change/leaf", Title: "the leaf and its key are renewed",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default", Script: drill("New leaf", newLeaf),
			Asks: []judge.Check{
				scene.Ask("IB-06", "gets the test endpoint's page while the change is scheduled", judge.FetchedEach(2)),
				scene.Ask("IB-10", "goes on under the renewed leaf", through),
				scene.Ask("IB-11", "has not pinned the leaf", judge.FetchedUnder(2)),
			},
		}, {
			ID: "change/intermediate", Title: "the intermediate is replaced below the same root",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default", Script: drill("New intermediate", newIntermediate),
			Asks: []judge.Check{scene.Ask("IB-11", "has not pinned the intermediate", through)},
		}, {
			ID: "change/root", Title: "root and intermediate are replaced; the device trusts the old root and the new one",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default", Script: drill("New chain", newChain),
			Asks: []judge.Check{
				scene.Ask("IB-12", "is served by the test endpoint, and in production before and after the change", through),
			},
		}, {
			ID: "change/root-not-imported", Title: "root and intermediate are replaced; the device trusts the old root alone",
			Direction: plan.HTTPS, Area: "rotation", Control: "change/root",
			Device: scene.Device{Trusts: []string{oldRoot}},
			Script: []scene.Step{
				scene.FetchPage(), scene.Announce("New chain", newChain), scene.Await(api.Completed), scene.FetchPage(),
			},
			Asks: []judge.Check{
				scene.AskRefusal("IB-05", "is served before the change, and refuses the chain that it does not know",
					judge.RejectsChanged("unknown-root")),
			},
		}, {
			ID: "change/emergency", Title: "a certificate that was on no test endpoint",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default",
			Script: []scene.Step{scene.FetchPage(), scene.Emergency("Key compromise", newLeaf, nil), scene.FetchPage()},
			Asks:   []judge.Check{scene.Ask("IB-15", "goes on under the new certificate", judge.FetchedUnder(2))},
		}, {
			ID: "change/emergency-version", Title: "TLS 1.2 is switched off at once",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default", Device: scene.Device{Needs: []device.Capability{"tls:1.3"}},
			Script: []scene.Step{
				scene.FetchPage(), scene.Emergency("TLS 1.2 is off", newLeaf, withoutTLS12), scene.FetchPage(),
			},
			Asks: []judge.Check{scene.Ask("IB-15", "goes on over TLS 1.3", judge.FetchedUnder(2))},
		},
	}
}

// withoutTLS12 are rules from which TLS 1.2 was taken.
func withoutTLS12(r tlspeer.Rules) tlspeer.Rules {
	r.MinVersion = tls.VersionTLS13
	return r
}
