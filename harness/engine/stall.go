package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// pulse is how often a scenario checks that time goes on.
	pulse = 100 * time.Millisecond
	// window is the stretch of time over which late pulses are added up, and lost is how much of it they may come to.
	// Beyond that the machine stood still, at once or bit by bit, as a virtual machine does while it is moved, a stopped
	// process until it goes on, and any machine with far too much to do. A device that sends again after half a second
	// and gives up after a few then does so for no fault of its own.
	//
	// The bounds are measured, on two cores with 24 scenarios at a time. Beside so many other programs that the load was
	// 58, no scenario lost more than 0.27 s at once or 43 % in all, and all came out as ever. At a 20th of a core in all,
	// where waits ended early and devices were blamed, half of the scenarios lost half of their time. The system's own
	// word for it is no evidence: /proc/pressure/cpu had some avg10 at 90 % in both.
	window = 2 * time.Second
	lost   = window / 2
	// attempts is how often a scenario runs, at most, if the machine keeps standing still.
	attempts = 3
)

// spoilt reports whether a scenario is to run again: the machine was short of something that it may have by then, or it
// stood still and the scenario does not pass by itself.
func (e *Engine) spoilt(s *plan.Scenario, one *raw) bool {
	if fault := ownFault(one.events); fault != nil {
		return passing(fault.Fault)
	}
	if judge.NewView(one.events).Standstill == nil {
		return false
	}
	return !one.judged || Judge(s, e.config.Requirements, one.events, Rests{}).Result.Verdict != verdict.Pass
}

// watched stages a scenario and records if the machine stands still meanwhile. A flood or a shortage ends the
// scenario.
func (e *Engine) watched(ctx context.Context, s *plan.Scenario, log *observation.Log, pause func() func()) error {
	pulses := time.NewTicker(pulse)
	defer pulses.Stop()
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { watch(watching, log, pulses.C) })
	watcher.Go(func() { endWhenFlooded(watching, log, stop) })
	watcher.Go(func() { giveUp(watching, log, stop) })
	defer watcher.Wait()
	defer stop()
	return e.stage(watching, s, log, pause)
}

// watch records a fault in a scenario's log whenever the machine stood still, until
// ctx ends.
func watch(ctx context.Context, log *observation.Log, pulses <-chan time.Time) {
	defer log.Guard("", "watching the time")
	w := timekeeper{log: log, last: time.Now()}
	for {
		select {
		case <-ctx.Done():
			w.look() // time may have gone on, and the scenario with it, before the pulse was heard
			return
		case <-pulses:
			w.look()
		}
	}
}

// timekeeper looks at the time once a pulse, or earlier.
type timekeeper struct {
	log  *observation.Log
	last time.Time // it looked
	late lateness
}

// look records a fault if the harness has waited too long for its turn, or the clock on the wall has jumped.
func (w *timekeeper) look() {
	now := time.Now() // not the pulse's own time, for the scheduler may have kept it waiting since
	if sum := w.late.add(now, now.Sub(w.last)-pulse); sum > lost {
		w.log.Append(observation.Event{Kind: observation.Fault, Fault: observation.MachineStoodStill,
			Text: fmt.Sprintf("the machine stood still: in %s, the harness waited %s for its turn",
				max(window, sum+pulse).Round(pulse), sum.Round(pulse))})
		w.late = lateness{}
	}
	if by := jump(now.Round(0).Sub(w.last.Round(0)), now.Sub(w.last)); by > lost {
		w.log.Append(observation.Event{Kind: observation.Fault, Fault: observation.MachineStoodStill,
			Text: fmt.Sprintf("the machine's clock jumped by %s, and with it the age of certificates", by.Round(pulse))})
	}
	w.last = now
}

// jump is how far the clock on the wall went astray from the time that passed. It does when it is set, and while the machine
// is suspended.
func jump(wall, passed time.Duration) time.Duration { return (wall - passed).Abs() }

// lateness is how late the pulses of the last window were.
type lateness []struct {
	at time.Time
	by time.Duration
}

// add adds a pulse, and returns how late all of the window were together.
func (l *lateness) add(now time.Time, by time.Duration) (sum time.Duration) {
	*l = append(*l, struct {
		at time.Time
		by time.Duration
	}{now, max(by, 0)})
	for now.Sub((*l)[0].at) > window {
		*l = (*l)[1:]
	}
	for _, late := range *l {
		sum += late.by
	}
	return sum
}
