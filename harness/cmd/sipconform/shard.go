package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/userfile"
	"github.com/sipconform/sipconform/scenarios"
)

// shardFlags are those of a command that runs a part of a plan.
type shardFlags struct {
	shard, durations string
	goOn, deferred   bool
}

func newShardFlags(flags *flag.FlagSet) *shardFlags {
	f := new(shardFlags)
	flags.StringVar(&f.shard, "shard", "", "run part I of N, written I/N and counted from 1, for merge to put together; "+
		"env:NAME/N takes I from a variable that counts from 0, such as JOB_COMPLETION_INDEX of Kubernetes")
	flags.StringVar(&f.durations, "durations", "",
		"with -shard: results.json of an earlier run, so that all parts take about as long; all parts need the same one")
	flags.BoolVar(&f.goOn, "continue", false,
		"begin, or go on as with -resume if the folder of -out holds this run or this part already, and no other; what a machine "+
			"that comes back needs")
	flags.BoolVar(&f.deferred, "defer", false,
		"with -shard: exit with 0 once the part has come to its end, whatever it came to; the verdict is merge's")
	return f
}

// apply sets what the flags say in the options of a run into a folder. Its errors are the user's.
func (f *shardFlags) apply(ctx context.Context, o *scenarios.Options, folder string) error {
	if f.goOn {
		switch _, err := journal.Read(folder); {
		case err == nil:
			o.Resume = true
		case !errors.Is(err, fs.ErrNotExist):
			return usageError{err}
		}
	}
	switch {
	case f.shard == "" && f.durations != "":
		return usage("-durations says how to divide a plan: it goes with -shard")
	case f.shard == "" && f.deferred:
		return usage("-defer leaves the verdict to merge: it goes with -shard")
	case f.shard == "":
		return nil
	}
	s, err := parseShard(f.shard, os.LookupEnv)
	if err != nil {
		return err
	}
	if f.durations != "" {
		run, err := readDurations(ctx, f.durations)
		if err != nil {
			return usage("-durations: %w", err)
		}
		s.Durations = scenarios.Durations(run)
	}
	o.Shard = s
	return nil
}

func readDurations(ctx context.Context, path string) (*results.Run, error) {
	data, err := userfile.ReadFile(ctx, path, userfile.MaxRecord)
	if err != nil {
		return nil, err
	}
	return results.Decode(strings.NewReader(string(data)))
}

// parseShard reads I/N, counted from 1, or env:NAME/N, where the variable NAME counts from 0.
func parseShard(text string, lookup func(string) (string, bool)) (*scenarios.Shard, error) {
	which, all, ok := strings.Cut(text, "/")
	of, err := strconv.Atoi(all)
	if !ok || err != nil || of < 1 {
		return nil, usage("-shard %q: write I/N, such as 2/8, or env:NAME/8", text)
	}
	name, named := strings.CutPrefix(which, "env:")
	first := 1
	if named {
		first = 0
		if which, ok = lookup(name); !ok {
			return nil, usage("-shard %q: there is no variable %s", text, cmp.Or(name, "without a name"))
		}
	}
	number, err := strconv.Atoi(which)
	if err != nil || number < first || number > of-1+first {
		return nil, usage("-shard %q: %q is no number from %d to %d", text, which, first, of-1+first)
	}
	return &scenarios.Shard{Number: number + 1 - first, Of: of}, nil
}

// status returns the exit status of a run that was told with another.
func (f *shardFlags) status(run *results.Run, status int) int {
	if f.deferred && run != nil && run.CutShort() == "" {
		return exitDone
	}
	return status
}
