package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/scenarios"
)

// conclude makes the report of a run that was killed from its journal.
func conclude(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("conclude", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	waiverFile := waiversFlag(flags)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform conclude [flags] FOLDER, that of a run that was killed or crashed")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() != 1 {
		return exitUsage, usage("name the folder of a run")
	}
	folder := flags.Arg(0)
	waived, err := loadWaivers(ctx, *waiverFile)
	if err != nil {
		return exitUsage, err
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	run, err := scenarios.Gather(ctx, known, folder, waived)
	switch {
	case run != nil:
	case errors.Is(err, fs.ErrNotExist):
		return exitUsage, usage("%s holds no run that did not come to its end", folder)
	default:
		return exitUsage, usageError{err}
	}
	style := styleOf(out)
	defer tellWaivers(waived, run, known)
	return tell(out, run, err, known, style, folder)
}

// unfinished explains why there is no record at a path, if a run did not come to its end
// there; otherwise it returns err.
func unfinished(path string, err error) error {
	folder := filepath.Dir(path)
	if content, broken := journal.Read(folder); errors.Is(err, fs.ErrNotExist) && broken == nil {
		return fmt.Errorf("the run in %s has not come to its end, %d of %d scenarios ran: if it was killed, sipconform conclude %s makes "+
			"its report, and certify -resume goes on", folder, len(content.Ran), content.Header.Plan.Selected, folder)
	}
	return err
}
