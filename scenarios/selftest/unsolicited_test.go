package selftest

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/unsolicited"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios"
)

// benched are the scenarios in which devices do what they do at a bench.
const benched = "id:twilio:voice:register:challenge || id:twilio:voice:call-out:secure || id:twilio:voice:call-in:secure"

// watched has a device do what some of the usual scenarios have it do, and judges what was seen as if nobody had told it to.
func watched(t *testing.T, library *scenarios.Library, options reference.Options, filter string) (judged []results.Result) {
	t.Helper()
	options.Interval = 5 * time.Millisecond
	dir := t.TempDir()
	c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
		Device: reference.New(options), Filter: filter, Jobs: 4, Forge: forge(), Depth: engine.Failures, Out: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Engine.Run(t.Context(), c.Plan)
	products := make(map[string]*profile.Product)
	for _, p := range library.Products {
		products[p.Vendor+" "+p.Product] = p
	}
	for _, s := range c.Plan.Scenarios {
		events, err := evidence.ReadFile(filepath.Join(dir, evidence.Root, filepath.FromSlash(s.ID), evidence.PackedObservationsFile))
		if s.Usual == nil || err != nil { // it was not applicable
			continue
		}
		p := products[s.Vendor+" "+s.Product]
		r, err := p.Named(s.Revisions[0])
		if err != nil {
			t.Fatal(err)
		}
		settings, err := p.SettingValues(r, s.Usual.Settings)
		if err != nil {
			t.Fatal(err)
		}
		judge := unsolicited.NewJudge(p, r, library.Scenarios, library.Requirements)
		sorter := unsolicited.NewSorter(p, func() map[string]string { return settings }, func(e unsolicited.Episode) {
			judged = append(judged, judge.Episode(&e).Results...)
		})
		for _, e := range events {
			sorter.Take(e)
		}
		sorter.Change()
	}
	return judged
}

// TestUnsolicited: a good device fails nothing of what it does by itself, at any vendor.
func TestUnsolicited(t *testing.T) {
	t.Parallel()
	library := load(t)
	var usual []string
	for _, s := range library.Scenarios {
		if s.Usual != nil {
			usual = append(usual, s.Label())
		}
	}
	judged := watched(t, library, reference.Options{}, strings.Join(usual, " || "))
	passed := make(map[string]int)
	for _, r := range judged {
		switch r.Verdict {
		case verdict.Pass:
			passed[r.Role]++
		case verdict.Fail, verdict.Inconclusive, verdict.Error:
			t.Errorf("%s", line(r))
		}
	}
	all := []profile.Role{profile.Registering, profile.CallingOut, profile.CalledIn, profile.Listening, profile.Asking, profile.Fetching}
	for _, role := range all {
		if passed[string(role)] == 0 {
			t.Errorf("nothing is judged of a device in the role %s", role)
		}
	}
}

// TestUnsolicitedVariants: nor does a device with a legal peculiarity.
func TestUnsolicitedVariants(t *testing.T) {
	if testing.Short() {
		t.Skip("runs three scenarios once a variant")
	}
	library := load(t)
	for _, v := range reference.Variants() {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			for _, r := range watched(t, library, reference.Options{Peculiarities: v.Peculiarities}, benched) {
				if r.Verdict == verdict.Fail || r.Verdict == verdict.Error {
					t.Errorf("%s", line(r))
				}
			}
		})
	}
}

// mutantsSeen is how many of the bugs show in what a device does by itself.
const mutantsSeen = 50

// TestUnsolicitedMutants: many bugs show without a stimulus, and no bug is blamed for another cause than when it is
// asked for. The test prints the score.
func TestUnsolicitedMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("runs three scenarios once a mutant")
	}
	library := load(t)
	var seen atomic.Int32
	mutants := reference.Mutants()
	t.Run("each", func(t *testing.T) {
		for _, m := range mutants {
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				for _, r := range watched(t, library, reference.Options{Bugs: m.Bugs}, benched) {
					if r.Verdict == verdict.Fail {
						seen.Add(1)
						return
					}
				}
			})
		}
	})
	fmt.Printf("unsolicited: %d of %d mutants show in what they do by themselves\n", seen.Load(), len(mutants))
	if int(seen.Load()) < mutantsSeen {
		t.Errorf("want %d", mutantsSeen)
	}
}
