// Package flock locks files for as long as a process lives, so that a lock never outlives
// a run that was killed.
//
// The package serves this module and may change.
package flock

import (
	"errors"
	"os"
)

// ErrLocked says that another process, or another open file of this one, has the lock.
var ErrLocked = errors.New("flock: the file is locked")

// Create creates or opens a file and locks it. The lock ends when the file is closed or
// the process ends, however it ends. If it is taken, the error is [ErrLocked]. Systems
// without flock(2) have no locks: there, Create always succeeds.
//
// Whoever removes the file has to hold the lock: Create sees to it that the file it has
// locked is the one at path.
func Create(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o644)
		if err != nil {
			return nil, err
		}
		if err := lock(f); err != nil {
			f.Close()
			return nil, err
		}
		own, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		if there, err := os.Lstat(path); err == nil && os.SameFile(own, there) {
			return f, nil
		}
		f.Close() // its owner removed it meanwhile
	}
}
