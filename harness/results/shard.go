package results

import (
	"fmt"
	"slices"
	"time"
)

// Shard is the part of a plan that one of several machines ran. Its record claims nothing: `sipconform merge` makes
// that of the whole.
type Shard struct {
	Number int `json:"number"` // from 1
	Of     int `json:"of"`
	// Split is the same for all shards of one division of the plan.
	Split string `json:"split"`
	// Scenarios are its own, in the plan's order. Each scenario of the plan is in one shard's.
	Scenarios []string `json:"scenarios"`
	// Controls are those of other shards that its own rest on, and that were run here as well.
	Controls []string `json:"controls"`
}

func (s *Shard) String() string { return fmt.Sprintf("shard %d of %d", s.Number, s.Of) }

// Merged says which shards a record was made of.
type Merged struct {
	Of    int    `json:"of"` // how many there are
	Split string `json:"split"`
	// Shards are those that were there, by their number.
	Shards []MergedShard `json:"shards"`
	// Repeated are the results of controls that ran in more than one shard, but for the one that stands among the results. Where
	// they differ, what stands there says so, and all of them are here. What rests on a control, rests on that of its own shard.
	Repeated []Result `json:"repeated"`
}

// MergedShard is what a merged record says of one of its shards.
type MergedShard struct {
	Number     int       `json:"number"`
	Harness    Harness   `json:"harness"`
	Started    time.Time `json:"started"`
	DurationMS int64     `json:"duration_ms"`
	Scenarios  []string  `json:"scenarios"`
	Controls   []string  `json:"controls"`
	// Missing are those of its scenarios and controls that it did not run.
	Missing []string `json:"missing,omitempty"`
}

// ShardsDisagree is the cause of a result of a control that came out differently in several shards.
const ShardsDisagree = "shards-disagree"

// asked returns how many results of its plan a run that came to its end has.
func (r *Run) asked() int {
	if s := r.Plan.Shard; s != nil {
		return len(s.Scenarios) + len(s.Controls)
	}
	return r.Plan.Selected
}

// validateShards checks what a record says of shards.
func (r *Run) validateShards(fault func(format string, args ...any)) {
	for result := range r.Recorded() {
		own := result.Own
		switch {
		case r.Merged == nil && result.Shard != 0, r.Merged == nil && r.Plan.Shard == nil && result.Repeated:
			fault("%s: it names a shard, or says that it is repeated, in a record of no shards", result.Name())
		case own != nil && (own.Shard != result.Shard || own.Repeated != result.Repeated):
			fault("%s: it and what it was in the own set-up are of two shards", result.Name())
		}
	}
	if s := r.Plan.Shard; s != nil {
		if s.Number < 1 || s.Number > s.Of {
			fault("plan: %s does not exist", s)
		}
		for i := range r.Results {
			result := &r.Results[i]
			own, control := slices.Contains(s.Scenarios, result.Scenario), slices.Contains(s.Controls, result.Scenario)
			switch {
			case own == control:
				fault("%s: %s has it not once", result.Name(), s)
			case control != result.Repeated:
				fault("%s: it is marked as repeated where it is not, or the other way round", result.Name())
			}
		}
	}
	if r.Merged == nil {
		return
	}
	if len(r.Merged.Shards) != r.Merged.Of && r.Incomplete == "" {
		fault("merged: %d of %d shards are there, and the record is said to be complete", len(r.Merged.Shards), r.Merged.Of)
	}
	runs := make(map[int][]string)
	for _, s := range r.Merged.Shards {
		if len(s.Missing) > 0 && r.Incomplete == "" {
			fault("merged: shard %d did not come to its end, and the record is said to be complete", s.Number)
		}
		if s.Number < 1 || s.Number > r.Merged.Of || runs[s.Number] != nil {
			fault("merged: shard %d of %d does not exist, or is there twice", s.Number, r.Merged.Of)
		}
		runs[s.Number] = slices.Concat(s.Scenarios, s.Controls)
	}
	check := func(result *Result, repeated bool) {
		if result.Repeated != repeated || !slices.Contains(runs[result.Shard], result.Scenario) {
			fault("%s: shard %d does not have it, or it stands in the wrong place", result.Name(), result.Shard)
		}
	}
	for i := range r.Results {
		check(&r.Results[i], false)
	}
	for i := range r.Merged.Repeated {
		check(&r.Merged.Repeated[i], true)
	}
}
