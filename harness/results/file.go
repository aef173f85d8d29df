package results

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
)

// Encode writes the run as results.json. It writes empty lists as [], never as null.
func (r *Run) Encode(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r.withLists())
}

// withLists returns a copy of r in which no list that the schema requires is nil.
func (r *Run) withLists() *Run {
	c := *r
	c.Device.Capabilities = list(c.Device.Capabilities)
	c.Revisions = list(c.Revisions)
	c.NotEmulated = list(c.NotEmulated)
	c.Claims = list(slices.Clone(c.Claims))
	for i := range c.Claims {
		c.Claims[i].Missing = list(c.Claims[i].Missing)
	}
	if u := c.Unsolicited; u != nil {
		seen := *u
		seen.Seen = list(seen.Seen)
		c.Unsolicited = &seen
	}
	c.Plan.Parts = list(slices.Clone(c.Plan.Parts))
	for i := range c.Plan.Parts {
		c.Plan.Parts[i].Core = list(c.Plan.Parts[i].Core)
	}
	c.Results = withRequirements(r.Results)
	if s := c.Plan.Shard; s != nil {
		listed := *s
		listed.Scenarios, listed.Controls = list(s.Scenarios), list(s.Controls)
		c.Plan.Shard = &listed
	}
	if m := c.Merged; m != nil {
		merged := *m
		merged.Shards, merged.Repeated = list(slices.Clone(m.Shards)), withRequirements(m.Repeated)
		for i := range merged.Shards {
			one := &merged.Shards[i]
			one.Scenarios, one.Controls = list(one.Scenarios), list(one.Controls)
		}
		c.Merged = &merged
	}
	return &c
}

func withRequirements(all []Result) []Result {
	c := make([]Result, len(all))
	for i, result := range all {
		result.Requirements = list(result.Requirements)
		c[i] = result
	}
	return c
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Decode reads what [Run.Encode] wrote. Another schema is an error, and so is
// anything after the run. Decode ignores unknown fields, which a later revision
// may have added. It does not check the contents: call [Run.Validate] for that.
//
// A run of schema v1 keeps that schema. It has no claims, and what v1 called a pass
// although nothing binding was asked reads as observed.
func Decode(r io.Reader) (*Run, error) {
	dec := json.NewDecoder(r)
	var run Run
	if err := dec.Decode(&run); err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	switch run.Schema {
	case Schema:
	case schemaV1:
		for i := range run.Results {
			r := &run.Results[i]
			r.Verdict = FromV1(r.Verdict, r.Cause)
		}
	default:
		return nil, fmt.Errorf("results: schema is %q, not %q", run.Schema, Schema)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("results: something follows the run")
	}
	return &run, nil
}

// FromV1 returns what a verdict with a cause, of a record that knew no observed, means.
func FromV1(v verdict.Verdict, cause string) verdict.Verdict {
	if v == verdict.Pass && cause == "observed-only" {
		return verdict.Observed
	}
	return v
}

// Unwritten is the pattern of the files that [Run.Write] leaves if it is killed.
const Unwritten = ".results-*.json"

// Write writes results.json to path atomically: a reader sees either the old file
// or the new one, and an error leaves no other file behind.
func (r *Run) Write(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), Unwritten)
	if err != nil {
		return fmt.Errorf("results: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("results: %w", err)
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := r.Encode(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	// CreateTemp makes files that only their owner can read.
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	// Otherwise a machine that goes down could keep the new name and not what it names.
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Read reads the results.json at path: see [Decode].
func Read(path string) (*Run, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	defer f.Close()
	return Decode(bufio.NewReaderSize(f, 64<<10))
}
