// Package scratch has the folder of a run's temporary files. It holds keys, and devices
// write to it, so that a run that was killed must not leave it for ever: the next run
// removes it.
//
// The package serves this module and may change.
package scratch

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sipconform/sipconform/harness/flock"
)

const (
	prefix = "sipconform-run-"
	// ownerFile is locked as long as the run lives.
	ownerFile = "owner"
)

// Folder is a run's folder for temporary files. Only its user can read it.
type Folder struct {
	// Path is the folder. The owner file in it is not the run's to remove.
	Path  string
	owner *os.File
}

// New creates a folder in the system's folder for temporary files, after it has removed
// those of the same user's runs that have ended without removing theirs. The caller must
// Close it.
func New() (*Folder, error) {
	sweep(os.TempDir())
	path, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	// Until it has an owner file, no other run touches the folder.
	owner, err := flock.Create(filepath.Join(path, ".new"))
	if err == nil {
		err = os.Rename(owner.Name(), filepath.Join(path, ownerFile))
	}
	if err != nil {
		if owner != nil {
			owner.Close()
		}
		os.RemoveAll(path)
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return &Folder{path, owner}, nil
}

// Close removes the folder and everything in it.
func (f *Folder) Close() error {
	err := os.RemoveAll(f.Path)
	f.owner.Close()
	return err
}

// sweep removes the folders of dead runs. What it cannot remove stays.
func sweep(temporary string) {
	all, err := filepath.Glob(filepath.Join(temporary, prefix+"*"))
	if err != nil {
		return // TMPDIR is no good pattern
	}
	for _, path := range all {
		if info, err := os.Lstat(path); err != nil || !info.IsDir() || !own(info) {
			continue
		}
		file := filepath.Join(path, ownerFile)
		if info, err := os.Lstat(file); err != nil || info.Mode().Type() != fs.FileMode(0) {
			continue // it is being made, or is not of a run
		}
		owner, err := flock.Create(file)
		if err != nil {
			continue // the run lives
		}
		os.RemoveAll(path)
		owner.Close()
	}
}
