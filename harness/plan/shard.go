package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// Shard is what one of several machines runs of a plan.
type Shard struct {
	Number, Of int // from 1
	// Split is the same for the shards of one division of a plan, and for no others.
	Split string
	// Scenarios are the IDs of its own, in the plan's order. Each scenario of a plan is in one shard's.
	Scenarios []string
	// Controls are the IDs of those in other shards that its own rest on, whatever lies between, in the plan's order. They are
	// run in this shard as well, so that no verdict rests on what another machine saw.
	Controls []string
}

// Weights estimates how long each scenario of a plan takes with a device. What the device cannot be asked takes nothing, and
// the rest what an earlier run measured, by ID. Without a measurement, a scenario takes as long as most do, and the time for
// which it waits.
func Weights(p *Plan, declared device.Capabilities, measured map[string]time.Duration) map[string]time.Duration {
	weights := make(map[string]time.Duration, len(p.Scenarios))
	for _, s := range p.Scenarios {
		weight, known := measured[s.ID]
		switch {
		case len(Missing(s, declared)) > 0:
			weight = 0
		case !known:
			weight = usualDuration + s.Idle
		}
		weights[s.ID] = weight
	}
	return weights
}

// usualDuration is what most scenarios take: the setting up, some messages, and media for about half of it.
const usualDuration = time.Second

// Split divides a plan into n shards of about the same weight. The same plan, n and weights give the same shards on every
// machine. No shard is empty, so that n is at most the number of scenarios.
//
// What others rest on is placed first, and then the rest, the heaviest first: each in the shard that has the least to do with it
// and with those that it rests on and that the shard lacks. So scenarios gather where their controls are, as far as the shards
// stay even.
func Split(p *Plan, n int, weights map[string]time.Duration) ([]Shard, error) {
	switch {
	case n < 1:
		return nil, fmt.Errorf("a plan cannot be divided into %d shards", n)
	case n > len(p.Scenarios):
		return nil, fmt.Errorf("the plan has %d scenarios, too few for %d shards: use at most as many", len(p.Scenarios), n)
	}
	d := &division{plan: p, weights: weights, byID: make(map[string]*Scenario), own: make([]map[string]bool, n),
		all: make([]map[string]bool, n), load: make([]time.Duration, n)}
	for k := range n {
		d.own[k], d.all[k] = make(map[string]bool), make(map[string]bool)
	}
	for _, s := range p.Scenarios {
		d.byID[s.ID] = s
	}
	order := d.order()
	for i, s := range order {
		d.place(s, len(order)-i)
	}
	return d.shards(), nil
}

// division is a plan that is being divided.
type division struct {
	plan     *Plan
	weights  map[string]time.Duration
	byID     map[string]*Scenario
	own, all []map[string]bool // by shard: its own scenarios, and these with what they rest on
	load     []time.Duration
}

// order returns the scenarios in the order in which they are placed.
func (d *division) order() []*Scenario {
	bearing := make(map[string]bool)
	for _, s := range d.plan.Scenarios {
		for _, id := range s.Rests() {
			bearing[id] = true
		}
	}
	ordered := d.plan.Ordered()
	slices.SortStableFunc(ordered, func(a, b *Scenario) int {
		switch {
		case bearing[a.ID] && bearing[b.ID]:
			return 0 // each follows what it rests on
		case bearing[a.ID]:
			return -1
		case bearing[b.ID]:
			return 1
		}
		return int(max(-1, min(1, d.weights[b.ID]-d.weights[a.ID])))
	})
	return ordered
}

// place puts a scenario into a shard; with it, so many are left.
func (d *division) place(s *Scenario, left int) {
	empty := 0
	for _, own := range d.own {
		if len(own) == 0 {
			empty++
		}
	}
	best, least := -1, time.Duration(0)
	for k := range d.own {
		if left <= empty && len(d.own[k]) > 0 {
			continue // the rest is needed so that no shard stays empty
		}
		load := d.load[k]
		for _, id := range d.lacking(k, s) {
			load += d.weights[id]
		}
		if best < 0 || load < least {
			best, least = k, load
		}
	}
	for _, id := range d.lacking(best, s) {
		d.all[best][id] = true
	}
	d.own[best][s.ID], d.load[best] = true, least
}

// lacking returns the IDs of a scenario and of what it rests on, of those that a shard does not run so far.
func (d *division) lacking(k int, s *Scenario) []string {
	var ids []string
	var visit func(*Scenario)
	visit = func(s *Scenario) {
		if s == nil || d.all[k][s.ID] || slices.Contains(ids, s.ID) {
			return
		}
		ids = append(ids, s.ID)
		for _, id := range s.Rests() {
			visit(d.byID[id])
		}
	}
	visit(s)
	return ids
}

func (d *division) shards() []Shard {
	shards := make([]Shard, len(d.own))
	sum := sha256.New()
	for k := range shards {
		one := &shards[k]
		one.Number, one.Of = k+1, len(shards)
		for _, s := range d.plan.Scenarios {
			switch {
			case d.own[k][s.ID]:
				one.Scenarios = append(one.Scenarios, s.ID)
			case d.all[k][s.ID]:
				one.Controls = append(one.Controls, s.ID)
			}
		}
		fmt.Fprintln(sum, one.Number, strings.Join(one.Scenarios, " "))
	}
	for k := range shards {
		shards[k].Split = hex.EncodeToString(sum.Sum(nil))[:16]
	}
	return shards
}

// Shard returns what a shard runs of a plan, in its order. The hash, the revisions and the parts stay those of the whole, since
// that is what a shard is of.
func (p *Plan) Shard(one Shard) *Plan {
	part := *p
	part.Scenarios = nil
	for _, s := range p.Scenarios {
		if slices.Contains(one.Scenarios, s.ID) || slices.Contains(one.Controls, s.ID) {
			part.Scenarios = append(part.Scenarios, s)
		}
	}
	return &part
}
