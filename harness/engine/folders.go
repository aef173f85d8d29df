package engine

import (
	"os"
	"sync"
)

// folders are those of sessions, for the files of a device. Below the scratch folder of a
// run, one that is left empty serves the next session: making it can take longer than a
// handshake.
type folders struct {
	scratch string // empty for the system's, where nobody would remove them

	mu   sync.Mutex
	free []string
}

// take returns an empty folder.
func (f *folders) take() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.free); n > 0 {
		dir := f.free[n-1]
		f.free = f.free[:n-1]
		return dir, nil
	}
	return os.MkdirTemp(f.scratch, "sipconform-")
}

// giveBack takes a folder back, and removes it if it serves no other session.
func (f *folders) giveBack(dir string) {
	if f.scratch == "" || !empty(dir) {
		os.RemoveAll(dir)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free = append(f.free, dir)
}

// empty tells whether a folder is there and has nothing in it.
func empty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}
