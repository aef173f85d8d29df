package selftest

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
	"github.com/sipconform/sipconform/scenarios/selftest/stub"
)

// TestStubs: a device that always does one trivial thing passes nothing that it has not
// shown. The test prints the score.
func TestStubs(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the matrix once a stub")
	}
	t.Parallel() // most of its time is waiting
	library := load(t)
	stubs := stub.All()
	var run, honest atomic.Int32
	slots := make(chan struct{}, 2*runtime.NumCPU())
	t.Run("each", func(t *testing.T) {
		for _, s := range stubs {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				run.Add(1)
				if runStub(t, library, s); !t.Failed() {
					honest.Add(1)
				}
			})
		}
	})
	fmt.Printf("stubs: %d run, %d of %d pass only what they have shown\n", run.Load(), honest.Load(), run.Load())
	if int(run.Load()) == len(stubs) { // and not a part that -run names
		holds(t, "stubs", len(stubs), int(honest.Load()))
	}
}

// stubJobs is how many scenarios of a stub run at the same time: most of them wait for a
// device that does nothing.
const stubJobs = 64

// sameCells are columns of the tables of ports in which a stub does what it does in two others, of normal mode and of
// Common Criteria mode: a sixth of all scenarios.
const sameCells = `/^id:cisco:(ucm|imp):ports:.*:(min-tls1\.[01]|cc-min-tls1\.[02]):tls1\.[0-3]$/`

// runStub runs the matrix with a stub and compares what it passes with what it has shown.
func runStub(t *testing.T, library *scenarios.Library, s stub.Stub) {
	var ids []string
	for _, scenario := range library.Scenarios {
		ids = append(ids, scenario.ID)
	}
	if idle := s.Idle(ids); len(idle) > 0 {
		t.Errorf("no scenario has an ID like %q", idle)
	}
	run := conclude(t, library, scenarios.Options{
		Device: s.Device, Jobs: stubJobs, Forge: forge(), Depth: engine.NoEvidence, Filter: "!" + sameCells,
	})
	if run.Outcome == results.Conformant {
		t.Errorf("it is %s", run.Outcome)
	}
	for _, r := range run.Results {
		asked := r.Verdict != verdict.Observed && r.Verdict != verdict.NotApplicable
		switch shown := s.Shows(r.Scenario); {
		case r.Verdict == verdict.Error:
			t.Errorf("%s: the harness failed (%s): %s", r.Scenario, r.Cause, r.Observed)
		case r.Verdict == verdict.Pass && !shown:
			t.Errorf("%s passes (%s), which it has not shown: %s", r.Scenario, r.Cause, r.Observed)
		case r.Verdict != verdict.Pass && shown && asked:
			t.Errorf("%s is %s (%s), although it has shown it: %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
		}
	}
}
