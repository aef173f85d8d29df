package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/scratch"
	"github.com/sipconform/sipconform/harness/unsolicited"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// bench records what devices do at a mock, and reports on it.
type bench struct {
	dir      string // as the user named it
	known    *scenarios.Library
	chosen   choice
	seed     uint64
	key      ed25519.PrivateKey // nil: the record is not signed
	log      *observation.Log
	folder   *journal.Folder
	scratch  *scratch.Folder
	recorder *unsolicited.Recorder
	stop     context.CancelFunc
	running  sync.WaitGroup

	writing sync.Mutex
	closed  bool // under writing
}

// openBench begins to record into a folder, which belongs to this process from then on. It is nil without a folder.
func openBench(said *serveFlags, chosen choice) (b *bench, err error) {
	dir := said.report
	switch {
	case dir == "" && said.sign != "":
		return nil, usage("-sign %s: there is no record to sign without -report", said.sign)
	case dir == "":
		return nil, nil
	}
	b = &bench{dir: dir, chosen: chosen, seed: said.seed}
	if b.key, err = signingKey(said.sign); err != nil {
		return nil, err
	}
	if b.known, err = library(*said.vendors); err != nil {
		return nil, err
	}
	if b.folder, err = journal.Claim(dir, os.Getpid()); err != nil {
		return nil, err
	}
	if err = b.folder.Clear(scenarios.Leftovers()); err == nil {
		b.scratch, err = scratch.New()
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// record records what a mock sees, until Close.
func (b *bench) record(mock *running) {
	if b == nil {
		return
	}
	b.log = mock.log
	b.recorder = unsolicited.NewRecorder(mock.log, mock.product, mock.Settings, b.scratch.Path)
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	b.running.Go(func() {
		defer b.log.Guard("", "recording what devices do")
		b.recorder.Run(ctx)
	})
}

// changed tells that the mock is about to be changed.
func (b *bench) changed() {
	if b != nil {
		b.recorder.Change()
	}
}

// Close ends the recording, and gives the folder up.
func (b *bench) Close() {
	if b == nil {
		return
	}
	if b.stop != nil {
		b.stop()
		b.running.Wait()
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	b.closed = true
	if b.scratch != nil {
		_ = b.scratch.Close() // what is left of it, the next program sweeps
	}
	_ = b.folder.Close()
}

// report writes the report on what was seen so far, in the place of an earlier one. The run is returned even if it cannot
// be written.
func (b *bench) report() (*results.Run, error) {
	b.writing.Lock()
	defer b.writing.Unlock()
	if b.closed {
		return nil, errors.New("serve ends")
	}
	if err := b.folder.Clear(scenarios.Leftovers()); err != nil {
		return nil, err
	}
	p, r := b.chosen.product, b.chosen.revision
	judge := unsolicited.NewJudge(p, r, b.known.Scenarios, b.known.Requirements)
	seen, err := b.recorder.Record(judge, b.dir)
	run := &results.Run{
		Harness: scenarios.Harness(""), Device: results.Device{Name: nameless, Agents: seen.Agents},
		AsOf: b.chosen.asOf.Format(time.DateOnly), Seed: b.seed, Started: b.log.Start().UTC(),
		DurationMS: time.Since(b.log.Start()).Milliseconds(),
		Plan:       results.Plan{Hash: unsolicited.Hash(seen.Results), Selected: len(seen.Results)},
		Revisions:  []results.Revision{{Vendor: p.Vendor, Product: p.Product, Revision: r.Revision}},
		Results:    seen.Results, NotEmulated: b.known.LacksAt(p.Vendor, p.Product),
		Unsolicited: &results.Unsolicited{Vendor: p.Vendor, Product: p.Product, Revision: r.Revision, Seen: seen.Seen,
			Forgotten: seen.Forgotten, Idle: seen.Idle},
	}
	run.Conclude()
	if err == nil {
		err = report.Write(b.dir, run, report.Known(b.known.Requirements.All()))
	}
	if err == nil && b.key != nil {
		err = record.Sign(b.dir, b.key)
	}
	return run, err
}

// nameless is the device of a record whose device nobody has described. What it calls itself is in agents.
const nameless = "unsolicited"

// conclude writes the last report, and tells it.
func (b *bench) conclude(out *lines, style report.Style) error {
	if b == nil {
		return nil
	}
	run, err := b.report()
	if run != nil {
		options := report.TextOptions{Style: style, Folder: b.dir, Requirements: report.Known(b.known.Requirements.All())}
		if err == nil {
			options.Page = filepath.Join(b.dir, report.HTMLFile)
		}
		text := report.Text(out, run, options)
		if err == nil {
			err = text
		}
	}
	if err != nil {
		return fmt.Errorf("the report in %s is not complete: %w", b.dir, err)
	}
	return nil
}

// summary tells a report in a line.
func (b *bench) summary(run *results.Run) string {
	_, why := results.Decide(run)
	return fmt.Sprintf("%d registrations, calls and fetches seen; %s; see %s", len(run.Unsolicited.Seen), why, b.dir)
}
