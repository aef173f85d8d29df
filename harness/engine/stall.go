package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// pulse is how often a scenario checks that time goes on.
	pulse = 100 * time.Millisecond
	// standstill is how late a pulse must be to show that the machine stood still, as a
	// virtual machine does while it is moved or starved. Devices and mocks wait
	// longer for each other; on a machine that is merely busy, pulses are less late.
	standstill = 2 * time.Second
	// attempts is how often a scenario runs, at most, if the machine keeps standing still.
	attempts = 3
)

// spoilt reports whether the machine stood still in a scenario that does not pass
// by itself, so that it is to run again.
func (e *Engine) spoilt(s *plan.Scenario, one *raw) bool {
	if judge.NewView(one.events).Standstill < 0 || ownFault(one.events) != nil {
		return false
	}
	return !one.judged || Judge(s, e.config.Requirements, one.events, Rests{}).Result.Verdict != verdict.Pass
}

// watch records a fault in a scenario's log whenever the machine stood still, until
// ctx ends.
func watch(ctx context.Context, log *observation.Log, pulses <-chan time.Time) {
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-pulses:
			if gap := now.Sub(last); gap > standstill {
				log.Append(observation.Event{
					Kind: observation.Fault, Fault: observation.MachineStoodStill, Text: fmt.Sprintf("the machine stood still for %s", gap.Round(pulse))})
			}
			last = now
		}
	}
}
