package main

import (
	"path"
	"slices"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/unsolicited"
	"github.com/sipconform/sipconform/mocks/profile"
)

// unsolicited judges what was seen in an unsolicited record again: every result of every registration, call and fetch.
func (v *verifier) unsolicited() {
	v.kept = true // a record of nothing is one, too
	u := v.run.Unsolicited
	product, revision, ok := v.served(u)
	if !ok {
		return
	}
	judge := unsolicited.NewJudge(product, revision, v.known.Scenarios, v.known.Requirements)
	var borne []results.Result
	last := int64(0)
	for i := range u.Seen {
		seen := &u.Seen[i]
		if seen.BeganMS < last {
			v.differ("%s: it stands after %s, which began later", seen.Name, u.Seen[i-1].Name)
		}
		last = seen.BeganMS
		if seen.Judged {
			borne = append(borne, v.episode(product, judge, seen)...)
		}
	}
	for i := range max(len(borne), len(v.run.Results)) {
		switch {
		case i >= len(borne):
			v.differ("%s: the observations give no such result", v.run.Results[i].Name())
		case i >= len(v.run.Results):
			v.differ("%s: the observations give it, and the record does not have it", borne[i].Name())
		case v.run.Results[i].Name() != borne[i].Name():
			v.differ("%s: the observations give %s in its place", v.run.Results[i].Name(), borne[i].Name())
			return
		default:
			v.compare(&v.run.Results[i], &borne[i])
		}
	}
	if hash := unsolicited.Hash(borne); !v.unchecked() && (hash != v.run.Plan.Hash || v.run.Plan.Selected != len(borne)) {
		v.differ("plan: recorded %d results with the hash %s; the observations give %d with %s",
			v.run.Plan.Selected, v.run.Plan.Hash, len(borne), hash)
	}
}

// served returns the product and the revision that were served.
func (v *verifier) served(u *results.Unsolicited) (*profile.Product, profile.Revision, bool) {
	i := slices.IndexFunc(v.known.Products, func(p *profile.Product) bool { return p.Vendor == u.Vendor && p.Product == u.Product })
	if i < 0 {
		v.differ("unsolicited: this version has no %s %s", u.Vendor, u.Product)
		return nil, profile.Revision{}, false
	}
	revision, err := v.known.Products[i].Named(u.Revision)
	if err != nil {
		v.differ("unsolicited: %v", err)
		return nil, revision, false
	}
	if want := []results.Revision{{Vendor: u.Vendor, Product: u.Product, Revision: u.Revision}}; !slices.Equal(want, v.run.Revisions) {
		v.differ("profiles: recorded %v, served was %v", v.run.Revisions, want)
	}
	return v.known.Products[i], revision, true
}

// episode judges one of those that were judged.
func (v *verifier) episode(product *profile.Product, judge *unsolicited.Judge, seen *results.Seen) []results.Result {
	e := unsolicited.Episode{Name: seen.Name, Role: profile.Role(seen.Role), Settings: seen.Settings, LeftOut: seen.LeftOut}
	named := v.observationsOf(seen)
	folder, err := evidence.Folder(seen.Name)
	if err == nil {
		e.Device, err = unsolicited.Address(seen.Device)
	}
	if err == nil {
		err = belong(named, folder)
	}
	if err == nil {
		e.Events, err = v.observed(named)
	}
	if err != nil {
		v.differ("%s: %v", seen.Name, err)
		return nil
	}
	judged := judge.Episode(&e)
	if is := unsolicited.Seen(&e, judged); !v.unchecked() {
		for _, d := range differences(seen, &is) {
			v.differ("%s: %s", seen.Name, d)
		}
		if role := unsolicited.RoleOf(product, e.Events); role != e.Role {
			v.differ("%s: recorded as %q, the observations are of %q", seen.Name, e.Role, role)
		}
	}
	for i := range e.Events {
		for _, what := range e.Events[i].Redacted {
			v.taken[what]++
		}
	}
	v.agents = append(v.agents, judged.Agents...)
	files := unsolicited.Files(&e)
	if evidence.Earlier(results.Evidence{Observations: named}) {
		files.Observations = named
	}
	for i := range judged.Results {
		judged.Results[i].Evidence = files
	}
	return judged.Results
}

// observationsOf returns the path of the observations of an episode.
func (v *verifier) observationsOf(seen *results.Seen) string {
	for i := range v.run.Results {
		if r := &v.run.Results[i]; r.Seen == seen.Name {
			return r.Evidence.Observations
		}
	}
	return path.Join(evidence.Root, seen.Name, evidence.PackedObservationsFile)
}

// unchecked tells that what was taken from a record had a part in what it says.
func (v *verifier) unchecked() bool {
	return v.run.Redacted != nil && len(v.run.Redacted.Unchecked) > 0
}

// compare compares a result with what it should be.
func (v *verifier) compare(was, is *results.Result) {
	if v.unsure[was.Name()] {
		v.note("%s: what was taken from the record had a part in it, so it is taken as it is recorded: %s", was.Name(), ruled(was))
		return
	}
	v.judged++
	if a, b := ruled(was), ruled(is); a != b {
		v.differ("%s: recorded %s, the observations say %s", was.Name(), a, b)
		v.wrong = append(v.wrong, was.Name())
		return
	}
	if all := differences(was, is); len(all) > 0 {
		v.wrong = append(v.wrong, was.Name())
		for _, d := range all {
			v.differ("%s: %s", was.Name(), d)
		}
	}
}

// bench checks what an unsolicited record says beside its results.
func (v *verifier) bench() {
	if v.run.Device.Name != nameless {
		v.differ("device: an unsolicited record names none; the device is said to be %q", v.run.Device.Name)
	}
	if len(v.run.Plan.Parts) > 0 || v.run.Plan.Filter != "" {
		v.differ("plan: an unsolicited record has no filter and claims nothing")
	}
}
