package report

import (
	"slices"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// count is the number of results with a verdict, and where its part of the bar lies.
type count struct {
	Verdict  verdict.Verdict
	N        int
	From, To float64 // percent
}

type cell struct {
	Verdict verdict.Verdict
	N       int
}

func counts(run *results.Run) []count {
	var all []count
	var from float64
	for _, v := range verdicts {
		c := count{Verdict: v, N: run.Summary.Of(v), From: from}
		c.To = from + 100*float64(c.N)/float64(max(1, len(run.Results)))
		from = c.To
		all = append(all, c)
	}
	return all
}

// Width returns the verdict's share of the bar, in percent.
func (c count) Width() float64 { return c.To - c.From }

// noCells returns an empty cell for each verdict.
func noCells() []cell {
	cells := make([]cell, len(verdicts))
	for i, v := range verdicts {
		cells[i].Verdict = v
	}
	return cells
}

func tally(cells []cell, v verdict.Verdict) {
	if i := slices.Index(verdicts[:], v); i >= 0 {
		cells[i].N++
	}
}

func filled(cells []cell) []cell {
	return slices.DeleteFunc(cells, func(c cell) bool { return c.N == 0 })
}
