package engine

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Ran is what a shard ran of a plan.
type Ran struct {
	Number    int
	Scenarios []string // its own
	Places    map[journal.Place]journal.Ran
	// Observed reads what was observed at a place, and checks that it is what the shard wrote. It is an error that wraps
	// [fs.ErrNotExist] if nothing is kept.
	Observed func(journal.Ran) ([]observation.Event, error)
}

// Whole is what the shards of a plan come to together.
type Whole struct {
	// Results are those of the plan, in its order, and then those of controls in other configurations.
	Results []results.Result
	// Repeated are the results of controls in the shards whose result does not count, and in all where they differ.
	Repeated []results.Result
	// Unasked are scenarios that are open beside the other shards, and that their own shard, which saw no reason for that, did not
	// ask again in the device's configurations.
	Unasked []string
}

// Merge judges what the shards of a plan saw, all of it together, and writes the evidence. It runs nothing. It is an error that
// what a shard observed cannot be read.
func (e *Engine) Merge(p *plan.Plan, shards []Ran) (Whole, error) {
	m := &merger{e: e, plan: p, all: shards, shards: make(map[int]Ran), byID: make(map[string]*plan.Scenario), raws: make(map[Spot]*raw),
		configurations: configurations(e.config.Device), came: make(map[string]*Standing), instead: make(map[string]results.Result)}
	for _, s := range shards {
		m.shards[s.Number] = s
	}
	for _, s := range p.Scenarios {
		m.byID[s.ID] = s
	}
	m.again = &Again{
		Scenario: func(id string) *plan.Scenario { return m.byID[id] }, Prior: p.Prior(), Asked: m.asked, Judge: m.judge,
		Shards: func(id string) []int { return m.ran(journal.Place{Scenario: id}) },
	}
	for _, s := range p.Ordered() {
		m.own(s)
	}
	whole := m.whole()
	return whole, errors.Join(m.unread...)
}

// merger judges what shards saw.
type merger struct {
	e              *Engine
	plan           *plan.Plan
	again          *Again
	all            []Ran
	shards         map[int]Ran
	byID           map[string]*plan.Scenario
	raws           map[Spot]*raw // with their observations until the evidence is written
	unread         []error
	offered        []judge.Elsewhere // nil until a scenario needs them
	configurations []device.Configuration

	came     map[string]*Standing      // what counts in the own set-up; of those that differ, Reconcile says what
	instead  map[string]results.Result // what counts in their place, of those that were concluded in a configuration
	repeated []results.Result
}

// ran returns the shards that ran a scenario at a place, first the one whose result counts: that which has the scenario as its
// own or, if that did not come to it, the first.
func (m *merger) ran(at journal.Place) (numbers []int) {
	for _, s := range m.all {
		switch _, ran := s.Places[at]; {
		case ran && slices.Contains(s.Scenarios, at.Scenario):
			numbers = slices.Insert(numbers, 0, s.Number)
		case ran:
			numbers = append(numbers, s.Number)
		}
	}
	return numbers
}

func place(at Spot) journal.Place {
	return journal.Place{Scenario: at.Scenario, Configuration: at.Configuration}
}

// asked reports whether a shard knows what happened at a spot.
func (m *merger) asked(at Spot) bool {
	_, ran := m.shards[at.Shard].Places[place(at)]
	return ran && m.raw(at) != nil
}

// raw returns what became of a scenario at a spot, nil if its observations are not there: a shard that came to no verdict in a
// configuration keeps none.
func (m *merger) raw(at Spot) *raw {
	if one, known := m.raws[at]; known {
		return one
	}
	m.raws[at] = nil
	shard := m.shards[at.Shard]
	was := shard.Places[place(at)]
	one := &raw{result: blank(m.byID[at.Scenario]), start: was.Start, judged: was.Result == nil}
	if was.Result != nil {
		one.result = *was.Result
	}
	one.result.DurationMS = was.DurationMS
	if was.Observations != "" {
		events, err := shard.Observed(was)
		switch {
		case err != nil && at.Configuration == "":
			m.unread = append(m.unread, fmt.Errorf("shard %d: what was observed in %s cannot be read: %w", at.Shard, at.Scenario, err))
			return nil
		case err != nil:
			return nil
		}
		one.events, one.keys = events, judge.Offered(events)
	}
	m.raws[at] = one
	return one
}

// judge judges what a shard saw at a spot.
func (m *merger) judge(s *plan.Scenario, at Spot, rests Rests) *Standing {
	one := m.raw(at)
	if judge.Unexplained(one.events) {
		rests.Elsewhere = m.elsewhere(at.Scenario)
	}
	if i := m.number(at.Configuration); i > 0 {
		s = Leave(s, m.e.config.Requirements, m.configurations[i-1].GivesUp)
	}
	standing := m.e.stand(s, one, rests)
	standing.Result.Shard, standing.Result.Configuration = at.Shard, at.Configuration
	return standing
}

// number returns that of a configuration, from 1; 0 for the own set-up.
func (m *merger) number(configuration string) int {
	return 1 + slices.IndexFunc(m.configurations, func(c device.Configuration) bool { return c.Name == configuration })
}

// elsewhere returns the keys of all other scenarios in the device's own set-up, whichever shard ran them, in the plan's order.
func (m *merger) elsewhere(id string) []judge.Elsewhere {
	if m.offered == nil {
		m.offered = []judge.Elsewhere{}
		for _, s := range m.plan.Scenarios {
			for _, shard := range m.again.Shards(s.ID) {
				if keys := m.keys(Spot{Scenario: s.ID, Shard: shard}); len(keys) > 0 {
					m.offered = append(m.offered, judge.Elsewhere{Scenario: s.ID, Keys: keys})
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(m.offered), func(e judge.Elsewhere) bool { return e.Scenario == id })
}

// keys returns those that stand in the descriptions at a spot.
func (m *merger) keys(at Spot) []media.Keying {
	one, known := m.raws[at]
	if !known {
		defer delete(m.raws, at) // memory may have no room for the observations of all
		one = m.raw(at)
	}
	if one == nil {
		return nil
	}
	return one.keys
}

// own makes the results of a scenario in the device's own set-up final.
func (m *merger) own(s *plan.Scenario) {
	var spots []Spot
	for _, shard := range m.again.Shards(s.ID) {
		if at := (Spot{Scenario: s.ID, Shard: shard}); m.asked(at) {
			spots = append(spots, at)
		}
	}
	if len(spots) > 0 {
		counts := *m.again.Stand(spots[0])
		counts.Result = m.settle(spots)
		m.came[s.ID] = &counts
	}
}

// settle returns the result that counts of those at the spots of a scenario, the first of which counts, and writes the
// evidence of all.
func (m *merger) settle(spots []Spot) results.Result {
	var all []results.Result
	for _, at := range spots {
		all = append(all, m.again.Stand(at).Result)
	}
	_, agree := Reconcile(all)
	for i, at := range spots {
		folder := at.Scenario
		if n := m.number(at.Configuration); n > 0 {
			folder = (&instead{number: n}).folder(folder)
		}
		if i > 0 {
			folder = path.Join(ShardFolder(at.Shard), folder)
		}
		all[i] = m.e.witnessed(all[i], m.raw(at), folder, !agree || all[i].Telling())
	}
	counts, _ := Reconcile(all)
	for i, r := range all {
		if r.Repeated = true; i > 0 || !agree {
			m.repeated = append(m.repeated, r)
		}
	}
	return counts
}
