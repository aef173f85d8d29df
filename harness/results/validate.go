package results

import (
	"errors"
	"fmt"
	"reflect"
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
	type run struct{ scenario, revisions, configuration string }
	seen := make(map[run]bool, len(r.Results))
	blamed := r.blamed()
	for i := range r.Results {
		result := &r.Results[i]
		key := run{result.Scenario, result.Revisions, result.Configuration}
		switch {
		case result.Scenario == "":
			fault("result %d names no scenario", i)
		case seen[key]:
			fault("%s: judged twice under revision %s", result.Scenario, result.Revisions)
		}
		seen[key] = true
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
		case (b != nil) != (result.Cause == BlockedCause):
			fault("%s: the cause is %q, and what blocks it is %v", result.Scenario, result.Cause, b)
		case b != nil && (result.Verdict != verdict.Inconclusive || !blamed[*b]):
			fault("%s: is %s, blocked by %s (%s), which is not a fault in this run", result.Scenario, result.Verdict, b.Scenario, b.Cause)
		}
	}
	if want := Summarise(r.Results); r.Summary != want {
		fault("summary is %+v, the results give %+v", r.Summary, want)
	}
	if want := Claims(r); !reflect.DeepEqual(r.withLists().Claims, list(want)) {
		fault("claims are %+v, the results give %+v", r.Claims, want)
	}
	if want, why := Decide(r); r.Outcome != want {
		fault("outcome is %q, the results give %q: %s", r.Outcome, want, why)
	}
	return errors.Join(faults...)
}

// blamed returns the faults that the run's own verdicts blame the device for.
func (r *Run) blamed() map[Blocked]bool {
	all := make(map[Blocked]bool)
	for i := range r.Results {
		result := &r.Results[i]
		if result.Verdict != verdict.Fail && result.Verdict != verdict.Deviation {
			continue
		}
		all[Blocked{result.Scenario, result.Cause}] = true
		for _, f := range result.Findings {
			if f.Verdict == verdict.Fail || f.Verdict == verdict.Deviation {
				all[Blocked{result.Scenario, f.Cause}] = true
			}
		}
	}
	return all
}

func known(v verdict.Verdict) bool {
	switch v {
	case verdict.Pass, verdict.Deviation, verdict.Fail, verdict.Inconclusive, verdict.NotApplicable, verdict.Observed, verdict.Error:
		return true
	}
	return false
}
