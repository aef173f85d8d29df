package unsolicited

import (
	"cmp"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Kept are episodes that are over, in files below a folder, as many of the newest as there is room for.
type Kept struct {
	folder    string
	all       []kept
	bytes     int
	forgotten int
	failed    error // the first error of writing
	packer    evidence.Packer
}

// kept is an episode without its events, which are in a file.
type kept struct {
	Episode
	began  time.Duration
	digest string
	size   int
}

// Keep returns no episodes, for a folder that is there and empty.
func Keep(folder string) *Kept { return &Kept{folder: folder} }

// Put keeps an episode, and forgets older ones for which there is no room then. One that cannot be written is forgotten,
// and [Kept.Err] says why.
func (k *Kept) Put(e Episode) {
	one := kept{Episode: e, began: e.Began(), size: observation.Size(e.Events)}
	one.Events = nil
	var err error
	if one.digest, err = evidence.Keep(k.folder, e.Name, e.Events, &k.packer); err != nil {
		k.forgotten++
		if k.failed == nil {
			k.failed = err
		}
		return
	}
	k.all, k.bytes = append(k.all, one), k.bytes+one.size
	for k.bytes > keptBytes || len(k.all) > mostKept {
		oldest := k.all[0]
		k.all, k.bytes = k.all[1:], k.bytes-oldest.size
		k.forgotten++
		if err := k.remove(oldest.Name); err != nil && k.failed == nil {
			k.failed = err
		}
	}
}

// remove removes the file of an episode.
func (k *Kept) remove(name string) error {
	folder, err := evidence.Folder(name)
	if err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(k.folder, filepath.FromSlash(folder)))
}

// asked returns the devices that have asked anything, in the episodes that are kept or in those that go on.
func (k *Kept) asked(open []Episode) map[netip.Addr]bool {
	asked := make(map[netip.Addr]bool)
	add := func(e *Episode) {
		if e.Role != profile.Connecting {
			asked[e.Device] = true
		}
	}
	for i := range k.all {
		add(&k.all[i].Episode)
	}
	for i := range open {
		add(&open[i])
	}
	return asked
}

// Forgotten returns how many episodes had no room, or could not be written.
func (k *Kept) Forgotten() int { return k.forgotten }

// Err returns the first error of writing or removing a file.
func (k *Kept) Err() error { return k.failed }

// Each calls f with each episode that is kept, and with those that go on, in the order in which they began. Only one has
// its events in memory at a time. It stops at the first error.
func (k *Kept) Each(open []Episode, f func(*Episode) error) error {
	all := slices.Clone(k.all)
	for _, e := range open {
		all = append(all, kept{Episode: e, began: e.Began()})
	}
	slices.SortStableFunc(all, func(a, b kept) int { return cmp.Compare(a.began, b.began) })
	var errs []error
	for i := range all {
		one := all[i]
		if one.digest != "" {
			events, err := evidence.Recall(k.folder, one.Name, one.digest)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			one.Events = events
		}
		if err := f(&one.Episode); err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	return errors.Join(errs...)
}
