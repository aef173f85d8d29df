package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// verify judges the stored observations of a report again and compares the verdicts.
func verify(_ context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform verify [flags] REPORT, the folder of a results.json")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() != 1 {
		return exitUsage, usage("name the folder of a report")
	}
	folder := flags.Arg(0)
	run, err := results.Read(filepath.Join(folder, report.ResultsFile))
	if err != nil {
		return exitUsage, usageError{err}
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	byID := make(map[string]*plan.Scenario)
	for _, s := range known.Scenarios {
		byID[s.ID] = s
	}
	judged, different := 0, 0
	for i := range run.Results {
		r := &run.Results[i]
		if r.Evidence.Observations == "" || len(r.Findings)+len(r.Remarks) == 0 {
			continue // no observations were kept, or no rule judged them
		}
		s := byID[r.Scenario]
		if s == nil {
			fmt.Fprintf(out, "%s: this version has no such scenario\n", r.Scenario)
			continue
		}
		events, err := evidence.ReadFile(filepath.Join(folder, filepath.FromSlash(r.Evidence.Observations)))
		if err != nil {
			return exitUsage, usageError{fmt.Errorf("%s: %w", r.Scenario, err)}
		}
		judged++
		if again := engine.Judge(s, known.Requirements, events); !agrees(r, again) {
			different++
			fmt.Fprintf(out, "%s: recorded %s (%s), the observations say %s (%s)\n", r.Scenario, r.Verdict, r.Cause, again.Verdict, again.Cause)
		}
	}
	if judged == 0 {
		return exitUsage, usage("%s has no observations of scenarios that this version has, so there is nothing to judge again", folder)
	}
	fmt.Fprintf(out, "%d scenarios judged again, %d differ\n", judged, different)
	if different > 0 {
		return exitDifferent, nil
	}
	return exitDone, nil
}

// agrees reports whether judging again gives the recorded verdict and cause. If the
// verdict was withheld because of the control, the scenario's own observations must
// give a pass or a deviation.
func agrees(recorded *results.Result, again results.Result) bool {
	if recorded.Cause == engine.ControlNotPassed || recorded.Cause == engine.ControlNotServed {
		return recorded.Verdict == verdict.Inconclusive && (again.Verdict == verdict.Pass || again.Verdict == verdict.Deviation)
	}
	return again.Verdict == recorded.Verdict && again.Cause == recorded.Cause
}
