package selftest

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
)

// variantsWanted is how many legal peculiarities the harness has to bear at least.
const variantsWanted = 60

// TestVariants: a device with one legal peculiarity is judged no worse than the plain
// reference device, in every scenario that the peculiarity concerns. The test prints
// the score.
func TestVariants(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a part of the matrix once a variant")
	}
	library := load(t)
	plain := make(map[string]results.Result) // by scenario
	for _, r := range runVariant(t, library, reference.Variant{Name: "plain"}) {
		plain[r.Scenario] = r
	}
	variants := reference.Variants()
	if len(variants) < variantsWanted {
		t.Errorf("%d variants, want %d", len(variants), variantsWanted)
	}
	var mu sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	unharmed := 0
	for _, v := range variants {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			worse := worsened(runVariant(t, library, v), plain)
			mu.Lock()
			defer mu.Unlock()
			if len(worse) == 0 {
				unharmed++
			}
			for _, r := range worse {
				t.Errorf("%s: %s: %s (%s): %s; the plain device: %s (%s)",
					v.Name, r.Scenario, r.Verdict, r.Cause, r.Observed, plain[r.Scenario].Verdict, plain[r.Scenario].Cause)
			}
		})
	}
	wait.Wait()
	fmt.Printf("variants: %d run, %d of %d never failed\n", len(variants), unharmed, len(variants))
}

// runVariant runs the part of the matrix that concerns a variant; all of it for one
// that names no part.
func runVariant(t *testing.T, library *scenarios.Library, v reference.Variant) []results.Result {
	c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
		Device: reference.New(reference.Options{Name: v.Name, Peculiarities: v.Peculiarities, Interval: 5 * time.Millisecond}),
		Filter: v.Asked, Jobs: 16, Depth: engine.NoEvidence, Budget: 15 * time.Second,
	})
	if err != nil {
		t.Errorf("%s: %v", v.Name, err)
		return nil
	}
	defer c.Close()
	return c.Engine.Run(t.Context(), c.Plan)
}

// worsened returns the results that speak against the device, where those of the plain
// device do not.
func worsened(found []results.Result, plain map[string]results.Result) []results.Result {
	against := []verdict.Verdict{verdict.Fail, verdict.Deviation, verdict.Inconclusive, verdict.Error}
	return slices.DeleteFunc(found, func(r results.Result) bool {
		return !slices.Contains(against, r.Verdict) || r.Verdict == plain[r.Scenario].Verdict
	})
}
