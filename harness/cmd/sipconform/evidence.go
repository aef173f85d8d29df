package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/results"
)

// unpacking writes all files of a scenario's evidence, made from its observations.
func unpacking(_ context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("evidence", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform evidence REPORT SCENARIO [OUT]\n"+
			"makes every file of a scenario's evidence from its observations: ladder, certificates, captures, sound.\n"+
			"REPORT is the folder of a results.json, which stays as it is; OUT a folder that is not there yet, or empty,\n"+
			"and otherwise one named after the scenario.")
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() < 2 || flags.NArg() > 3 {
		return exitUsage, usage("name a report and a scenario: sipconform evidence REPORT SCENARIO [OUT]")
	}
	scenario := strings.ReplaceAll(strings.TrimPrefix(flags.Arg(1), "id:"), ":", "/")
	to := flags.Arg(2)
	if to == "" {
		to = strings.ReplaceAll(scenario, "/", "-")
	}
	folder, err := record.Open(flags.Arg(0))
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer folder.Close()
	of, err := seenOf(folder, scenario)
	if err != nil {
		return exitUsage, usageError{err}
	}
	if err := vacant(to); err != nil {
		return exitUsage, usageError{err}
	}
	for _, r := range of {
		into := to
		if len(of) > 1 {
			into = filepath.Join(to, filepath.FromSlash(strings.TrimPrefix(path.Dir(r.Evidence.Observations), evidence.Root+"/")))
		}
		if err := unpackInto(into, folder, r, out); err != nil {
			return exitHarness, err
		}
	}
	return exitDone, nil
}

// unpackInto writes the files of one result, and names them.
func unpackInto(into string, folder *record.Folder, r *results.Result, out io.Writer) error {
	events, began, err := stored(folder, r)
	if err != nil {
		return err
	}
	files, err := evidence.Write(into, events, evidence.Options{Start: began, Extent: evidence.Loose})
	if err != nil {
		return err
	}
	for _, name := range files.Files() {
		fmt.Fprintln(out, filepath.Join(into, name))
	}
	return nil
}

// seenOf returns the results of a scenario, or of what an unsolicited record has by that name, of which a record has
// observations: one each.
func seenOf(folder *record.Folder, name string) ([]*results.Result, error) {
	data, err := folder.Read(record.ResultsFile)
	if err != nil {
		return nil, err
	}
	run, err := results.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var of []*results.Result
	known := false
	for i := range run.Results {
		for r := &run.Results[i]; r != nil; r = r.Own {
			if r.Scenario != name && r.Seen != name {
				continue
			}
			known = true
			same := func(other *results.Result) bool { return other.Evidence.Observations == r.Evidence.Observations }
			if observed := r.Evidence.Observations; observed != "" && filepath.IsLocal(filepath.FromSlash(observed)) &&
				!slices.ContainsFunc(of, same) {
				of = append(of, r)
			}
		}
	}
	switch {
	case !known:
		return nil, fmt.Errorf("the record has no scenario %q: its IDs are in %s", name, record.ResultsFile)
	case len(of) == 0:
		return nil, fmt.Errorf("the record has no observations of %s: it did not run, or the run kept no evidence", name)
	}
	return of, nil
}
