package selftest

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
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
	var run, unharmed atomic.Int32
	t.Run("each", func(t *testing.T) {
		for _, v := range variants {
			t.Run(v.Name, func(t *testing.T) {
				t.Parallel()
				run.Add(1)
				worse := worsened(runVariant(t, library, v), plain)
				if len(worse) > 0 {
					worse = worsened(again(t, library, v, worse), plain)
				}
				if len(worse) == 0 {
					unharmed.Add(1)
				}
				for _, r := range worse {
					t.Errorf("%s; the plain device: %s (%s)", line(r), plain[r.Scenario].Verdict, plain[r.Scenario].Cause)
				}
			})
		}
	})
	fmt.Printf("variants: %d run, %d of %d never failed\n", run.Load(), unharmed.Load(), run.Load())
	if int(run.Load()) == len(variants) { // and not a part that -run names
		holds(t, "variants", len(variants), int(unharmed.Load()))
	}
}

// again asks once more what went wrong. On a machine that is busy otherwise a scenario
// can end before the device was given the time to act; what is wrong with a judge or a
// mock stays wrong.
func again(t *testing.T, library *scenarios.Library, v reference.Variant, worse []results.Result) []results.Result {
	var ids []string
	for _, s := range library.Scenarios {
		if i := slices.IndexFunc(worse, func(r results.Result) bool { return r.Scenario == s.ID }); i >= 0 {
			t.Logf("asked again: %s", line(worse[i]))
			ids = append(ids, s.Label())
		}
	}
	v.Asked = strings.Join(ids, " || ")
	return runVariant(t, library, v)
}

// line describes a result.
func line(r results.Result) string {
	return fmt.Sprintf("%s: %s (%s): %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
}

// runVariant runs the part of the matrix that concerns a variant; all of it for one
// that names no part.
func runVariant(t *testing.T, library *scenarios.Library, v reference.Variant) []results.Result {
	c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
		Device: reference.New(reference.Options{
			Name: v.Name, Peculiarities: v.Peculiarities, Interval: 5 * time.Millisecond,
		}),
		Filter: v.Asked, Jobs: 8, Forge: forge(), Depth: engine.NoEvidence,
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
