package main

import (
	"slices"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
)

// shards files what a merged record has of controls that ran in several shards. Where they differ, that which counts stands among
// the repeated ones, and what stands among the results says so.
func (v *verifier) shards() {
	if v.run.Merged == nil {
		return
	}
	for i := range v.run.Merged.Repeated {
		r := &v.run.Merged.Repeated[i]
		p := engine.Spot{Scenario: r.Scenario, Configuration: r.Configuration, Shard: r.Shard}
		if was := v.recorded[p]; was != nil {
			v.disputed[p] = was
		} else {
			v.order = append(v.order, p)
		}
		v.recorded[p] = r
		v.kept = v.kept || r.Evidence.Observations != ""
	}
}

// ran returns the shards that ran a scenario in the device's own set-up, first the one whose result counts.
func (v *verifier) ran(id string) (numbers []int) {
	for _, p := range v.order {
		if p.Scenario == id && p.Configuration == "" {
			numbers = append(numbers, p.Shard)
		}
	}
	return numbers
}

// ownSetUps returns what was recorded in the device's own set-up, in the plan's order.
func (v *verifier) ownSetUps() (all []engine.Spot) {
	seen := make(map[string]bool)
	for _, p := range v.order {
		if seen[p.Scenario] || p.Configuration != "" {
			continue
		}
		seen[p.Scenario] = true
		for _, shard := range v.ran(p.Scenario) {
			all = append(all, engine.Spot{Scenario: p.Scenario, Shard: shard})
		}
	}
	return all
}

// reconciled checks that what counts of controls which several shards ran is what their results give.
func (v *verifier) reconciled() {
	if v.run.Merged == nil {
		return
	}
	checked := make(map[engine.Spot]bool) // without the shard
	for _, p := range v.order {
		one := engine.Spot{Scenario: p.Scenario, Configuration: p.Configuration}
		if checked[one] {
			continue
		}
		checked[one] = true
		first := v.recorded[p]
		counts := first
		if d := v.disputed[p]; d != nil {
			counts = d
		} else if first.Repeated {
			v.differ("%s: it is said to be repeated, and no result of it counts", first.Name())
			continue
		}
		if first.Repeated && first.Waived != nil {
			v.differ("%s: a waiver marks what does not count", first.Name())
		}
		var all []results.Result
		for _, other := range v.order {
			if other.Scenario == p.Scenario && other.Configuration == p.Configuration {
				r := *v.recorded[other]
				r.Repeated, r.Own = false, counts.Own
				all = append(all, r)
			}
		}
		is, agree := engine.Reconcile(all)
		is.Waived = counts.Waived
		if agree == (v.disputed[p] != nil) {
			v.differ("%s: whether the shards that ran it differ is told wrongly: %d ran it", counts.Name(), len(all))
		} else if !agree {
			for _, d := range differences(counts, &is) {
				v.differ("%s: %s", counts.Name(), d)
			}
		}
	}
}

// divided checks what a record says of the shards of its plan: that each has what its own scenarios rest on, and no more; and
// of a merged record that every scenario of the plan is one shard's, and what each shard lacks.
func (v *verifier) divided(own *plan.Plan) {
	if s := v.run.Plan.Shard; s != nil {
		v.controlled(own, s.Number, s.Scenarios, s.Controls)
	}
	if v.run.Merged == nil {
		return
	}
	owners := make(map[string]int)
	for _, s := range v.run.Merged.Shards {
		v.controlled(own, s.Number, s.Scenarios, s.Controls)
		var missing []string
		for _, id := range slices.Concat(s.Scenarios, s.Controls) {
			if v.recorded[engine.Spot{Scenario: id, Shard: s.Number}] == nil {
				missing = append(missing, id)
			}
		}
		for _, d := range differences(s.Missing, missing) {
			v.differ("merged: what shard %d lacks%s", s.Number, d)
		}
		for _, id := range s.Scenarios {
			if owners[id]++; owners[id] > 1 {
				v.differ("merged: %s is a scenario of more than one shard", id)
			}
		}
	}
	for _, s := range own.Scenarios {
		if owners[s.ID] == 0 && len(v.run.Merged.Shards) == v.run.Merged.Of {
			v.differ("merged: %s is in no shard", s.ID)
		}
	}
}

// controlled checks the controls that a shard is said to run.
func (v *verifier) controlled(own *plan.Plan, number int, scenarios, controls []string) {
	needed := make(map[string]bool)
	var need func(id string)
	need = func(id string) {
		if s := v.scenarios[id]; s != nil {
			for _, other := range s.Rests() {
				if !needed[other] {
					needed[other] = true
					need(other)
				}
			}
		}
	}
	for _, id := range scenarios {
		need(id)
	}
	var want []string
	for _, s := range own.Scenarios {
		if needed[s.ID] && !slices.Contains(scenarios, s.ID) {
			want = append(want, s.ID)
		}
	}
	if !slices.Equal(want, controls) {
		v.differ("shard %d: its scenarios rest on %d of other shards, and it is said to run %d, or others", number, len(want), len(controls))
	}
}
