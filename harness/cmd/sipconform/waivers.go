package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/waivers"
	"github.com/sipconform/sipconform/scenarios"
)

// waiversFlag defines -waivers.
func waiversFlag(flags *flag.FlagSet) *string {
	return flags.String("waivers", "", "file of waivers: faults that somebody accepts until a day, which do not count then, "+
		"and are shown all the same")
}

// loadWaivers reads the file of -waivers, nil if none is named. Its errors are the user's.
func loadWaivers(ctx context.Context, path string) (*waivers.List, error) {
	if path == "" {
		return nil, nil
	}
	l, err := waivers.Load(ctx, path)
	if err != nil {
		return nil, usageError{fmt.Errorf("-waivers: %w", err)}
	}
	return l, nil
}

// tellWaivers tells of waivers that do not do in a run what their owners may think.
func tellWaivers(l *waivers.List, run *results.Run, library *scenarios.Library) {
	if run == nil {
		return
	}
	for _, sentence := range l.Tell(run, library.Labels) {
		fmt.Fprintln(os.Stderr, printable.Line(sentence))
	}
}
