package results

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Encode writes the run as results.json. Lists that hold nothing are written
// as [], never as null.
func (r *Run) Encode(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r.withLists())
}

// withLists is a copy of r in which no list that the schema requires is nil.
func (r *Run) withLists() *Run {
	c := *r
	c.Device.Capabilities = list(c.Device.Capabilities)
	c.Profiles = list(c.Profiles)
	c.NotEmulated = list(c.NotEmulated)
	c.Results = make([]Result, len(r.Results))
	for i, result := range r.Results {
		result.Requirements = list(result.Requirements)
		c.Results[i] = result
	}
	return &c
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Decode reads what [Run.Encode] wrote. It refuses another schema and anything
// after the run; fields it does not know are those of a later minor revision
// and are passed over. See [Run.Validate] for whether the run holds together.
func Decode(r io.Reader) (*Run, error) {
	dec := json.NewDecoder(r)
	var run Run
	if err := dec.Decode(&run); err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	if run.Schema != Schema {
		return nil, fmt.Errorf("results: schema is %q, not %q", run.Schema, Schema)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("results: something follows the run")
	}
	return &run, nil
}

// Write writes results.json to path, replacing it at once or not at all: a
// reader sees the file as it was or as it is, and an error leaves nothing
// behind.
func (r *Run) Write(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".results-*.json")
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
	// CreateTemp's files are their owner's alone; results are for others too.
	if err := f.Chmod(0o644); err != nil {
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
