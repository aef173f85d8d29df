package engine

import (
	"slices"

	"github.com/sipconform/sipconform/harness/plan"
)

// Spot is where a scenario was asked: in which of the device's configurations, empty for its own set-up, and in which shard of
// the plan, 0 for a run on one machine.
type Spot struct {
	Scenario, Configuration string
	Shard                   int
}

// Own returns the spot in the device's own set-up.
func (s Spot) Own() Spot { return Spot{Scenario: s.Scenario, Shard: s.Shard} }

// Again judges again what was recorded, each scenario beside what it rests on.
//
// What a scenario rests on is that of its own shard: a control that another machine ran decides nothing for this one. Before it,
// in the order of the plan, come all scenarios of the role: as its shard ran them or, where it did not, as the shard did that
// counts.
type Again struct {
	// Scenario returns the scenario of an ID, nil if it is not known.
	Scenario func(id string) *plan.Scenario
	// Prior is that of the plan: see [plan.Plan.Prior].
	Prior map[string]string
	// Asked reports whether there is a record of a spot.
	Asked func(Spot) bool
	// Shards returns the shards that ran a scenario in the device's own set-up, first the one that counts.
	Shards func(id string) []int
	// Judge judges the scenario at a spot by its observations.
	Judge func(s *plan.Scenario, at Spot, rests Rests) *Standing

	standings, earlier map[Spot]*Standing
}

// Stand returns the standing at a spot, nil if there is no record of it, or no such scenario.
func (a *Again) Stand(at Spot) *Standing {
	if known := a.standings[at]; known != nil {
		return known
	}
	s := a.Scenario(at.Scenario)
	if s == nil || !a.Asked(at) {
		return nil
	}
	rests := restsOf(s, func(id string) *Standing {
		in := Spot{id, at.Configuration, at.Shard}
		if !a.Asked(in) {
			in = in.Own() // what was not asked in the configuration is as in the own set-up
		}
		return a.Stand(in)
	})
	if before := a.Prior[at.Scenario]; at.Configuration == "" && before != "" {
		rests.Earlier = a.before(before, at.Shard)
	}
	standing := a.Judge(s, at, rests)
	if at.Configuration != "" {
		standing = standing.After(a.Stand(at.Own()))
	}
	if a.standings == nil {
		a.standings = make(map[Spot]*Standing)
	}
	a.standings[at] = standing
	return standing
}

// before returns the standing of a scenario and those before it, for what comes after it in a shard. The keys are those that
// the device used in the scenario in any shard.
func (a *Again) before(id string, shard int) *Standing {
	at := Spot{Scenario: id, Shard: shard}
	if known := a.earlier[at]; known != nil {
		return known
	}
	ran := a.Shards(id)
	switch {
	case len(ran) == 0 && a.Prior[id] == "":
		return nil
	case len(ran) == 0: // the shard did not come to it
		return a.before(a.Prior[id], shard)
	}
	in := at
	if !slices.Contains(ran, shard) {
		in.Shard = ran[0]
	}
	one := a.Stand(in)
	if one == nil {
		return nil
	}
	if shard != 0 {
		seen := *one
		seen.rests.Earlier, seen.keys = nil, nil
		if before := a.Prior[id]; before != "" {
			seen.rests.Earlier = a.before(before, shard)
		}
		for _, k := range ran {
			if other := a.Stand(Spot{Scenario: id, Shard: k}); other != nil {
				seen.keys = append(seen.keys, other.keys...)
			}
		}
		one = &seen
	}
	if a.earlier == nil {
		a.earlier = make(map[Spot]*Standing)
	}
	a.earlier[at] = one
	return one
}
