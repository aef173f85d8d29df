// Package evidence writes the files that let a third person check a verdict, all of
// them from the observations of one scenario:
//
//   - observations.jsonl.gz: the observations themselves, from which the verdict can be
//     recomputed and the other files made again, see [Read];
//   - ladder.txt, or ladder.txt.gz: the SIP messages in order, and what happened between them;
//   - chain.pem: the certificates that were shown;
//   - device.log: what the device printed;
//   - capture.pcapng.gz: the packets, with the TLS keys inside, and the questions about names;
//   - media.pcapng.gz: the RTP and RTCP in clear, as far as the keys of the session descriptions open it;
//   - device-1.wav, vendor-1.wav and so on: what each stream sounds like.
//
// A file that would be empty is not written.
//
// The package serves this module and may change.
package evidence

import (
	"bufio"
	"cmp"
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
	MediaFile        = "media.pcapng"
	// PackedObservationsFile is the compressed form of ObservationsFile, which is the usual one.
	PackedObservationsFile = ObservationsFile + packed
)

// Options say what to write, and where.
type Options struct {
	// Scenario is the scenario's ID. Its files go to [Folder] below the directory
	// given to [Write]; without an ID, to that directory itself.
	Scenario string
	// Start is the wall-clock time at which the log's clock began. If it is zero,
	// packets are dated 1970.
	Start time.Time
	// Extent is which files are written, and in which form.
	Extent Extent
	// Kept tells that the observations are there already, by [Keep].
	Kept bool
	// Packer compresses the files; nil for one of its own.
	Packer *Packer
}

// Extent is how much of a scenario's evidence is written. Every extent has the observations, from which all other files
// can be made.
type Extent int

// The extents.
const (
	// Least is for what few will look at: the observations and the ladder, both compressed.
	Least Extent = iota
	// Text has the ladder and what the device printed as text, for reading at once.
	Text
	// Full has every file. The observations and the captures are compressed, which Wireshark reads as they are.
	Full
	// Loose is Full with nothing compressed.
	Loose
)

// ExtentOf returns the extent of evidence that was written by this version: Least or Full.
func ExtentOf(written results.Evidence) Extent {
	if strings.HasSuffix(written.Ladder, packed) {
		return Least
	}
	return Full
}

// Earlier reports whether evidence was written by a version that compressed nothing. Its files are those of [Text], or those
// of [Full] if it has certificates or a capture.
func Earlier(written results.Evidence) bool {
	return strings.HasSuffix(written.Observations, ObservationsFile)
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
	w := writer{dir: dir, folder: folder, packer: cmp.Or(opts.Packer, new(Packer)), buf: bufio.NewWriterSize(io.Discard, bufferSize)}
	all := files(events, opts, &written)
	w.clean(all)
	for _, f := range all {
		if opts.Kept && f.name == ObservationsFile && f.packed {
			*f.path = path.Join(folder, f.title())
			continue
		}
		*f.path = w.file(f)
	}
	written.Sounds = slices.DeleteFunc(written.Sounds, func(path string) bool { return path == "" }) // after an error
	return written, w.err
}

// Paths returns the paths that [Write] returns with the same options.
func Paths(events []observation.Event, opts Options) results.Evidence {
	var paths results.Evidence
	folder, err := Folder(opts.Scenario)
	if err != nil {
		return paths
	}
	for _, f := range files(events, opts, &paths) {
		if f.wanted {
			*f.path = path.Join(folder, f.title())
		}
	}
	return paths
}

// file is one of a scenario's files, and whether it is wanted.
type file struct {
	name   string
	packed bool
	wanted bool
	fill   func(*bufio.Writer) error
	path   *string // in the evidence
}

// title is the file's name.
func (f *file) title() string {
	if f.packed {
		return f.name + packed
	}
	return f.name
}

// files returns all files of a scenario.
func files(events []observation.Event, opts Options, of *results.Evidence) []file {
	has, full, text := survey(events), opts.Extent >= Full, opts.Extent >= Text
	seen := func(out *bufio.Writer) error { return writeCapture(out, events, opts) }
	all := []file{
		{ObservationsFile, opts.Extent != Loose, true, func(out *bufio.Writer) error { return writeObservations(out, events) }, &of.Observations},
		{LadderFile, !text, true, func(out *bufio.Writer) error { return writeLadder(out, events, opts) }, &of.Ladder},
		{ChainFile, false, full && has.chain, func(out *bufio.Writer) error { return writeChains(out, events) }, &of.Chain},
		{DeviceFile, false, text && has.output, func(out *bufio.Writer) error { return writeDevice(out, events) }, &of.Device},
		{CaptureFile, opts.Extent != Loose, full && has.packets, seen, &of.Capture},
	}
	var h heard
	if full {
		h = listen(events)
	}
	inClear := func(out *bufio.Writer) error { return writeMedia(out, events, h, opts) }
	all = append(all, file{MediaFile, opts.Extent != Loose, len(h.packets) > 0, inClear, &of.Media})
	if len(h.sounds) > 0 {
		of.Sounds = make([]string, len(h.sounds))
	}
	for i, s := range h.sounds {
		all = append(all, file{s.name, false, true, s.write, &of.Sounds[i]})
	}
	return all
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
		case observation.DNS:
			has.packets = has.packets || len(e.Bytes) > 0
		}
	}
	return has
}

// bufferSize is how much of a file is written at once, in bytes.
const bufferSize = 32 << 10

// writer writes files one after the other through one buffer and stops at the first
// error.
type writer struct {
	dir, folder string
	packer      *Packer
	buf         *bufio.Writer
	err         error
}

// clean removes the files of an earlier run that are not wanted now, in whichever form.
func (w *writer) clean(all []file) {
	wanted := make(map[string]bool)
	for i := range all {
		wanted[all[i].title()] = all[i].wanted
	}
	there, err := os.ReadDir(filepath.Join(w.dir, filepath.FromSlash(w.folder)))
	if err != nil {
		w.err = fmt.Errorf("evidence: %w", err)
	}
	for _, entry := range there {
		if name := entry.Name(); w.err == nil && !wanted[name] && slices.Contains(Files(), name) {
			if err := os.Remove(filepath.Join(w.dir, filepath.FromSlash(w.folder), name)); err != nil {
				w.err = fmt.Errorf("evidence: %w", err)
			}
		}
	}
}

// file writes one file, if it is wanted, and returns its path relative to dir.
func (w *writer) file(f file) string {
	if w.err != nil || !f.wanted {
		return ""
	}
	relative := path.Join(w.folder, f.title())
	full := filepath.Join(w.dir, filepath.FromSlash(relative))
	fill := f.fill
	if f.packed {
		fill = func(out *bufio.Writer) error { return w.packer.Pack(out, f.fill) }
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
	return append(soundFiles(), ObservationsFile, ObservationsFile+packed, LadderFile, LadderFile+packed, ChainFile, DeviceFile,
		CaptureFile, CaptureFile+packed, MediaFile, MediaFile+packed)
}

// Remove removes the files of a scenario's evidence below dir. What cannot be removed
// stays.
func Remove(dir string, written results.Evidence) {
	for _, relative := range written.Files() {
		_ = os.Remove(filepath.Join(dir, filepath.FromSlash(relative)))
	}
}
