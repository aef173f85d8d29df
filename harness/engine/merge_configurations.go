package engine

import (
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
)

// whole returns what all shards come to, once [merger.own] is through. What is open in the device's own set-up is what it is in
// a configuration, if its shard asked it again there and came to a verdict.
func (m *merger) whole() Whole {
	var open []*plan.Scenario
	for _, s := range m.plan.Scenarios {
		one := m.came[s.ID]
		if one != nil && one.Result.Cause != results.ShardsDisagree && m.e.reopens(one) {
			open = append(open, s)
		}
	}
	var controls []results.Result
	unasked := make(map[string]bool)
	for i, c := range m.configurations {
		in := &instead{configuration: c, number: i + 1}
		var rest []*plan.Scenario
		kept, concluded := make(map[Spot]bool), make(map[string]bool)
		for _, s := range open {
			at := Spot{Scenario: s.ID, Configuration: c.Name, Shard: m.came[s.ID].Result.Shard}
			allowed := in.asks(s, Leave(s, m.e.config.Requirements, c.GivesUp))
			_, ran := m.shards[at.Shard].Places[place(at)]
			switch {
			case allowed && !ran:
				unasked[s.ID] = true
				rest = append(rest, s)
			case !allowed || !m.concluded(at):
				rest = append(rest, s)
			default:
				concluded[s.ID] = true
				m.resting(at, kept)
			}
		}
		open = rest
		for _, s := range m.plan.Scenarios {
			spots := m.among(s.ID, c.Name, kept)
			if len(spots) == 0 {
				continue
			}
			counts := m.settle(spots)
			if !concluded[s.ID] {
				controls = append(controls, counts)
				continue
			}
			own := m.came[s.ID].Result
			counts.Own = &own
			m.instead[s.ID] = counts
		}
	}
	w := Whole{Repeated: m.repeated}
	for _, s := range m.plan.Scenarios {
		one := m.came[s.ID]
		if one == nil {
			continue // no shard came to it
		}
		r, concluded := m.instead[s.ID]
		if !concluded {
			r = one.Result
		}
		if unasked[s.ID] && !concluded {
			w.Unasked = append(w.Unasked, s.ID)
		}
		w.Results = append(w.Results, r)
	}
	w.Results = append(w.Results, controls...)
	return w
}

// concluded reports whether a shard's configuration led to a verdict on a scenario, with the controls that it was asked with.
func (m *merger) concluded(at Spot) bool {
	for s := m.byID[at.Scenario]; s != nil; s = m.byID[s.Control] {
		if !m.asked(Spot{s.ID, at.Configuration, at.Shard}) {
			return false
		}
	}
	return concludes(m.again.Stand(at).Result.Verdict)
}

// resting adds to the set a spot and those that it rests on in its configuration.
func (m *merger) resting(at Spot, set map[Spot]bool) {
	if !m.asked(at) || set[at] {
		return
	}
	set[at] = true
	for _, id := range m.byID[at.Scenario].Rests() {
		m.resting(Spot{id, at.Configuration, at.Shard}, set)
	}
}

// among returns the spots of a scenario in a configuration that are in the set, first the one whose result counts.
func (m *merger) among(id, configuration string, set map[Spot]bool) (spots []Spot) {
	for _, shard := range m.ran(place(Spot{Scenario: id, Configuration: configuration})) {
		if at := (Spot{id, configuration, shard}); set[at] {
			spots = append(spots, at)
		}
	}
	return spots
}
