package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/redact"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// redacting makes a bundle of a report for publication, without secrets. Nothing is copied:
// every file is made again from the observations and results that are left.
func redacting(_ context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("redact", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	secrets := flags.String("secrets", "", "file of further secrets to take, one a line: passwords of the device's own, for example")
	folderOfLab := flags.String("lab", "", "folder of the lab that the device was configured for, whose password is taken, too")
	signing := flags.String("sign", "", "Ed25519 private key in PEM, to sign the bundle with")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform redact [flags] REPORT OUT\n"+
			"REPORT is the folder of a results.json, OUT a folder that is not there yet, or empty.")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() != 2 {
		return exitUsage, usage("name two folders: sipconform redact [flags] REPORT OUT")
	}
	key, err := signingKey(*signing)
	if err != nil {
		return exitUsage, err
	}
	words, err := secretsIn(*secrets)
	if err != nil {
		return exitUsage, usageError{err}
	}
	if *folderOfLab != "" {
		l, err := lab.Open(*folderOfLab)
		if err != nil {
			return exitUsage, usage("-lab: %w", err)
		}
		words = append(words, l.Account.Password)
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	folder, err := record.Open(flags.Arg(0))
	if err != nil {
		return exitUsage, usageError{err}
	}
	defer folder.Close()
	if err := vacant(flags.Arg(1)); err != nil {
		return exitUsage, usageError{err}
	}
	b := &bundle{from: folder, to: flags.Arg(1), known: known, redactor: redact.New(append(words, scene.Passwords()...)...),
		taken: make(map[string]int)}
	if err := b.make(); err != nil {
		return exitUsage, usageError{err}
	}
	if key != nil {
		if err := record.Sign(b.to, key); err != nil {
			return exitHarness, err
		}
	}
	for _, t := range b.run.Redacted.Taken {
		fmt.Fprintf(out, "taken in %d places: %s\n", t.Places, t.What)
	}
	for _, name := range b.run.Redacted.Unchecked {
		fmt.Fprintf(out, "%s: verify cannot check it without what was taken\n", name)
	}
	fmt.Fprintf(out, "%s: redacted; read it before you publish it\n", b.to)
	return exitDone, nil
}

// secretsIn reads a file of secrets.
func secretsIn(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(strings.Split(string(data), "\n"), func(line string) bool { return strings.TrimSpace(line) == "" }), nil
}

// vacant makes a folder, unless it is there and empty.
func vacant(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	there, err := os.ReadDir(dir)
	if err == nil && len(there) > 0 {
		err = fmt.Errorf("%s is not empty: name a folder that is not there yet", dir)
	}
	return err
}

// bundle is a redacted record that is being made.
type bundle struct {
	from     *record.Folder
	to       string
	known    *scenarios.Library
	redactor *redact.Redactor
	run      *results.Run
	taken    map[string]int // places by kind
}

// make writes the record without secrets. It first learns all of them.
func (b *bundle) make() error {
	data, err := b.from.Read(record.ResultsFile)
	if err != nil {
		return err
	}
	if b.run, err = results.Decode(bytes.NewReader(data)); err != nil {
		return err
	}
	if b.run.Schema != results.Schema {
		return fmt.Errorf("this is a record of %s: the version that wrote it knows it", b.run.Schema)
	}
	all := b.placed()
	for _, r := range all {
		events, _, err := stored(b.from, r)
		if err != nil {
			return err
		}
		for i := range events {
			b.redactor.Learn(&events[i])
		}
	}
	written := make(map[string]results.Evidence) // by the observations that it was made from
	for _, r := range all {
		observed := r.Evidence.Observations
		if err := b.rewrite(r); err != nil {
			return err
		}
		written[observed] = r.Evidence
	}
	for i := range b.run.Results {
		if files, known := written[b.run.Results[i].Evidence.Observations]; known {
			b.run.Results[i].Evidence = files
		}
	}
	clean := redact.Value(b.redactor, b.run)
	sum := sha256.Sum256(data)
	clean.Redacted = &results.Redacted{Of: hex.EncodeToString(sum[:]), Taken: []results.Taken{}}
	for _, what := range compare.Union(b.taken, nil) {
		clean.Redacted.Taken = append(clean.Redacted.Taken, results.Taken{What: what, Places: b.taken[what]})
	}
	b.run = clean
	return b.settle()
}

// placed returns the results that have observations.
func (b *bundle) placed() []*results.Result {
	var all []*results.Result
	seen := make(map[string]bool)
	for r := range b.run.Recorded() {
		switch observed := r.Evidence.Observations; {
		// Several results have the same in an unsolicited record, and where shards differ.
		case observed != "" && !seen[observed]:
			seen[observed] = true
			all = append(all, r)
		case observed == "":
			r.Evidence = results.Evidence{}
		}
	}
	return all
}

// stored reads a result's events, and when they began.
func stored(from *record.Folder, r *results.Result) (events []observation.Event, began time.Time, err error) {
	file, err := from.Open(r.Evidence.Observations)
	if err != nil {
		return nil, began, err
	}
	defer file.Close()
	if events, err = evidence.Read(file); err != nil {
		return nil, began, err
	}
	if r.Evidence.Ladder == "" {
		return events, began, nil
	}
	ladder, err := from.Open(r.Evidence.Ladder)
	if err != nil {
		return nil, began, err
	}
	defer ladder.Close()
	return events, evidence.Begun(ladder), nil
}

// rewrite writes a result's evidence without secrets.
func (b *bundle) rewrite(r *results.Result) error {
	events, began, err := stored(b.from, r)
	if err != nil {
		return err
	}
	for i := range events {
		events[i] = b.redactor.Event(events[i])
		for _, what := range events[i].Redacted {
			b.taken[what]++
		}
	}
	named := strings.TrimPrefix(path.Dir(r.Evidence.Observations), evidence.Root+"/")
	options := evidence.Options{Scenario: named, Start: began, Extent: evidence.ExtentOf(r.Evidence)}
	switch {
	case b.run.Unsolicited != nil:
		options.Extent = evidence.Text
	case !evidence.Earlier(r.Evidence):
	case r.Evidence.Capture == "" && r.Evidence.Chain == "" && !r.Telling():
		options.Extent = evidence.Least
	}
	r.Evidence, err = evidence.Write(b.to, events, options)
	return err
}

// settle writes the results, and names in them what verify finds otherwise now, until it
// finds nothing more.
func (b *bundle) settle() error {
	for {
		if err := report.Write(b.to, b.run, report.Known(b.known.Requirements.All())); err != nil {
			return err
		}
		folder, err := record.Open(b.to)
		if err != nil {
			return err
		}
		v := newVerifier(folder, b.run, b.known, io.Discard)
		v.again()
		if err := folder.Close(); err != nil {
			return err
		}
		before := len(b.run.Redacted.Unchecked)
		unchecked := append(b.run.Redacted.Unchecked, v.wrong...)
		slices.Sort(unchecked)
		if b.run.Redacted.Unchecked = slices.Compact(unchecked); len(b.run.Redacted.Unchecked) == before {
			return nil
		}
	}
}
