package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/waivers"
)

// header returns what identifies the run in its journal.
func (c *Certification) header() journal.Header {
	r := c.record
	return journal.Header{
		Schema: journal.Schema, Harness: r.Harness, Device: r.Device, AsOf: r.AsOf, Seed: r.Seed, Started: r.Started,
		Plan: r.Plan, Revisions: r.Revisions, Evidence: string(c.options.Depth),
	}
}

// Leftovers are what runs leave in their folder.
func Leftovers() journal.Leftovers {
	return journal.Leftovers{
		Record: report.ResultsFile, Files: report.Leftovers(), Evidence: evidence.Root, EvidenceFiles: evidence.Files(),
		Ours: func(path string) error { _, err := results.Read(path); return err },
	}
}

// open claims the folder, and begins or resumes the journal there.
func (c *Certification) open() (err error) {
	if c.options.Out == "" {
		return nil
	}
	if c.folder, err = journal.Claim(c.options.Out, cmp.Or(c.options.Process, os.Getpid())); err != nil {
		return err
	}
	if !c.options.Resume {
		c.journal, err = c.folder.Begin(c.header(), Leftovers())
		return err
	}
	return c.resume()
}

// resume goes on with the journal in the folder.
func (c *Certification) resume() (err error) {
	if c.journal, err = c.folder.Resume(c.header(), Leftovers(), c.evidenceAt); err != nil {
		return err
	}
	c.record.Started, c.spent = c.journal.Before()
	return nil
}

// evidenceAt returns the folder of a scenario's evidence, below that of all evidence.
func (c *Certification) evidenceAt(at journal.Place) string {
	i := slices.IndexFunc(c.record.Device.Configurations, func(of results.Configuration) bool { return of.Name == at.Configuration })
	if i < 0 {
		return at.Scenario
	}
	return path.Join(engine.ConfigurationFolder(i+1), at.Scenario)
}

// done returns what is done with each result that is final.
func (c *Certification) done() func(results.Result) {
	return func(r results.Result) {
		r.Waived = c.options.Waivers.For(&r, c.record.AsOf, c.Library.Labels)
		if c.journal != nil {
			r.Role, r.Repeated = c.role(r.Scenario), c.repeats(r.Scenario)
			// Only readers of the run while it goes on miss a result that cannot be written.
			_ = c.journal.Result(r)
		}
		if c.options.Done != nil {
			c.options.Done(r)
		}
	}
}

// settle removes what only a run that goes on needs, once the report of one that came to
// its end is written. A shard keeps its journal, for the whole is made of that.
func (c *Certification) settle(run *results.Run) error {
	switch {
	case c.merged != nil:
		return c.journal.Remove() // the shards have theirs
	case run.Incomplete != "":
		return nil
	case run.Plan.Shard != nil:
		return c.journal.End()
	}
	if err := c.journal.Remove(); err != nil {
		return err
	}
	if c.options.Depth == engine.NoEvidence {
		return c.folder.Discard(evidence.Root, evidence.Files())
	}
	return nil
}

// release closes the journal and gives the folder up.
func (c *Certification) release() error {
	var errs []error
	if c.journal != nil {
		errs = append(errs, c.journal.Close())
	}
	if c.folder != nil {
		errs = append(errs, c.folder.Close())
	}
	return errors.Join(errs...)
}

// errKilled is why a run is incomplete of which only the journal is left.
var errKilled = errors.New("the run was killed, or crashed")

// Gather makes the report of a run that was killed, or that crashed, from the journal in
// its folder: what was concluded, marked incomplete. Options.Resume can still go on from
// there. It needs the version that wrote the journal. The waivers mark its fails, as
// Options.Waivers does. The record is returned even if the report cannot be written.
func Gather(ctx context.Context, l *Library, out string, waived *waivers.List) (*results.Run, error) {
	content, err := journal.Read(out)
	if err != nil {
		return nil, err
	}
	h := content.Header
	day, err := time.Parse(time.DateOnly, h.AsOf)
	if err != nil {
		return nil, fmt.Errorf("%s: as_of: %w", filepath.Join(out, journal.File), err)
	}
	var shard *Shard
	if h.Plan.Shard != nil {
		shard = &Shard{recorded: h.Plan.Shard}
	}
	c, err := planned(ctx, l, Options{
		Shard:  shard,
		Device: recorded{of: h.Device}, Filter: h.Plan.Filter, AsOf: day, Seed: h.Seed, Jobs: 1, Out: out,
		Depth: engine.Depth(h.Evidence), Isolation: Isolation(h.Harness.Isolation), FullCoverage: h.Plan.FullCoverage, Resume: true,
		Waivers: waived,
	})
	if err != nil {
		return nil, err
	}
	if err := c.open(); err != nil {
		return nil, errors.Join(err, c.release())
	}
	config := c.config()
	config.Journal = c.journal
	c.Engine = engine.New(config)
	ended, end := context.WithCancelCause(ctx)
	end(errKilled)
	c.began = time.Now()
	run, err := c.Conclude(c.Engine.Run(ended, c.Plan))
	return run, errors.Join(err, c.release())
}

// recorded is a device of which only the record is left: it is asked nothing.
type recorded struct {
	device.Device
	of results.Device
}

func (d recorded) Name() string { return d.of.Name }

func (d recorded) Version(context.Context) (string, error) { return d.of.Version, nil }

func (d recorded) Capabilities() (all device.Capabilities) {
	for _, c := range d.of.Capabilities {
		all = append(all, device.Capability(c))
	}
	return all
}

func (d recorded) Configurations() (all []device.Configuration) {
	for _, c := range d.of.Configurations {
		all = append(all, device.Configuration{Name: c.Name, GivesUp: c.GivesUp})
	}
	return all
}
