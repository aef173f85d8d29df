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
	"github.com/sipconform/sipconform/scenarios"
)

// verify judges the observations below a report anew and compares.
func verify(_ context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintln(flags.Output(), "usage: sipconform verify REPORT, the folder of a results.json") }
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
	library, err := scenarios.Load()
	if err != nil {
		return exitHarness, err
	}
	byID := make(map[string]*plan.Scenario)
	for _, s := range library.Scenarios {
		byID[s.ID] = s
	}
	judged, different := 0, 0
	for i := range run.Results {
		r := &run.Results[i]
		if r.Evidence.Observations == "" || len(r.Findings) == 0 || byID[r.Scenario] == nil {
			continue
		}
		events, err := evidence.ReadFile(filepath.Join(folder, filepath.FromSlash(r.Evidence.Observations)))
		if err != nil {
			return exitUsage, usageError{fmt.Errorf("%s: %w", r.Scenario, err)}
		}
		judged++
		again := engine.Judge(byID[r.Scenario], library.Requirements, events)
		if (again.Verdict != r.Verdict || again.Cause != r.Cause) && r.Cause != "control-not-passed" {
			different++
			fmt.Fprintf(out, "%s: recorded %s (%s), the observations say %s (%s)\n", r.Scenario, r.Verdict, r.Cause, again.Verdict, again.Cause)
		}
	}
	fmt.Fprintf(out, "%d scenarios judged again, %d differ\n", judged, different)
	if different > 0 {
		return exitDifferent, nil
	}
	return exitDone, nil
}
