package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/results"
)

// Schema names the format of a journal: JSON lines, first a [Header] and then an [Entry] each.
const Schema = "sipconform/journal/v1"

// Header says which run a journal is of. A run may go on from the journal only if all of
// it is the same, except when it started.
type Header struct {
	Schema    string             `json:"schema"`
	Harness   results.Harness    `json:"harness"`
	Device    results.Device     `json:"device"` // without agents
	AsOf      string             `json:"as_of"`
	Seed      uint64             `json:"seed"`
	Started   time.Time          `json:"started"`
	Plan      results.Plan       `json:"plan"`
	Revisions []results.Revision `json:"profiles"`
	Evidence  string             `json:"evidence"` // how much is kept: none, failures or full
}

// Entry is a line of a journal after the first. One of its fields is set.
type Entry struct {
	// Ran tells that a scenario has run. Verdicts follow from all of these, and from the
	// observations beside them.
	Ran *Ran `json:"ran,omitempty"`
	// Result is what a scenario came to, once nothing that still runs can change it. It
	// is for readers of a run that goes on.
	Result *results.Result `json:"result,omitempty"`
	// Resumed is when a run went on from here.
	Resumed *time.Time `json:"resumed,omitempty"`
	// Ended is when a run came to its end that keeps its journal: a shard, from which the whole is made.
	Ended *time.Time `json:"ended,omitempty"`
}

// Place is where a scenario ran: in a configuration of the device, or in its own set-up
// if that is empty.
type Place struct {
	Scenario      string `json:"scenario"`
	Configuration string `json:"configuration,omitempty"`
}

// Ran is what became of a scenario, before what it rests on counts.
type Ran struct {
	Place
	Start      time.Time `json:"start"`
	DurationMS int64     `json:"duration_ms"`
	// Observations is the SHA-256 of the file of its observations, in hexadecimal; empty
	// if nothing was observed.
	Observations string `json:"observations,omitempty"`
	// Result is the result of a scenario that no rule judges; nil for the others.
	Result *results.Result `json:"result,omitempty"`
}

// Journal is the journal of a run that is going on. Its methods may be called from any
// goroutine.
//
// A line is written with one system call and stays when the process is killed. It is not
// synchronised with the disk: that costs more than a short scenario, and all that it could
// save is the last seconds before the machine itself goes down. Those scenarios run again,
// since a line that is not whole is dropped and observations have to fit their digest.
type Journal struct {
	began  time.Time
	spent  time.Duration
	ran    map[Place]Ran // that the journal held at the beginning
	folder *Folder

	mu   sync.Mutex
	file *os.File
	size int64 // of the lines that are whole
}

// Begin begins the journal of a run, and removes what an earlier run left in the folder.
// It touches nothing that no run wrote: if a file of the run's would take the place of
// such a one, that is an error.
func (f *Folder) Begin(h Header, left Leftovers) (*Journal, error) {
	file := filepath.Join(f.dir, File)
	switch _, err := Read(f.dir); {
	case errors.Is(err, fs.ErrNotExist):
		if err := f.foreign(left); err != nil {
			return nil, err
		}
	case errors.Is(err, errNotOurs):
		return nil, fmt.Errorf("%w: %s", err, remedy)
	case err != nil:
		return nil, err
	}
	// First the journal: whatever happens now, the folder is that of a run without results.
	h.Schema = Schema
	line, err := encode(h)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file+".new", line, 0o644); err != nil {
		return nil, errors.Join(err, os.Remove(file+".new"))
	}
	if err := os.Rename(file+".new", file); err != nil {
		return nil, err
	}
	if err := f.clear(left, nil); err != nil {
		return nil, err
	}
	return f.open(&Content{Header: h, size: int64(len(line))})
}

// Resume goes on with the journal in the folder, which must be of the same run as h. It
// removes the report, and the evidence of what the journal does not hold. Header.Started
// of the journal is the first run's.
func (f *Folder) Resume(h Header, left Leftovers, evidence func(Place) string) (*Journal, error) {
	c, err := Read(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the folder %s holds no run that did not come to its end (no %s): begin one without -resume", f.dir, File)
	case err != nil:
		return nil, err
	}
	if err := c.Header.same(h); err != nil {
		return nil, fmt.Errorf("the run in %s is another one: %w", f.dir, err)
	}
	keep := make(map[string]bool)
	for _, r := range c.Ran {
		keep[evidence(r.Place)] = true
	}
	if err := f.clear(left, keep); err != nil {
		return nil, err
	}
	j, err := f.open(c)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	return j, j.append(Entry{Resumed: &now})
}

// open opens the journal for what follows after its content.
func (f *Folder) open(c *Content) (*Journal, error) {
	file, err := os.OpenFile(filepath.Join(f.dir, File), os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	j := &Journal{began: c.Header.Started, spent: c.Spent, ran: make(map[Place]Ran, len(c.Ran)), folder: f, file: file, size: c.size}
	for _, r := range c.Ran {
		j.ran[r.Place] = r
	}
	if err := file.Truncate(j.size); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

// Before returns when the first run began that wrote the journal, and how long it and
// those that went on from it took.
func (j *Journal) Before() (began time.Time, spent time.Duration) { return j.began, j.spent }

// Recall returns what the journal held on a scenario when it was opened.
func (j *Journal) Recall(at Place) (Ran, bool) {
	r, ok := j.ran[at]
	return r, ok
}

// Ran writes down that a scenario has run. Its observations must have been written.
func (j *Journal) Ran(r Ran) error { return j.append(Entry{Ran: &r}) }

// Result writes down what a scenario has come to.
func (j *Journal) Result(r results.Result) error { return j.append(Entry{Result: &r}) }

// append writes a line, or nothing: what a full disk leaves of one is taken away.
func (j *Journal) append(e Entry) error {
	line, err := encode(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.WriteAt(line, j.size); err != nil {
		return fmt.Errorf("journal: %w", errors.Join(err, j.file.Truncate(j.size)))
	}
	j.size += int64(len(line))
	return nil
}

// End writes down that the run came to its end.
func (j *Journal) End() error {
	now := time.Now().UTC()
	return j.append(Entry{Ended: &now})
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return b.Bytes(), nil
}

// Close closes the journal, which stays.
func (j *Journal) Close() error { return j.file.Close() }

// Remove removes the journal of a run that came to its end and has its report.
func (j *Journal) Remove() error {
	return os.Remove(filepath.Join(j.folder.dir, File))
}
