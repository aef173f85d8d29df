package unsolicited

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestKept: episodes come back in the order in which they began, those that go on among them.
func TestKept(t *testing.T) {
	t.Parallel()
	k := Keep(t.TempDir())
	at := func(name string, second int) Episode {
		return Episode{Name: name, Events: []observation.Event{{Kind: observation.SIP, At: time.Duration(second) * time.Second, Text: name}}}
	}
	k.Put(at("call-out-2", 5))
	k.Put(at("call-out-1", 2))
	var names []string
	err := k.Each([]Episode{at("register-1", 1), at("call-in-1", 4)}, func(e *Episode) error {
		names = append(names, e.Name)
		if len(e.Events) != 1 || e.Events[0].Text != e.Name {
			t.Errorf("%s has the events %v", e.Name, e.Events)
		}
		return nil
	})
	if want := []string{"register-1", "call-out-1", "call-in-1", "call-out-2"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v; want %q", names, err, want)
	}
}

// TestKeptBounds: newer episodes take the place of older ones, on the disk too.
func TestKeptBounds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	k := Keep(dir)
	for i := range mostKept + 10 {
		k.Put(Episode{Name: fmt.Sprintf("call-out-%d", i), Events: []observation.Event{{Kind: observation.SIP}}})
	}
	entries, err := os.ReadDir(filepath.Join(dir, "evidence"))
	if err != nil || len(entries) != mostKept || k.Forgotten() != 10 || k.Err() != nil {
		t.Errorf("%d are on the disk, %d are forgotten: %v, %v", len(entries), k.Forgotten(), err, k.Err())
	}
}

// TestKeptWithoutDisk: what cannot be written is counted, and the error says why.
func TestKeptWithoutDisk(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	k := Keep(file)
	k.Put(Episode{Name: "call-out-1"})
	if k.Forgotten() != 1 || k.Err() == nil {
		t.Errorf("%d are forgotten: %v", k.Forgotten(), k.Err())
	}
}
