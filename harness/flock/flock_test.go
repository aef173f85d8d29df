package flock_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/flock"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there are no locks")
	}
	path := filepath.Join(t.TempDir(), "lock")
	first, err := flock.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flock.Create(path); !errors.Is(err, flock.ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := flock.Create(path)
	if err != nil {
		t.Fatalf("after the first was closed: %v", err)
	}
	second.Close()
	if _, err := flock.Create(filepath.Join(path, "below")); err == nil || errors.Is(err, flock.ErrLocked) {
		t.Errorf("a lock below a file: %v", err)
	}
}

// TestRemoved: owners that remove their file while they hold the lock never leave two
// with a lock at one path.
func TestRemoved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	var owners, most int
	var mu sync.Mutex
	count := func(by int) {
		mu.Lock()
		defer mu.Unlock()
		owners += by
		most = max(most, owners)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				f, err := flock.Create(path)
				if errors.Is(err, flock.ErrLocked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				count(1)
				count(-1)
				if err := os.Remove(path); err != nil {
					t.Error(err)
				}
				f.Close()
			}
		})
	}
	all.Wait()
	if most != 1 {
		t.Errorf("%d held the lock at once", most)
	}
}
