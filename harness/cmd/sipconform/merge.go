package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/scenarios"
)

// maxMissing is how many missing scenarios a message names.
const maxMissing = 20

// merge makes the record of a whole plan from those of its shards.
func merge(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("merge", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	waiverFile := waiversFlag(flags)
	incomplete := flags.Bool("incomplete", false, "make the record of what is there, marked incomplete, even if shards are "+
		"missing or did not come to their end")
	signing := flags.String("sign", "", "Ed25519 private key in PEM, to sign the record with")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform merge [flags] OUT SHARD…\n"+
			"OUT is the folder of the report of the whole. SHARD is the folder of a run of certify -shard, the results.json in it, "+
			"or a folder of such folders.")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() < 2 {
		return exitUsage, usage("name the folder of the report, and those of all shards: sipconform merge [flags] OUT SHARD…")
	}
	key, err := signingKey(*signing)
	if err != nil {
		return exitUsage, err
	}
	waived, err := loadWaivers(ctx, *waiverFile)
	if err != nil {
		return exitUsage, err
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	o := scenarios.MergeOptions{Out: flags.Arg(0), Incomplete: *incomplete, Waivers: waived}
	for _, named := range flags.Args()[1:] {
		if filepath.Base(named) == record.ResultsFile {
			named = filepath.Dir(named)
		}
		o.Shards = append(o.Shards, named)
	}
	run, err := scenarios.Merge(ctx, known, o)
	var lacking *scenarios.Lacking
	switch {
	case errors.As(err, &lacking):
		tellLacking(lacking)
		return results.ExitCode(results.Undecided), nil
	case run == nil:
		return exitUsage, unusable(err)
	case err == nil && key != nil:
		err = record.Sign(o.Out, key)
	}
	defer tellWaivers(waived, run, known)
	return tell(out, run, err, known, styleOf(out), o.Out)
}

// tellLacking tells why there is nothing to merge yet.
func tellLacking(l *scenarios.Lacking) {
	for _, what := range l.What {
		complain("merge", errors.New(what))
	}
	for i, id := range l.Scenarios {
		if i == maxMissing {
			fmt.Fprintf(os.Stderr, "  and %d more\n", len(l.Scenarios)-i)
			break
		}
		fmt.Fprintf(os.Stderr, "  missing: %s\n", id)
	}
	fmt.Fprintln(os.Stderr, "run what is missing (certify -continue with the flags of that shard), or make a record of the "+
		"rest with -incomplete")
}
