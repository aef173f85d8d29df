package scenarios

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/waivers"
	"github.com/sipconform/sipconform/mocks/observation"
)

// MergeOptions is what a record is made of.
type MergeOptions struct {
	// Out is the folder of the report. What an earlier run left there is removed.
	Out string
	// Shards are the folders of the shards, each with its journal, or folders that have such below them.
	Shards []string
	// Incomplete makes a record, marked incomplete, of shards that did not come to their end or are not all there. Otherwise that
	// is a [Lacking] error.
	Incomplete bool
	// Waivers mark the fails that somebody accepts. Those that the shards were run with count for nothing.
	Waivers *waivers.List
}

// Lacking is the error that shards are not there, or did not come to their end.
type Lacking struct {
	// What says so, a line for each shard.
	What []string
	// Scenarios are the IDs of what is missing, in the plan's order.
	Scenarios []string
}

func (l *Lacking) Error() string { return strings.Join(l.What, "; ") }

// Merge makes the record of a whole plan from its shards. Nothing that the shards concluded is taken over: what they observed is
// judged again, all of it together. It needs the version that ran them. The record is returned even if the report cannot be
// written.
func Merge(ctx context.Context, l *Library, o MergeOptions) (*results.Run, error) {
	shards, err := shardsIn(o)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, s := range shards {
			s.folder.Close()
		}
	}()
	h := shards[0].content.Header
	day, err := time.Parse(time.DateOnly, h.AsOf)
	if err != nil {
		return nil, fmt.Errorf("%s: as_of: %w", shards[0].dir, err)
	}
	c, err := planned(ctx, l, Options{
		Device: recorded{of: h.Device}, Filter: h.Plan.Filter, AsOf: day, Seed: h.Seed, Jobs: 1, Out: o.Out,
		Depth: engine.Depth(h.Evidence), Isolation: Isolation(h.Harness.Isolation), FullCoverage: h.Plan.FullCoverage, Waivers: o.Waivers,
	})
	if err != nil {
		return nil, err
	}
	if now := c.header(); now.SameWhole(h) != nil {
		return nil, fmt.Errorf("this program cannot judge what the shards saw: %w", now.SameWhole(h))
	}
	if err := divided(c.whole, shards); err != nil {
		return nil, err
	}
	lacking := lacking(c.whole, shards)
	if lacking != nil && !o.Incomplete {
		return nil, lacking
	}
	if err := c.open(); err != nil {
		return nil, errors.Join(err, c.release())
	}
	c.Engine = engine.New(c.config())
	run, err := c.merge(shards, lacking)
	return run, errors.Join(err, c.release())
}

// merge makes the record of what shards saw.
func (c *Certification) merge(shards []*shard, lacking *Lacking) (*results.Run, error) {
	var ran []engine.Ran
	h := shards[0].content.Header
	c.merged = &results.Merged{Of: h.Plan.Shard.Of, Split: h.Plan.Shard.Split}
	c.record.Started = h.Started
	for _, s := range shards {
		one := s.ran(c.evidenceAt)
		ran = append(ran, one)
		h, part := s.content.Header, s.content.Header.Plan.Shard
		c.merged.Shards = append(c.merged.Shards, results.MergedShard{
			Number: part.Number, Harness: h.Harness, Started: h.Started, DurationMS: s.content.Spent.Milliseconds(),
			Scenarios: part.Scenarios, Controls: part.Controls, Missing: s.missing(),
		})
		if h.Started.Before(c.record.Started) {
			c.record.Started = h.Started
		}
		c.spent = max(c.spent, s.content.Spent)
	}
	whole, err := c.Engine.Merge(c.whole, ran)
	if err != nil {
		return nil, err
	}
	c.merged.Repeated = whole.Repeated
	if lacking != nil {
		c.cut = lacking.Error()
	}
	if len(whole.Unasked) > 0 {
		c.cut = strings.TrimPrefix(c.cut+"; "+unaskedBy(whole.Unasked), "; ")
	}
	return c.Conclude(whole.Results)
}

func unaskedBy(ids []string) string {
	return "beside the other shards these are open, and their own shards did not ask them again in the device's configurations: " +
		strings.Join(ids, ", ")
}

// shard is what a machine ran of a plan.
type shard struct {
	dir     string
	folder  *record.Folder
	content *journal.Content
	places  map[journal.Place]journal.Ran
}

// shardsIn opens the shards, in the order of their numbers, and checks that they are of one whole.
func shardsIn(o MergeOptions) (shards []*shard, err error) {
	defer func() {
		if err != nil {
			for _, s := range shards {
				s.folder.Close()
			}
			shards = nil
		}
	}()
	if len(o.Shards) == 0 {
		return nil, errors.New("no shard is named")
	}
	dirs, err := below(o.Shards)
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		if same(dir, o.Out) {
			return shards, fmt.Errorf("%s is a shard, and would be overwritten: name another folder for the whole", o.Out)
		}
		one, err := openShard(dir)
		if err != nil {
			return shards, err
		}
		shards = append(shards, one)
	}
	first := shards[0]
	for _, s := range shards[1:] {
		if err := first.content.Header.SameWhole(s.content.Header); err != nil {
			return shards, fmt.Errorf("%s and %s are not of one run: %w", first.dir, s.dir, err)
		}
		switch a, b := first.content.Header.Plan.Shard, s.content.Header.Plan.Shard; {
		case a.Of != b.Of:
			return shards, fmt.Errorf("%s is %s, and %s is %s: the plan was not divided alike", first.dir, a, s.dir, b)
		case a.Split != b.Split:
			return shards, fmt.Errorf("%s and %s come from two divisions of the plan: give -durations to all shards, or to none", first.dir, s.dir)
		}
	}
	slices.SortStableFunc(shards, func(a, b *shard) int { return cmp.Compare(a.number(), b.number()) })
	for i, s := range shards[1:] {
		if before := shards[i]; before.number() == s.number() {
			return shards, fmt.Errorf("shard %d is there twice, in %s and in %s: name one of them", s.number(), before.dir, s.dir)
		}
	}
	return shards, nil
}

// below returns the folders that have a journal, in the place of those that have none and have such below them.
func below(named []string) (dirs []string, err error) {
	has := func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, journal.File))
		return err == nil
	}
	for _, dir := range named {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		found := []string{}
		for _, e := range entries {
			if one := filepath.Join(dir, e.Name()); has(one) {
				found = append(found, one)
			}
		}
		if has(dir) || len(found) == 0 {
			found = []string{dir}
		}
		dirs = append(dirs, found...)
	}
	return dirs, nil
}

func same(a, b string) bool {
	one, err := os.Stat(a)
	other, failed := os.Stat(b)
	return err == nil && failed == nil && os.SameFile(one, other)
}

func openShard(dir string) (*shard, error) {
	content, err := journal.Read(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if run, err := results.Read(filepath.Join(dir, record.ResultsFile)); err == nil && run.Plan.Shard == nil {
			return nil, fmt.Errorf("%s is the record of a whole run, not of a shard", dir)
		}
		return nil, fmt.Errorf("%s is no shard: certify -shard leaves %s there, and merge needs the whole folder", dir, journal.File)
	case err != nil:
		return nil, err
	case content.Header.Plan.Shard == nil:
		return nil, fmt.Errorf("%s is of a run that is not a shard", dir)
	}
	folder, err := record.Open(dir)
	if err != nil {
		return nil, err
	}
	s := &shard{dir: dir, folder: folder, content: content, places: make(map[journal.Place]journal.Ran)}
	for _, r := range content.Ran {
		s.places[r.Place] = r
	}
	return s, nil
}

func (s *shard) number() int { return s.content.Header.Plan.Shard.Number }

// missing returns what the shard did not run, in no order that matters.
func (s *shard) missing() []string {
	part := s.content.Header.Plan.Shard
	return slices.DeleteFunc(slices.Concat(part.Scenarios, part.Controls), func(id string) bool {
		_, ran := s.places[journal.Place{Scenario: id}]
		return ran
	})
}

// ran returns what the shard ran, for the engine. At says where the evidence of a place is.
func (s *shard) ran(at func(journal.Place) string) engine.Ran {
	part := s.content.Header.Plan.Shard
	return engine.Ran{Number: part.Number, Scenarios: part.Scenarios, Places: s.places,
		Observed: func(r journal.Ran) ([]observation.Event, error) {
			return s.observed(path.Join(evidence.Root, at(r.Place), evidence.PackedObservationsFile), r.Observations)
		}}
}

// observed reads a file of observations that has to have a digest.
func (s *shard) observed(name, digest string) ([]observation.Event, error) {
	file, err := s.folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	sum := sha256.New()
	events, err := evidence.Read(io.TeeReader(bufio.NewReaderSize(file, 64<<10), sum))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(s.dir, filepath.FromSlash(name)), err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != digest {
		return nil, fmt.Errorf("%s is not what the shard wrote there: its SHA-256 is another one", filepath.Join(s.dir, filepath.FromSlash(name)))
	}
	return events, nil
}

// divided checks that the shards are what the plan was divided into: every scenario of the plan is in one of them at most, and
// no other.
func divided(p *plan.Plan, shards []*shard) error {
	owner := make(map[string]*shard)
	var errs []error
	for _, s := range shards {
		part := s.content.Header.Plan.Shard
		for _, id := range slices.Concat(part.Scenarios, part.Controls) {
			if !slices.ContainsFunc(p.Scenarios, func(s *plan.Scenario) bool { return s.ID == id }) {
				errs = append(errs, fmt.Errorf("%s has %s, which the plan does not have", s.dir, id))
			}
		}
		for _, id := range part.Scenarios {
			if other := owner[id]; other != nil {
				errs = append(errs, fmt.Errorf("%s is there twice: %s and %s have it as their own", id, other.dir, s.dir))
			}
			owner[id] = s
		}
	}
	if of := shards[0].content.Header.Plan.Shard.Of; len(shards) == of {
		for _, s := range p.Scenarios {
			if owner[s.ID] == nil {
				errs = append(errs, fmt.Errorf("none of the %d shards has %s", of, s.ID))
			}
		}
	}
	return errors.Join(errs...)
}

// lacking returns what is missing for the record of a run that came to its end, nil if nothing is.
func lacking(p *plan.Plan, shards []*shard) *Lacking {
	l := new(Lacking)
	of := shards[0].content.Header.Plan.Shard.Of
	there, ran := make(map[int]bool), make(map[string]bool)
	for _, s := range shards {
		there[s.number()] = true
		for at := range s.places {
			ran[at.Scenario] = ran[at.Scenario] || at.Configuration == ""
		}
	}
	for k := 1; k <= of; k++ {
		if !there[k] {
			l.What = append(l.What, fmt.Sprintf("shard %d of %d is not there", k, of))
		}
	}
	for _, s := range shards {
		part := s.content.Header.Plan.Shard
		if missing := s.missing(); !s.content.Ended {
			l.What = append(l.What, fmt.Sprintf("%s (%s) did not come to its end, %d of %d scenarios ran",
				part, s.dir, len(part.Scenarios)+len(part.Controls)-len(missing), len(part.Scenarios)+len(part.Controls)))
		}
	}
	if len(l.What) == 0 {
		return nil
	}
	for _, s := range p.Scenarios {
		if !ran[s.ID] {
			l.Scenarios = append(l.Scenarios, s.ID)
		}
	}
	return l
}
