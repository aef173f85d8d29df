// Package evidence writes the files that let a third person check a verdict, all of
// them from the observations of one scenario:
//
//   - observations.jsonl: the observations themselves, from which the verdict can be
//     recomputed and the other files made again, see [Read];
//   - ladder.txt: the SIP messages in order, and what happened between them;
//   - chain.pem: the certificates that were shown;
//   - device.log: what the device printed;
//   - capture.pcapng: the packets, with the TLS keys inside.
//
// A file that would be empty is not written.
//
// The package serves this module and may change.
package evidence

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Root is the folder beside results.json that holds a folder for each scenario.
const Root = "evidence"

// The names of the files in a scenario's folder.
const (
	ObservationsFile = "observations.jsonl"
	LadderFile       = "ladder.txt"
	ChainFile        = "chain.pem"
	DeviceFile       = "device.log"
	CaptureFile      = "capture.pcapng"
)

// Options say what to write, and where.
type Options struct {
	// Scenario is the scenario's ID. Its files go to [Folder] below the directory
	// given to [Write]; without an ID, to that directory itself.
	Scenario string
	// Start is the wall-clock time at which the log's clock began. If it is zero,
	// packets are dated 1970.
	Start time.Time
	// Full writes every file. Otherwise chain.pem and capture.pcapng are left out, which
	// can be made from observations.jsonl.
	Full bool
	// Kept tells that observations.jsonl is there already, by [Keep].
	Kept bool
}

// Folder returns the folder of a scenario's evidence, relative to results.json and
// with forward slashes. An ID that leads out of [Root] is an error.
func Folder(scenario string) (string, error) {
	if scenario == "." || !fs.ValidPath(scenario) || !filepath.IsLocal(filepath.FromSlash(scenario)) {
		return "", fmt.Errorf("evidence: %q cannot name a folder", scenario)
	}
	return path.Join(Root, scenario), nil
}

// Write writes the evidence of one scenario below dir, the folder of results.json. It
// returns the paths of the files relative to dir, with forward slashes. It
// replaces or removes files that an earlier run left in the scenario's folder.
// Calls for different scenarios may run at the same time.
func Write(dir string, events []observation.Event, opts Options) (results.Evidence, error) {
	var written results.Evidence
	var folder string
	if opts.Scenario != "" {
		var err error
		if folder, err = Folder(opts.Scenario); err != nil {
			return written, err
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(folder)), 0o777); err != nil {
		return written, fmt.Errorf("evidence: %w", err)
	}
	w := writer{dir: dir, folder: folder, buf: bufio.NewWriterSize(io.Discard, 64<<10)}
	for _, f := range files(events, opts, &written) {
		if opts.Kept && f.name == ObservationsFile {
			*f.path = path.Join(folder, f.name)
			continue
		}
		*f.path = w.file(f.name, f.wanted, f.fill)
	}
	return written, w.err
}

// Paths returns the paths that [Write] returns for a scenario's full evidence.
func Paths(events []observation.Event, scenario string) results.Evidence {
	var paths results.Evidence
	folder, err := Folder(scenario)
	if err != nil {
		return paths
	}
	for _, f := range files(events, Options{Full: true}, &paths) {
		if f.wanted {
			*f.path = path.Join(folder, f.name)
		}
	}
	return paths
}

// file is one of a scenario's files, and whether it is wanted.
type file struct {
	name   string
	wanted bool
	fill   func(*bufio.Writer) error
	path   *string // in the evidence
}

// files returns all files of a scenario.
func files(events []observation.Event, opts Options, of *results.Evidence) []file {
	has := survey(events)
	return []file{
		{ObservationsFile, true, func(out *bufio.Writer) error { return writeObservations(out, events) }, &of.Observations},
		{LadderFile, true, func(out *bufio.Writer) error { return writeLadder(out, events, opts) }, &of.Ladder},
		{ChainFile, opts.Full && has.chain, func(out *bufio.Writer) error { return writeChains(out, events) }, &of.Chain},
		{DeviceFile, has.output, func(out *bufio.Writer) error { return writeDevice(out, events) }, &of.Device},
		{CaptureFile, opts.Full && has.packets, func(out *bufio.Writer) error { return writeCapture(out, events, opts) }, &of.Capture},
	}
}

// contents says for which files the events have something.
type contents struct{ chain, output, packets bool }

func survey(events []observation.Event) contents {
	var has contents
	for i := range events {
		switch e := &events[i]; e.Kind {
		case observation.TLSHandshake:
			has.chain = has.chain || e.Handshake != nil && len(e.Handshake.LocalChain)+len(e.Handshake.PeerChain) > 0
		case observation.Device:
			has.output = has.output || isOutput(e)
		case observation.TransportOpen, observation.Media:
			has.packets = true
		}
	}
	return has
}

// writer writes files one after the other through one buffer and stops at the first
// error.
type writer struct {
	dir, folder string
	buf         *bufio.Writer
	err         error
}

// file writes one file and returns its path relative to dir. It removes an unwanted
// file instead.
func (w *writer) file(name string, wanted bool, fill func(*bufio.Writer) error) string {
	if w.err != nil {
		return ""
	}
	relative := path.Join(w.folder, name)
	full := filepath.Join(w.dir, filepath.FromSlash(relative))
	if !wanted {
		if err := os.Remove(full); err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.err = fmt.Errorf("evidence: %w", err)
		}
		return ""
	}
	if err := w.write(full, fill); err != nil {
		_ = os.Remove(full) // a part of it would look like all of it
		w.err = fmt.Errorf("evidence: %s: %w", relative, err)
		return ""
	}
	return relative
}

func (w *writer) write(full string, fill func(*bufio.Writer) error) error {
	f, err := os.Create(full)
	if err != nil {
		return err
	}
	w.buf.Reset(f)
	err = fill(w.buf)
	if err == nil {
		err = w.buf.Flush()
	}
	return errors.Join(err, f.Close())
}

func isOutput(e *observation.Event) bool {
	return e.Kind == observation.Device && e.Device != nil && e.Device.What == observation.DeviceOutput
}

func writeDevice(w *bufio.Writer, events []observation.Event) error {
	var line []byte
	for i := range events {
		if !isOutput(&events[i]) {
			continue
		}
		for text := range strings.Lines(events[i].Text) {
			line = appendSeconds(line[:0], events[i].At)
			line = append(line, "  "...)
			line = printable.Append(line, strings.TrimRight(text, "\r\n"))
			line = append(line, '\n')
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// Files returns the names of the files that a scenario's folder can have.
func Files() []string {
	return []string{ObservationsFile, LadderFile, ChainFile, DeviceFile, CaptureFile}
}

// Remove removes the files of a scenario's evidence below dir. What cannot be removed
// stays.
func Remove(dir string, written results.Evidence) {
	for _, relative := range written.Files() {
		_ = os.Remove(filepath.Join(dir, filepath.FromSlash(relative)))
	}
}
