// Package compare tells how the verdicts of one run differ from those of another, or from a baseline: what became worse,
// what is new, what is gone, what became better.
//
// The package serves this module and may change.
package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
)

// Schema names the format of a [Comparison] in JSON.
const Schema = "sipconform/diff/v1"

// Comparison is how the verdicts of one run differ from those of another.
type Comparison struct {
	Schema  string   `json:"schema"`
	Old     Side     `json:"old"`
	New     Side     `json:"new"`
	Counts  Counts   `json:"counts"`
	Changes []Change `json:"changes"` // the worst first
}

// Side is one of the two runs.
type Side struct {
	Device   string                  `json:"device"`
	Version  string                  `json:"version"`  // "" if the device does not tell it
	Verdicts map[verdict.Verdict]int `json:"verdicts"` // how many have each, of what is compared
}

// Counts count what is compared, by what became of it.
type Counts struct {
	Compared int `json:"compared"`
	Same     int `json:"same"`
	Worse    int `json:"worse"`
	New      int `json:"new"`
	Gone     int `json:"gone"`
	Other    int `json:"other"`
	Better   int `json:"better"`
}

// Change is a result that is not what it was.
type Change struct {
	Name   string  `json:"name"`   // of the result, which begins with the scenario's ID
	Change Kind    `json:"change"` // "worse", "new", "gone", "other" or "better"
	Was    *Ruling `json:"was"`    // null if it was not there
	Is     *Ruling `json:"is"`     // null if it is not there
}

// Ruling is a verdict and its cause.
type Ruling struct {
	Verdict verdict.Verdict `json:"verdict"`
	Cause   string          `json:"cause"`
}

func (r *Ruling) String() string {
	if r == nil {
		return "not there"
	}
	return fmt.Sprintf("%s (%s)", r.Verdict, r.Cause)
}

// Kind is what a change means for the device.
type Kind string

// The kinds.
const (
	Worse  Kind = "worse"
	New    Kind = "new"
	Gone   Kind = "gone"
	Other  Kind = "other" // neither better nor worse, such as another cause
	Better Kind = "better"
)

// Kinds returns every kind, in the order in which a reader wants to see them.
func Kinds() []Kind { return []Kind{Worse, New, Gone, Other, Better} }

// Verdicts compares the results of two runs or, if part is set, those that the new one has.
func Verdicts(before, after *Baseline, part bool) *Comparison {
	c := &Comparison{Schema: Schema, Old: before.side(), New: after.side(), Changes: []Change{}}
	all := Union(before.Verdicts, after.Verdicts)
	if part {
		all = slices.Sorted(maps.Keys(after.Verdicts))
	}
	c.Counts.Compared = len(all)
	for _, name := range all {
		was, is := before.ruling(name), after.ruling(name)
		if was != nil {
			c.Old.Verdicts[was.Verdict]++
		}
		if is != nil {
			c.New.Verdicts[is.Verdict]++
		}
		if was != nil && is != nil && *was == *is {
			c.Counts.Same++
			continue
		}
		kind := KindOf(was, is)
		*c.Counts.Of(kind)++
		c.Changes = append(c.Changes, Change{name, kind, was, is})
	}
	sortChanges(c.Changes)
	return c
}

// sortChanges puts the worst first.
func sortChanges(all []Change) {
	order := Kinds()
	slices.SortStableFunc(all, func(a, b Change) int {
		return cmp.Or(slices.Index(order, a.Change)-slices.Index(order, b.Change), verdict.Compare(a.stands(), b.stands()))
	})
}

// KindOf says what a change means. What is not shown any more is worse if it was good; if it was not, the fault may have gone
// or be hidden.
func KindOf(was, is *Ruling) Kind {
	silent := func(v verdict.Verdict) bool { return v == verdict.Observed || v == verdict.NotApplicable }
	good := func(v verdict.Verdict) bool { return v == verdict.Pass || v == verdict.Deviation }
	switch {
	case was == nil:
		return New
	case is == nil:
		return Gone
	case was.Verdict == is.Verdict, silent(is.Verdict) && !good(was.Verdict):
		return Other
	case silent(is.Verdict):
		return Worse
	case silent(was.Verdict) && is.Verdict == verdict.Pass:
		return Better
	case verdict.Compare(is.Verdict, was.Verdict) < 0:
		return Worse
	}
	return Better
}

// Of is the count of a kind.
func (c *Counts) Of(kind Kind) *int {
	switch kind {
	case Worse:
		return &c.Worse
	case New:
		return &c.New
	case Gone:
		return &c.Gone
	case Better:
		return &c.Better
	}
	return &c.Other
}

// stands is the verdict that the result has now, or had if it is gone.
func (c Change) stands() verdict.Verdict { return cmp.Or(c.Is, c.Was).Verdict }

func (b *Baseline) side() Side {
	return Side{b.Device, b.Version, make(map[verdict.Verdict]int)}
}

// ruling returns that of a result, nil if there is none of that name.
func (b *Baseline) ruling(name string) *Ruling {
	v, known := b.Verdicts[name]
	if !known {
		return nil
	}
	return &Ruling{v, b.Causes[name]}
}
