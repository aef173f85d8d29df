package engine

import (
	"cmp"
	"context"
	"fmt"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// passing tells which shortages may be over when a scenario is tried again alone. A disk stays full, and what a machine
// cannot emulate it never can.
func passing(cause observation.FaultCause) bool {
	switch cause {
	case observation.OutOfDescriptors, observation.OutOfMemory, observation.OutOfThreads, observation.OutOfPorts, observation.NamesUnanswered:
		return true
	}
	return false
}

// giveUp calls end as soon as the log has a shortage, until ctx ends: what else the scenario would show counts for nothing.
func giveUp(ctx context.Context, log *observation.Log, end func()) {
	defer log.Guard("", "watching for a shortage")
	short := func(e observation.Event) bool { return e.Kind == observation.Fault && passing(e.Fault) }
	if _, err := log.Wait(ctx, short); err == nil {
		end()
	}
}

// admit waits until a scenario may run: beside others, or alone. It returns what ends that.
func (e *Engine) admit(alone bool) (leave func()) {
	if alone {
		e.running.Lock()
		return e.running.Unlock
	}
	e.running.RLock()
	return e.running.RUnlock
}

// unwritten is a result whose evidence could not be written. Nothing backs it, so that it is the harness's error; what the
// scenario came to stays in the text, and its findings in the record, for other results may rest on them.
func unwritten(r results.Result, err error) results.Result {
	r.Observed = fmt.Sprintf("it came to %s (%s), but the evidence of that could not be written: %v", r.Verdict, r.Cause, err)
	r.Verdict, r.Cause = verdict.Error, string(cmp.Or(observation.Shortage(err), "evidence-not-written"))
	r.Expected, r.Hint, r.Blocked = "", "", nil
	return r
}
