// Package journal keeps an output folder for one run, and writes down there what became
// of each scenario as soon as it has ended. A run that is killed leaves its journal, from
// which its report can be made, and from which another run can go on.
//
// The package serves this module and may change.
package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/flock"
	"github.com/sipconform/sipconform/harness/report/printable"
)

// The files of a run that is going on, in its output folder.
const (
	File     = "journal.jsonl"
	lockFile = "sipconform.lock"
)

// Folder is an output folder that belongs to this process until it is closed.
type Folder struct {
	dir  string
	lock *os.File
}

// maxLock bounds what is read of a lock file.
const maxLock = 256

// Claim makes an output folder this process's own, and creates it if it is not there. It
// is an error that another run has it; the message says which. Claim changes nothing in
// the folder. When this process ends, however it does, the folder is free. The message to
// another run has the ID of the process by which the user knows this one.
func Claim(dir string, process int) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, lockFile)
	lock, err := flock.Create(file)
	if errors.Is(err, flock.ErrLocked) {
		return nil, fmt.Errorf("the folder %s belongs to a run that is going on (%s): wait until it has ended, or name another "+
			"folder", dir, owner(file))
	}
	if err != nil {
		return nil, err
	}
	f := &Folder{dir, lock}
	text := fmt.Sprintf("process %d on %s, since %s", process, host(), time.Now().Format("2006-01-02 15:04:05"))
	if err := errors.Join(lock.Truncate(0), write(lock, text)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func write(f *os.File, text string) error {
	_, err := f.WriteString(text + "\n")
	return err
}

func host() string {
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "this machine"
}

// owner returns what a lock file says of the run that has it.
func owner(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "which one is not known"
	}
	defer f.Close()
	text := make([]byte, maxLock)
	n, _ := f.Read(text)
	line, _, _ := strings.Cut(string(text[:n]), "\n")
	if line == "" {
		return "it is only beginning"
	}
	return printable.Line(line)
}

// Close gives the folder up.
func (f *Folder) Close() error {
	// Removed while it is locked, so that nobody else's is.
	return errors.Join(os.Remove(filepath.Join(f.dir, lockFile)), f.lock.Close())
}

// Leftovers are what a run leaves in its folder, and the next one has to remove.
type Leftovers struct {
	// Record is the file that a run writes last. With it, or with a journal, the rest is
	// known to be of a run.
	Record string
	// Files are patterns, as of [path.Match], of the others beside it.
	Files []string
	// Evidence is the folder below which each scenario has one, with EvidenceFiles.
	Evidence      string
	EvidenceFiles []string
	// Ours reports whether the file at a path is the record of a run.
	Ours func(path string) error
}

// remedy is what to do about a file that is not a run's.
const remedy = "name another folder, or move it away"

// foreign returns an error if the folder holds a file of one of the names that no run of
// this program wrote.
func (f *Folder) foreign(l Leftovers) error {
	switch there, err := exists(filepath.Join(f.dir, l.Record)); {
	case err != nil:
		return err
	case there:
		if err := l.Ours(filepath.Join(f.dir, l.Record)); err != nil {
			return fmt.Errorf("the folder %s holds a %s that no run of this program wrote (%w): %s", f.dir, l.Record, err, remedy)
		}
		return nil
	}
	names, err := f.names(append(slices.Clone(l.Files), l.Evidence))
	if err != nil || len(names) == 0 {
		return err
	}
	return fmt.Errorf("the folder %s holds a %s and no %s, so it is not of a run of this program: %s", f.dir, names[0], l.Record, remedy)
}

// names returns what the folder holds of the patterns.
func (f *Folder) names(patterns []string) (names []string, err error) {
	entries, err := os.ReadDir(f.dir)
	for _, e := range entries {
		if slices.ContainsFunc(patterns, func(p string) bool { is, _ := path.Match(p, e.Name()); return is }) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// clear removes what an earlier run left, except the folders of evidence that are kept:
// their paths are relative to that of all evidence. Whatever else is in the folder stays.
func (f *Folder) clear(l Leftovers, keep map[string]bool) error {
	names, err := f.names(append(slices.Clone(l.Files), l.Record))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Remove(filepath.Join(f.dir, name)); err != nil {
			return err
		}
	}
	return prune(filepath.Join(f.dir, l.Evidence), "", l.EvidenceFiles, keep)
}

// Clear removes what an earlier run left in the folder, for a run that writes no journal. It touches nothing that no run
// wrote, and no run that did not come to its end.
func (f *Folder) Clear(l Leftovers) error {
	switch _, err := Read(f.dir); {
	case err == nil:
		return fmt.Errorf("the folder %s holds a run that did not come to its end: conclude it, or name another folder", f.dir)
	case errors.Is(err, errNotOurs):
		return fmt.Errorf("%w: %s", err, remedy)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := f.foreign(l); err != nil {
		return err
	}
	return f.clear(l, nil)
}

// Discard removes the named files of evidence below the folder root.
func (f *Folder) Discard(root string, names []string) error {
	return prune(filepath.Join(f.dir, root), "", names, nil)
}

// prune removes the named files at a path below a folder, and the folders that are empty
// then. It follows no link.
func prune(root, at string, names []string, keep map[string]bool) error {
	dir := filepath.Join(root, filepath.FromSlash(at))
	if info, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		below := path.Join(at, e.Name())
		switch {
		case e.IsDir():
			err = prune(root, below, names, keep)
		case slices.Contains(names, e.Name()) && !keep[at]:
			err = os.Remove(filepath.Join(dir, e.Name()))
		}
		if err != nil {
			return err
		}
	}
	// What is not ours to remove keeps the folder.
	if entries, err = os.ReadDir(dir); err != nil || len(entries) > 0 {
		return err
	}
	return os.Remove(dir)
}
