package results

import (
	"errors"
	"fmt"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
)

// Validate checks what the JSON Schema cannot: dates exist, no scenario is judged
// twice under one revision and configuration, every verdict has a cause, waivers are in force, and
// summary and outcome follow from the results. It returns all faults, joined.
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
	}
	if want := Summarise(r.Results); r.Summary != want {
		fault("summary is %+v, the results give %+v", r.Summary, want)
	}
	if want, why := Decide(r); r.Outcome != want {
		fault("outcome is %q, the results give %q: %s", r.Outcome, want, why)
	}
	return errors.Join(faults...)
}

func known(v verdict.Verdict) bool {
	switch v {
	case verdict.Pass, verdict.Deviation, verdict.Fail, verdict.Inconclusive, verdict.NotApplicable, verdict.Error:
		return true
	}
	return false
}
