package main

import (
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/waivers"
)

// waived marks the results again by the waivers that the record holds, and compares the marks. That somebody accepts a fault is
// the word of the record alone, and so is told.
func (v *verifier) waived() {
	list, err := waivers.Of(v.run.Waivers)
	if err != nil {
		v.differ("waivers: %v", err)
		return
	}
	marked := make([]results.Result, len(v.run.Results))
	copy(marked, v.run.Results)
	applied := list.Mark(marked, v.run.AsOf, v.known.Labels)
	unknown := false // whether this version lacks a scenario, of which unknown tells
	for i := range marked {
		was := &v.run.Results[i]
		if v.scenarios[was.Scenario] == nil {
			unknown = true
			continue
		}
		for _, d := range differences(mark{was.Waived}, mark{marked[i].Waived}) {
			v.differ("%s: %s", was.Name(), d)
		}
		if own := was.Own; own != nil && own.Waived != nil {
			v.differ("%s: the result in the own set-up, which another stands for, is waived", was.Name())
		}
	}
	if !unknown {
		for _, d := range differences(applications{v.run.Waivers}, applications{applied}) {
			v.differ("%s", d)
		}
	}
	for _, w := range v.run.Waivers {
		v.note("a waiver is taken as it is recorded: by %s until %s: %s", w.Owner, w.Expiry, w.Reason)
	}
}

// mark and applications are what a record says of waivers, with its names.
type (
	mark struct {
		Waived *results.Waiver `json:"waived"`
	}
	applications struct {
		Waivers []results.Waiver `json:"waivers"`
	}
)
