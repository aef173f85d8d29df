package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/internal/userfile"
)

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
	write := map[string]func(io.Writer, *compare.Comparison) error{
		"text": diffText, "json": diffJSON, "markdown": diffMarkdown,
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
	c := compare.Verdicts(before, after, *part)
	if err := write(out, c); err != nil {
		return exitHarness, err
	}
	if len(c.Changes) > 0 {
		return exitDifferent, nil
	}
	return exitDone, nil
}

// readVerdicts reads a baseline, or the verdicts of a results.json.
func readVerdicts(ctx context.Context, path string) (*compare.Baseline, error) {
	data, err := userfile.ReadFile(ctx, path, userfile.MaxRecord)
	if err != nil {
		return nil, unfinished(path, err)
	}
	return compare.Read(data)
}
