package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/userfile"
)

// baselineSchema names the format of a [baseline]. In that of its predecessor, what
// nothing binding was asked in is a pass.
const (
	baselineSchema   = "sipconform/baseline/v2"
	baselineSchemaV1 = "sipconform/baseline/v1"
)

// baseline is the verdicts of a run without anything that changes from run to run,
// so that a repository can keep it and a diff of it is readable.
type baseline struct {
	Schema   string                     `json:"schema"`
	Device   string                     `json:"device"`
	Version  string                     `json:"version,omitempty"`
	Verdicts map[string]verdict.Verdict `json:"verdicts"`
	Causes   map[string]string          `json:"causes"`
	// Served are the scenarios in which the device was served, in order.
	Served []string `json:"served,omitempty"`
}

func diff(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("diff", flag.ContinueOnError)
	record := flags.Bool("record", false, "write the verdicts of NEW to OLD as a baseline, instead of comparing")
	part := flags.Bool("part", false, "NEW is a filtered run: compare only what is in it")
	format := flags.String("format", "text", "output format: text, json, or markdown for a comment in CI, the worst first")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform diff [-record | -part] [-format FORMAT] OLD NEW\n"+
			"OLD is a results.json or a baseline, NEW a results.json.")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() != 2 {
		return exitUsage, usage("name two files: sipconform diff [-record | -part] OLD NEW")
	}
	write := map[string]func(*comparison, io.Writer) error{
		"text": (*comparison).text, "json": (*comparison).json, "markdown": (*comparison).markdown,
	}[*format]
	if write == nil {
		return exitUsage, unknownFormat(*format)
	}
	if *record && *format != "text" {
		return exitUsage, usage("-record writes a baseline, which has a format of its own: leave out -format %s", *format)
	}
	after, err := readVerdicts(ctx, flags.Arg(1))
	if err != nil {
		return exitUsage, usageError{err}
	}
	if *record {
		data, err := json.MarshalIndent(after, "", "  ")
		if err != nil {
			return exitHarness, err
		}
		if err := os.WriteFile(flags.Arg(0), append(data, '\n'), 0o644); err != nil {
			return exitUsage, usageError{err}
		}
		return exitDone, nil
	}
	before, err := readVerdicts(ctx, flags.Arg(0))
	if err != nil {
		return exitUsage, usageError{err}
	}
	c := compareVerdicts(before, after, *part)
	if err := write(c, out); err != nil {
		return exitHarness, err
	}
	if len(c.Changes) > 0 {
		return exitDifferent, nil
	}
	return exitDone, nil
}

func union[K cmp.Ordered, V any](a, b map[K]V) []K {
	ids := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(ids)
	return slices.Compact(ids)
}

// readVerdicts reads a baseline, or the verdicts of a results.json.
func readVerdicts(ctx context.Context, path string) (*baseline, error) {
	data, err := userfile.ReadFile(ctx, path, userfile.MaxRecord)
	if err != nil {
		return nil, unfinished(path, err)
	}
	b := new(baseline)
	if err := json.Unmarshal(data, b); err == nil {
		switch b.Schema {
		case baselineSchema:
			return b, nil
		case baselineSchemaV1:
			b.Schema = baselineSchema
			for id, v := range b.Verdicts {
				b.Verdicts[id] = results.FromV1(v, b.Causes[id])
			}
			return b, nil
		}
	}
	run, err := results.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	b = &baseline{Schema: baselineSchema, Device: run.Device.Name, Version: run.Device.Version,
		Verdicts: make(map[string]verdict.Verdict), Causes: make(map[string]string)}
	for _, r := range run.Results {
		b.Verdicts[r.Name()], b.Causes[r.Name()] = r.Verdict, r.Cause
		if r.Served {
			b.Served = append(b.Served, r.Name())
		}
	}
	slices.Sort(b.Served)
	return b, nil
}
