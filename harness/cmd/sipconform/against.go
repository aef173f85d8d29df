package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"

	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/userfile"
)

// againstFlag declares the flag that names an earlier run.
func againstFlag(flags *flag.FlagSet) *string {
	return flags.String("against", "", "earlier run to compare with: a results.json, its folder, or a baseline of diff "+
		"-record; no verdict depends on it")
}

// readEarlier reads an earlier run, nil if the path is empty. Its errors are the user's.
func readEarlier(ctx context.Context, path string) (*compare.Earlier, error) {
	if path == "" {
		return nil, nil
	}
	path = recordAt(path)
	data, err := userfile.ReadFile(ctx, path, userfile.MaxRecord)
	if err != nil {
		return nil, usageError{unfinished(path, err)}
	}
	earlier, err := compare.ReadEarlier(data)
	if err != nil {
		return nil, usage("-against %s: %w", path, err)
	}
	return earlier, nil
}

// recordAt returns the path of the record that a path of a file or of a report's folder names.
func recordAt(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, record.ResultsFile)
	}
	return path
}

// against checks what the record says of an earlier run: against that run if it is given, and otherwise against the
// record's own results.
func (v *verifier) against(earlier *compare.Earlier) {
	for _, fault := range compare.Faults(v.run) {
		v.differ("%s", fault)
	}
	if earlier == nil {
		if a := v.run.Against; a != nil {
			v.note("what an earlier run said is taken as it is recorded; -against names that run, whose SHA-256 is %s", a.Of)
		}
		return
	}
	for _, d := range differences(comparedWith{v.run.Against}, comparedWith{earlier.Against(v.run)}) {
		v.differ("%s", d)
	}
}

// comparedWith is what a record says of an earlier run, with its name.
type comparedWith struct {
	Against *results.Against `json:"against"`
}
