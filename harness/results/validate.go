package results

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
)

// Validate checks what the JSON Schema cannot: dates exist, no scenario is judged
// twice under one revision and configuration, every verdict has a cause, waivers are in
// force, what blocks a result is blamed in the run, and summary, claims and outcome
// follow from the results. It returns all faults, joined.
func (r *Run) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	if r.Schema != Schema {
		fault("schema is %q, not %q", r.Schema, Schema)
	}
	if _, err := time.Parse(time.DateOnly, r.AsOf); err != nil {
		fault("as_of: %q is not a date", r.AsOf)
	}
	r.validateShards(fault)
	type run struct {
		scenario, revisions, configuration, seen string
		shard                                    int // of one that is repeated
	}
	seen := make(map[run]bool, len(r.Results))
	blamed := r.blamed()
	for i, result := range r.all() {
		key := run{result.Scenario, result.Revisions, result.Configuration, result.Seen, 0}
		if result.Repeated {
			key.shard = result.Shard
		}
		switch {
		case result.Scenario == "":
			fault("result %d names no scenario", i)
		case seen[key]:
			fault("%s: judged twice under revision %s", result.Scenario, result.Revisions)
		}
		seen[key] = true
		if fault := r.misplaced(result); fault != nil {
			faults = append(faults, fault)
		}
		if !known(result.Verdict) {
			fault("%s: %q is not a verdict", result.Scenario, result.Verdict)
		}
		if result.Cause == "" {
			fault("%s: verdict without a cause", result.Scenario)
		}
		for _, f := range result.Findings {
			if !known(f.Verdict) {
				fault("%s: %s: %q is not a verdict", result.Scenario, f.Requirement, f.Verdict)
			}
		}
		if result.Waived != nil && !result.Waived.Holds(r.AsOf) {
			fault("%s: waiver is incomplete or has expired", result.Scenario)
		}
		switch b := result.Blocked; {
		case b == nil && result.Cause == BlockedCause:
			fault("%s: is blocked, and the record does not say by what", result.Scenario)
		case b != nil && result.Cause != BlockedCause:
			fault("%s: the cause is %q, although %s (%s) blocks it", result.Scenario, result.Cause, b.Scenario, b.Cause)
		case b != nil && (result.Verdict != verdict.Inconclusive || !blamed[*b]):
			fault("%s: is %s, blocked by %s (%s), which is not a fault in this run", result.Scenario, result.Verdict, b.Scenario, b.Cause)
		}
	}
	if want := Summarise(r.Results); r.Summary != want {
		fault("summary is %+v, the results give %+v", r.Summary, want)
	}
	for i, want := 0, Claims(r); i < max(len(r.Claims), len(want)); i++ {
		switch {
		case i >= len(want):
			fault("the record claims %s; the results give no such claim", r.Claims[i])
		case i >= len(r.Claims):
			fault("the results give %s; the record does not claim it", want[i])
		case !r.Claims[i].equal(want[i]):
			fault("the record claims %s; the results give %s", r.Claims[i], want[i])
		}
	}
	if want, why := Decide(r); r.Outcome != want {
		fault("outcome is %q, the results give %q: %s", r.Outcome, want, why)
	}
	return errors.Join(faults...)
}

// Recorded are all results of the record: of each scenario, with that in the device's own set-up if it was asked again, and those
// that are repeated in a merged record.
func (r *Run) Recorded() iter.Seq[*Result] {
	return func(yield func(*Result) bool) {
		for _, result := range r.all() {
			for ; result != nil; result = result.Own {
				if !yield(result) {
					return
				}
			}
		}
	}
}

// all returns the results, and those that are repeated in a merged record.
func (r *Run) all() []*Result {
	var all []*Result
	for i := range r.Results {
		all = append(all, &r.Results[i])
	}
	if r.Merged != nil {
		for i := range r.Merged.Repeated {
			all = append(all, &r.Merged.Repeated[i])
		}
	}
	return all
}

// blamed returns the faults that the run's own results show.
func (r *Run) blamed() map[Blocked]bool {
	all := make(map[Blocked]bool)
	blame := func(scenario string, v verdict.Verdict, cause string) {
		if v == verdict.Fail || v == verdict.Deviation {
			all[Blocked{scenario, cause}] = true
		}
	}
	for _, result := range r.all() {
		blame(result.Scenario, result.Verdict, result.Cause)
		for _, f := range slices.Concat(result.Findings, result.Remarks) {
			blame(result.Scenario, f.Verdict, f.Cause)
		}
	}
	return all
}

// equal reports whether two claims say the same.
func (c Claim) equal(other Claim) bool {
	same := slices.Equal(c.Missing, other.Missing) && c.LeftOut == other.LeftOut
	return same && c.String() == other.String()
}

func known(v verdict.Verdict) bool {
	switch v {
	case verdict.Pass, verdict.Deviation, verdict.Fail, verdict.Inconclusive, verdict.NotApplicable, verdict.Observed, verdict.Error:
		return true
	}
	return false
}
