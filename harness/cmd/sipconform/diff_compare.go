package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
)

// comparisonSchema names the format of a [comparison] in JSON.
const comparisonSchema = "sipconform/diff/v1"

// comparison is how the verdicts of one run differ from those of another.
type comparison struct {
	Schema  string           `json:"schema"`
	Old     compared         `json:"old"`
	New     compared         `json:"new"`
	Counts  comparisonCounts `json:"counts"`
	Changes []changedVerdict `json:"changes"` // the worst first
}

// compared is one of the two runs.
type compared struct {
	Device   string                  `json:"device"`
	Version  string                  `json:"version"`  // "" if the device does not tell it
	Verdicts map[verdict.Verdict]int `json:"verdicts"` // how many have each, of what is compared
}

// comparisonCounts count what is compared, by what became of it.
type comparisonCounts struct {
	Compared int `json:"compared"`
	Same     int `json:"same"`
	Worse    int `json:"worse"`
	New      int `json:"new"`
	Gone     int `json:"gone"`
	Other    int `json:"other"`
	Better   int `json:"better"`
}

// changedVerdict is a result that is not what it was.
type changedVerdict struct {
	Name   string     `json:"name"`   // of the result, which begins with the scenario's ID
	Change changeKind `json:"change"` // "worse", "new", "gone", "other" or "better"
	Was    *ruling    `json:"was"`    // null if it was not there
	Is     *ruling    `json:"is"`     // null if it is not there
}

// ruling is a verdict and its cause.
type ruling struct {
	Verdict verdict.Verdict `json:"verdict"`
	Cause   string          `json:"cause"`
}

func (r *ruling) String() string {
	if r == nil {
		return "not there"
	}
	return fmt.Sprintf("%s (%s)", r.Verdict, r.Cause)
}

// changeKind is what a change means for the device.
type changeKind string

const (
	becameWorse  changeKind = "worse"
	becameNew    changeKind = "new"
	isGone       changeKind = "gone"
	isOther      changeKind = "other" // neither better nor worse, such as another cause
	becameBetter changeKind = "better"
)

// changeKinds is every kind, in the order in which a reader wants to see them.
var changeKinds = [...]changeKind{becameWorse, becameNew, isGone, isOther, becameBetter}

// compareVerdicts compares the results of two runs or, if part is set, those that the new one has.
func compareVerdicts(before, after *baseline, part bool) *comparison {
	c := &comparison{Schema: comparisonSchema, Old: before.compared(), New: after.compared(), Changes: []changedVerdict{}}
	all := union(before.Verdicts, after.Verdicts)
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
		kind := changeOf(was, is)
		*c.Counts.of(kind)++
		c.Changes = append(c.Changes, changedVerdict{name, kind, was, is})
	}
	slices.SortStableFunc(c.Changes, func(a, b changedVerdict) int {
		kinds := slices.Index(changeKinds[:], a.Change) - slices.Index(changeKinds[:], b.Change)
		return cmp.Or(kinds, verdict.Compare(a.stands(), b.stands()))
	})
	return c
}

// changeOf says what a change means. What is not shown any more is worse if it was good; if it was not, the fault may have gone
// or be hidden.
func changeOf(was, is *ruling) changeKind {
	silent := func(v verdict.Verdict) bool { return v == verdict.Observed || v == verdict.NotApplicable }
	good := func(v verdict.Verdict) bool { return v == verdict.Pass || v == verdict.Deviation }
	switch {
	case was == nil:
		return becameNew
	case is == nil:
		return isGone
	case was.Verdict == is.Verdict, silent(is.Verdict) && !good(was.Verdict):
		return isOther
	case silent(is.Verdict):
		return becameWorse
	case silent(was.Verdict) && is.Verdict == verdict.Pass:
		return becameBetter
	case verdict.Compare(is.Verdict, was.Verdict) < 0:
		return becameWorse
	}
	return becameBetter
}

// of is the count of a kind.
func (c *comparisonCounts) of(kind changeKind) *int {
	switch kind {
	case becameWorse:
		return &c.Worse
	case becameNew:
		return &c.New
	case isGone:
		return &c.Gone
	case becameBetter:
		return &c.Better
	}
	return &c.Other
}

// stands is the verdict that the result has now, or had if it is gone.
func (c changedVerdict) stands() verdict.Verdict { return cmp.Or(c.Is, c.Was).Verdict }

func (b *baseline) compared() compared {
	return compared{b.Device, b.Version, make(map[verdict.Verdict]int)}
}

// ruling returns that of a result, nil if there is none of that name.
func (b *baseline) ruling(name string) *ruling {
	v, known := b.Verdicts[name]
	if !known {
		return nil
	}
	return &ruling{v, b.Causes[name]}
}
