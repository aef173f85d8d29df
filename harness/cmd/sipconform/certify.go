package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sipconform/sipconform/harness/capacity"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// jobsPerCore is how many scenarios run at the same time on each core. It is large
// because scenarios mostly wait for media and for devices.
const jobsPerCore = 12

func certify(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("certify", flag.ContinueOnError)
	name := flags.String("device", "",
		"device under test: a name below fixtures/devices, or the path of a device.yaml; the reference device if empty")
	vendors := vendorsFlag(flags)
	filter := flags.String("filter", "", "label expression, such as 'vendor:twilio && area:srtp'")
	asOf := flags.String("as-of", "", "date whose revisions are asked, YYYY-MM-DD; today if empty")
	folder := flags.String("out", "report", "folder of the report")
	jobs := flags.Int("jobs", 0, "scenarios at the same time; 0 for 12 a core")
	seed := flags.Uint64("seed", 1, "seed of keys, tags and nonces")
	shuffle := flags.Uint64("shuffle", 0, "seed of the order in which scenarios are begun; 0 for the plan's")
	depth := flags.String("evidence", string(engine.Failures), "how much evidence to keep: none, failures or full")
	resume := flags.Bool("resume", false,
		"go on with the run that did not come to its end in the folder of -out; the other flags as they were")
	parts := newShardFlags(flags)
	signing := flags.String("sign", "", "Ed25519 private key in PEM, to sign the record with")
	where := newNetworkFlags(flags)
	page := pageFlag(flags)
	waiverFile := waiversFlag(flags)
	earlier := againstFlag(flags)
	sarifFile := flags.String("sarif", "", "file that the fails and deviations are written to in SARIF 2.1.0, for a code host; none if empty")
	coverage := flags.Bool("full-coverage", false, "make the outcome inconclusive if this machine cannot emulate something")
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() > 0 {
		return exitUsage, usage("%q is not a flag; name the device with -device", flags.Arg(0))
	}
	o := scenarios.Options{
		Filter: *filter, Seed: *seed, Shuffle: *shuffle, Jobs: *jobs, Depth: engine.Depth(*depth), FullCoverage: *coverage, Resume: *resume,
	}
	if *jobs == 0 {
		o.Jobs = jobsPerCore * runtime.NumCPU()
	}
	if *jobs < 0 {
		return exitUsage, usage("-jobs %d is negative; use 1 or more, or 0 for the default", *jobs)
	}
	switch o.Depth {
	case engine.NoEvidence, engine.Failures, engine.Full:
	default:
		return exitUsage, usage("-evidence %q: use one of none, failures, full", *depth)
	}
	key, err := signingKey(*signing)
	if err != nil {
		return exitUsage, err
	}
	if o.Waivers, err = loadWaivers(ctx, *waiverFile); err != nil {
		return exitUsage, err
	}
	if o.Against, err = readEarlier(ctx, *earlier); err != nil {
		return exitUsage, err
	}
	if err := parts.apply(ctx, &o, *folder); err != nil {
		return exitUsage, err
	}
	if o.Resume && *asOf == "" {
		if *asOf, err = dayOf(*folder); err != nil {
			return exitUsage, usageError{err}
		}
	}
	if *asOf != "" {
		if o.AsOf, err = time.Parse(time.DateOnly, *asOf); err != nil {
			return exitUsage, usage("-as-of %q is not a date like 2026-01-31", *asOf)
		}
	}
	found, err := newFindings(*sarifFile, *name)
	if err != nil {
		return exitUsage, err
	}
	live, err := openPage(*page)
	if err != nil {
		return exitUsage, err
	}
	defer live.Close()
	if o.Device, o.Isolation, err = scenarios.Choose(ctx, *name); err != nil {
		return exitUsage, unusable(err)
	}
	if err := where.apply(&o, flags); err != nil {
		return exitUsage, err
	}
	if err := live.entered(); err != nil {
		return exitUsage, err
	}
	o.Process = watched()
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	if o.Out, err = filepath.Abs(*folder); err != nil {
		return exitUsage, usageError{err}
	}
	return run(ctx, known, o, outputs{key, live, found, *folder, parts}, out)
}

// outputs are what a run is told in beside the console.
type outputs struct {
	key    ed25519.PrivateKey // that signs the record; nil for none
	live   *livePage
	found  *findings
	folder string // of the report, as its user calls it
	parts  *shardFlags
}

// run certifies a device, and signs the record if there is a key.
func run(ctx context.Context, library *scenarios.Library, o scenarios.Options, to outputs, out io.Writer) (int, error) {
	live := to.live
	if o.Isolation == scenarios.Loopback {
		fmt.Fprintln(os.Stderr, "this machine gives no namespaces: the device shares its loopback, "+
			"and only the device's own configuration leads it to the mocks")
	}
	if err := available(ctx, o.Device); err != nil {
		return exitUsage, unusable(err)
	}
	style := styleOf(out)
	out = &lines{out: out} // which a person's tasks and the progress share
	desk, leave := attend(ctx, &o, out, style)
	defer leave()
	style.Live = style.Live && desk == nil
	var progress *report.Progress
	o.Begun = func(s *plan.Scenario, log *observation.Log) {
		progress.Begun(s.ID)
		live.begun(s, log)
	}
	o.Ended = func(s *plan.Scenario) { progress.Ended(s.ID) }
	o.Done = func(r results.Result) {
		progress.Done(r)
		live.done(r)
	}
	c, err := scenarios.Prepare(ctx, library, o)
	if err != nil {
		return exitUsage, unusable(err)
	}
	defer c.Close()
	tellMistyped(library, o.Filter)
	if o.Isolation == scenarios.Namespace {
		fmt.Fprintln(os.Stderr, "isolation: "+c.Guarantees.String())
	}
	if limited := c.Limited(); limited != "" {
		fmt.Fprintln(os.Stderr, "scenarios run "+limited)
	}
	if err := live.start(ctx, certifying(c, o, desk, to.folder)); err != nil {
		return exitHarness, err
	}
	progress = report.NewProgress(out, report.ProgressOptions{Style: style, Total: len(c.Plan.Scenarios), Quiet: desk != nil})
	defer context.AfterFunc(ctx, func() {
		fmt.Fprintf(os.Stderr, "%v: the run ends in order, and another one ends it at once\n", context.Cause(ctx))
	})()
	all := c.Engine.Run(ctx, c.Plan)
	progress.Close()
	leave()
	concluded, unwritten := c.Conclude(all)
	live.over(concluded)
	if unwritten == nil && to.key != nil {
		unwritten = record.Sign(o.Out, to.key)
	}
	if err := to.found.write(concluded, library); unwritten == nil {
		unwritten = err
	}
	defer tellWaivers(o.Waivers, concluded, library)
	status, err := tell(out, concluded, unwritten, library, style, to.folder)
	if err == nil {
		status = to.parts.status(concluded, status)
	}
	return status, err
}

// tellMistyped tells of labels that no scenario has, in a filter that selects something all the same.
func tellMistyped(library *scenarios.Library, filter string) {
	for _, sentence := range plan.Mistyped(library.Scenarios, filter) {
		fmt.Fprintln(os.Stderr, "the filter: "+sentence)
	}
}

// styleOf returns how to write to the user: in colour to a terminal that has it.
func styleOf(out io.Writer) report.Style {
	if f, ok := out.(*os.File); ok {
		return report.StyleOf(f, os.Getenv)
	}
	return report.Style{}
}

// signingKey reads the private key at a path, nil if the path is empty. Its errors are the
// user's.
func signingKey(path string) (ed25519.PrivateKey, error) {
	if path == "" {
		return nil, nil
	}
	key, err := record.PrivateKey(path)
	if err != nil {
		return nil, usageError{err}
	}
	return key, nil
}

// tell prints a run that ended, even if its report was not written, and returns the exit
// status.
func tell(out io.Writer, run *results.Run, unwritten error, library *scenarios.Library, style report.Style, folder string) (int, error) {
	if run == nil {
		return exitHarness, unwritten
	}
	options := report.TextOptions{Style: style, Folder: folder, Requirements: report.Known(library.Requirements.All())}
	if unwritten == nil {
		options.Page = filepath.Join(folder, report.HTMLFile)
	}
	err := report.Text(out, run, options)
	if unwritten != nil {
		return exitHarness, fmt.Errorf("%s: the report in %s is not complete: %w",
			cmp.Or(observation.Shortage(unwritten), "report-not-written"), folder, errors.Join(unwritten, err))
	}
	if run.Incomplete != "" && run.Merged == nil {
		fmt.Fprintln(os.Stderr, "certify -resume goes on with it; give it the other flags that the run was given")
	}
	return results.ExitCode(run.Outcome), err
}

// dayOf returns the day whose rules the run asked about that is to go on.
func dayOf(folder string) (string, error) {
	content, err := journal.Read(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s holds no run that did not come to its end: begin one without -resume", folder)
	case err != nil:
		return "", err
	}
	return content.Header.AsOf, nil
}

// unusable is an error that is found before anything runs: the user's, unless the machine is short of something.
func unusable(err error) error {
	if cause := observation.Shortage(err); cause != "" {
		return fmt.Errorf("%s: %w", cause, err)
	}
	if errors.As(err, new(*capacity.Shortage)) {
		return err
	}
	return usageError{err}
}

// available asks the device for its version, so that a program that is not installed
// is one error of the set-up and not one in each scenario.
func available(ctx context.Context, d device.Device) error {
	ctx, cancel := context.WithTimeout(ctx, versionWait)
	defer cancel()
	if _, err := d.Version(ctx); err != nil && !errors.Is(err, device.ErrUnsupported) {
		return fmt.Errorf("device %s does not tell its version: %w", d.Name(), err)
	}
	return nil
}
