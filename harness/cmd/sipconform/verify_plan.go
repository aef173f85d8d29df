package main

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/scenarios"
)

// heading checks what follows from the results, and that the plan is the one that the
// filter gives on that day.
func (v *verifier) heading() {
	if fault := v.run.Validate(); fault != nil {
		for line := range strings.Lines(fault.Error()) {
			v.differ("%s", strings.TrimSuffix(line, "\n"))
		}
	}
	if v.run.Unsolicited != nil {
		v.bench()
		return
	}
	for i := range v.run.Results {
		r := &v.run.Results[i]
		if !slices.ContainsFunc(v.run.Plan.Parts, func(p results.Part) bool {
			return p.Vendor == r.Vendor && p.Product == r.Product && p.Role == r.Role
		}) {
			v.differ("%s: the plan has no part %s %s, %s", r.Scenario, r.Vendor, r.Product, r.Role)
		}
	}
	day, err := time.Parse(time.DateOnly, v.run.AsOf)
	if err != nil {
		return // Validate says so
	}
	own, err := v.known.Plan(v.run.Plan.Filter, day)
	if err != nil {
		v.differ("the plan cannot be made again: %v", err)
		return
	}
	v.own = own
	v.parts(own)
	v.hash(own)
	v.sequence(own)
	v.divided(own)
}

// emulatesLess reports whether this machine lacks something of the plan that the one of the
// record had, and so knows fewer scenarios.
func (v *verifier) emulatesLess(own *plan.Plan) bool {
	unknown := func(n results.NotEmulated) bool { return !slices.Contains(v.run.NotEmulated, n) }
	return own != nil && slices.ContainsFunc(v.known.Lacks(own), unknown)
}

// parts compares the plan's parts. A machine that emulates less than the one of the record
// knows fewer scenarios.
func (v *verifier) parts(own *plan.Plan) {
	less := v.emulatesLess(own)
	borne := func(o, p results.Part) bool {
		same := o.Vendor == p.Vendor && o.Product == p.Product && o.Role == p.Role && slices.Equal(o.Core, p.Core)
		return same && (o.Scenarios == p.Scenarios || less && o.Scenarios < p.Scenarios)
	}
	for i, p := range v.run.Plan.Parts {
		if !slices.ContainsFunc(own.Parts, func(o plan.Part) bool { return borne(scenarios.Part(o), p) }) {
			v.differ("%s %s, %s: this version has another core, or another number of scenarios, than the record says", p.Vendor, p.Product, p.Role)
		} else if i < len(own.Parts) && !less && !borne(scenarios.Part(own.Parts[i]), p) {
			v.differ("%s %s, %s: it stands in another place of the plan", p.Vendor, p.Product, p.Role)
		}
	}
	if len(v.run.Plan.Parts) != len(own.Parts) && !less {
		v.differ("the plan has %d parts, the record %d", len(own.Parts), len(v.run.Plan.Parts))
	}
	var revisions []results.Revision
	for _, r := range own.Revisions {
		revisions = append(revisions, results.Revision(r))
	}
	if !slices.Equal(revisions, v.run.Revisions) && !less {
		v.differ("profiles: recorded %v, the plan has %v", v.run.Revisions, revisions)
	}
}

// hash compares the plan's hash, and what could not be emulated.
func (v *verifier) hash(own *plan.Plan) {
	same := own.Hash == v.run.Plan.Hash && len(own.Scenarios) == v.run.Plan.Selected
	lacks := v.known.Lacks(own)
	switch alike := reflect.DeepEqual(lacks, v.run.NotEmulated) || len(lacks)+len(v.run.NotEmulated) == 0; {
	case alike && !same:
		v.differ("plan: recorded %d scenarios with the hash %s; filter %q gives %d with %s on %s",
			v.run.Plan.Selected, v.run.Plan.Hash, v.run.Plan.Filter, len(own.Scenarios), own.Hash, v.run.AsOf)
	case !alike && same:
		v.differ("not_emulated: the record says that its machine could not emulate %d things; the plan is that of a machine that lacks %d",
			len(v.run.NotEmulated), len(lacks))
	case !alike:
		v.note("this machine does not emulate the same as the one of the record: the plan's hash is taken as it is recorded")
	}
}

// sequence checks that the results are the plan's, in its order, and then those of
// controls in other configurations.
func (v *verifier) sequence(own *plan.Plan) {
	at := make(map[string]int)
	for i, s := range own.Scenarios {
		at[s.ID] = i
	}
	last, controls := -1, false
	for i := range v.run.Results {
		r := &v.run.Results[i]
		if r.Configuration != "" && r.Own == nil {
			controls = true
			continue
		}
		where, planned := at[r.Scenario]
		switch {
		case controls:
			v.differ("%s: it stands after the controls in other configurations", r.Name())
		case !planned && v.scenarios[r.Scenario] != nil:
			v.differ("%s: the plan does not have it", r.Name())
		case planned && where < last:
			v.differ("%s: it stands in another place than in the plan", r.Name())
		}
		last = max(last, where)
		v.controls(r)
	}
}

// controls checks that what a scenario rests on in a configuration is in the record.
func (v *verifier) controls(r *results.Result) {
	if r.Configuration == "" {
		return
	}
	for s := v.scenarios[r.Scenario]; s != nil && s.Control != ""; s = v.scenarios[s.Control] {
		own := engine.Spot{Scenario: s.Control, Shard: r.Shard}
		in := engine.Spot{Scenario: s.Control, Configuration: r.Configuration, Shard: r.Shard}
		if v.recorded[own] != nil && v.recorded[in] == nil {
			v.differ("%s: its control %s is not in the record under that configuration", r.Name(), s.Control)
		}
	}
}

// beside checks what the record says beside the verdicts.
func (v *verifier) beside() {
	is := *v.run
	is.Results, is.Claims, is.Manifest = nil, nil, nil // compared already
	was := is
	var err error
	if is.Harness.SelfTest, err = scenarios.SelfTest(is.Device.Name); err != nil {
		v.differ("%v", err)
	}
	if v.kept {
		is.Device.Agents = v.heard()
	}
	if v.own != nil {
		is.Advice = v.known.Advice(v.own, is.Device)
	}
	is.Redacted = v.redacted()
	if err := v.known.GivesUp(is.Device.Configurations); err != nil {
		v.differ("%v", err)
	}
	for _, d := range differences(&was, &is) {
		v.differ("%s", d)
	}
	if r := v.run.Redacted; r != nil {
		v.note("the record is redacted. It was made from the %s with the SHA-256 %s", "results.json", r.Of)
		for _, t := range r.Taken {
			v.note("taken in %d places: %s", t.Places, t.What)
		}
	}
}

// heard returns what the device called itself in the observations. In a configuration that
// came to no verdict, of which nothing is kept, it may have given another name.
func (v *verifier) heard() []string {
	heard := v.agents
	if len(v.run.Device.Configurations) > 0 {
		heard = append(slices.Clone(heard), v.run.Device.Agents...)
	}
	known := engine.Known(heard)
	if len(known) == 0 {
		return nil
	}
	return known
}

// redacted returns what the observations say was taken from the record.
func (v *verifier) redacted() *results.Redacted {
	if v.run.Redacted == nil && len(v.taken) == 0 {
		return nil
	}
	is := new(results.Redacted)
	if v.run.Redacted != nil {
		is.Of, is.Unchecked = v.run.Redacted.Of, v.run.Redacted.Unchecked
	}
	for what, places := range v.taken {
		is.Taken = append(is.Taken, results.Taken{What: what, Places: places})
	}
	slices.SortFunc(is.Taken, func(a, b results.Taken) int { return cmp.Compare(a.What, b.What) })
	return is
}
