package infobip

import (
	"crypto/tls"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/api"
	mock "github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
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

// The kinds of change that the profile has a notice for.
const (
	ofCertificate = "certificate"
	ofSuites      = "suites"
	ofVersions    = "versions"
)

// renewal is a change of the certificate.
func renewal(title string, shows scene.Presentation) scene.Change {
	return scene.Change{Kind: ofCertificate, Title: title, Shows: &shows}
}

// drill is a change that is announced, is on the test endpoint before it is in
// production, and is made. The device gets five pages meanwhile.
func drill(c scene.Change) []scene.Step {
	return []scene.Step{
		scene.FetchPage(),
		scene.Announce(c), scene.Fetch(mock.Test, wildcardSite), scene.FetchPage(),
		scene.Await(api.InProgress), scene.FetchPage(),
		scene.Await(api.Completed), scene.FetchPage(),
	}
}

// fetches is how many pages the device gets in a drill.
const fetches = 5

// drilled is what a device is asked in every drill, beside the requirement that the
// drill is about.
func drilled(about ...judge.Check) []judge.Check {
	return append(about,
		scene.Ask("IB-06", "gets the test endpoint's page while the change is scheduled", judge.FetchedElsewhere),
		scene.Ask("IB-13", "gets every page, before the notice, until it is over and after the change", judge.FetchedEach(fetches)))
}

// changes are drills, and changes without notice.
func changes(p *profile.Product) []scene.Scene {
	return slices.Concat(certificateChanges(), tlsChanges(p), emergencies())
}

// certificateChanges are drills of the certificate.
func certificateChanges() []scene.Scene {
	through := judge.All(judge.FetchedUnder(2), judge.FetchedElsewhere, judge.FetchedEach(fetches))
	return []scene.Scene{
		{
			ID: "change/leaf", Title: "the leaf and its key are renewed",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default", Script: drill(renewal("New leaf", newLeaf)),
			Asks: drilled(
				scene.Ask("IB-10", "goes on under the renewed leaf", through),
				scene.Ask("IB-11", "has not pinned the leaf", judge.FetchedUnder(2)),
			),
		}, {
			ID: "change/intermediate", Title: "the intermediate is replaced below the same root",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default",
			Script: drill(renewal("New intermediate", newIntermediate)),
			Asks:   []judge.Check{scene.Ask("IB-11", "has not pinned the intermediate", through)},
		}, {
			ID: "change/root", Title: "root and intermediate are replaced; the device trusts the old root and the new one",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default", Script: drill(renewal("New chain", newChain)),
			Asks: []judge.Check{
				scene.Ask("IB-12", "is served by the test endpoint, and in production before and after the change", through),
			},
		}, {
			ID: "change/root-not-imported", Title: "root and intermediate are replaced; the device trusts the old root alone",
			Direction: plan.HTTPS, Area: "rotation", Control: "change/root",
			Device: scene.Device{Trusts: []string{oldRoot}},
			Script: []scene.Step{
				scene.FetchPage(), scene.Announce(renewal("New chain", newChain)), scene.Await(api.Completed), scene.FetchPage(),
			},
			Asks: []judge.Check{
				scene.AskRefusal("IB-05", "is served before the change, and refuses the chain that it does not know",
					judge.RejectsChanged("unknown-root")),
			},
		}, {
			ID: "change/status-page", Title: "the status page, in each state of a change",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default",
			Script: []scene.Step{
				scene.Announce(renewal("New leaf", newLeaf)), scene.Fetch(mock.Production, statusSite),
				scene.Await(api.InProgress), scene.Fetch(mock.Production, statusSite),
				scene.Await(api.Completed), scene.Fetch(mock.Production, statusSite),
			},
			Asks: []judge.Check{scene.Ask("IB-14", "reads the page while the change is scheduled, in progress and completed", judge.FetchedEach(3))},
		},
	}
}

// tlsChanges are drills of versions and suites. Of what remains, the device has
// something.
func tlsChanges(p *profile.Product) []scene.Scene {
	scenes := []scene.Scene{
		{
			ID: "change/version", Title: "TLS 1.2 is dropped",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default", Device: scene.Device{Needs: []device.Capability{"tls:1.3"}},
			Script: drill(scene.Change{Kind: ofVersions, Title: "TLS 1.2 is dropped", Rules: onlyTLS13}),
			Asks:   drilled(scene.Ask("IB-01", "goes on over TLS 1.3", judge.FetchedAfter("version"))),
		},
	}
	if !slices.ContainsFunc(vendor.NotEmulated(p.Revisions[0]), ofTLS13) {
		scenes = append(scenes, scene.Scene{
			ID: "change/version-replaced", Title: "a vendor that has TLS 1.2 alone replaces it by TLS 1.3",
			Direction: plan.HTTPS, Area: "rotation", Control: "change/version",
			Presumes: []string{"change/suite-tls1.3"}, // another version is another suite
			Vendor:   scene.Vendor{Settings: map[string]string{profile.TLSMax: "TLS 1.2"}},
			Device:   scene.Device{Needs: []device.Capability{"tls:1.2", "tls:1.3"}},
			Script:   drill(scene.Change{Kind: ofVersions, Title: "TLS 1.3 replaces TLS 1.2", Rules: onlyTLS13}),
			Asks:     drilled(scene.Ask("IB-01", "goes on over TLS 1.3", judge.FetchedAfter("version"))),
		})
	}
	for _, v := range []struct{ slug, version, requirement string }{{"tls1.3", "TLS 1.3", "IB-01"}, {"tls1.2", "TLS 1.2", "IB-02"}} {
		order := emulated(p, v.version)
		if len(order) < 2 {
			continue // the machine cannot take one away
		}
		scenes = append(scenes, scene.Scene{
			ID: "change/suite-" + v.slug, Title: "the suite that the vendor prefers of " + v.version + " is dropped",
			Direction: plan.HTTPS, Area: "rotation", Control: "suites/" + v.slug + "/order",
			Vendor: scene.Vendor{Settings: map[string]string{profile.TLSMin: v.version, profile.TLSMax: v.version}},
			Device: scene.Device{Needs: []device.Capability{device.Capability("tls:" + v.version[len("TLS "):])}},
			Script: drill(scene.Change{Kind: ofSuites, Title: tlspeer.SuiteName(order[0]) + " is dropped", Rules: without(order[0])}),
			Asks: drilled(scene.Ask(v.requirement, "goes on over another suite if it offers one",
				judge.UsesOneOf(order[1:], "", judge.FetchedAfter("suite")))),
		})
	}
	return scenes
}

// emergencies are changes without notice.
func emergencies() []scene.Scene {
	compromised, off := renewal("Key compromise", newLeaf), renewal("TLS 1.2 is off", newLeaf)
	off.Rules = onlyTLS13
	return []scene.Scene{
		{
			ID: "change/emergency", Title: "a certificate that was on no test endpoint",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default",
			Script: []scene.Step{scene.FetchPage(), scene.Emergency(compromised), scene.FetchPage()},
			Asks:   []judge.Check{scene.Ask("IB-15", "goes on under the new certificate", judge.FetchedUnder(2))},
		}, {
			ID: "change/emergency-version", Title: "TLS 1.2 is switched off at once",
			Direction: plan.HTTPS, Area: "rotation", Control: "connect/default", Device: scene.Device{Needs: []device.Capability{"tls:1.3"}},
			Script: []scene.Step{scene.FetchPage(), scene.Emergency(off), scene.FetchPage()},
			Asks:   []judge.Check{scene.Ask("IB-15", "goes on over TLS 1.3", judge.FetchedUnder(2))},
		},
	}
}

// onlyTLS13 are rules to which nothing but TLS 1.3 is left.
func onlyTLS13(r tlspeer.Rules) tlspeer.Rules {
	r.MinVersion, r.MaxVersion = tls.VersionTLS13, tls.VersionTLS13
	return r
}

// without returns a change that takes a suite away.
func without(suite uint16) func(tlspeer.Rules) tlspeer.Rules {
	return func(r tlspeer.Rules) tlspeer.Rules {
		r.Suites = slices.DeleteFunc(slices.Clone(r.Suites), func(s uint16) bool { return s == suite })
		return r
	}
}

// emulated are the product's suites of a version, in its order, that this machine has an engine for.
func emulated(p *profile.Product, version string) []uint16 {
	number, _ := tlspeer.VersionByName(version)
	r := p.Revisions[0]
	rules, err := vendor.Rules(r, map[string]string{profile.TLSMin: version, profile.TLSMax: version}, nil, nil)
	if err != nil {
		return nil // a profile whose suites are unknown is not read
	}
	return slices.DeleteFunc(rules.Suites, func(suite uint16) bool {
		lowest, highest := tlspeer.SuiteVersions(suite)
		return number < lowest || number > highest
	})
}

// ofTLS13 tells whether it is a suite of TLS 1.3 that this machine lacks.
func ofTLS13(missing tlspeer.Unavailable) bool {
	lowest, _ := tlspeer.SuiteVersions(missing.Number)
	return missing.Subject == tlspeer.Suite && lowest == tlspeer.TLS13
}
