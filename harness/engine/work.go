package engine

import (
	"context"
	"errors"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
)

// wish is what the person at a device wants instead of going on.
type wish int

const (
	onward  wish = iota
	restart      // to begin the scenario anew
	back         // to run the one before it again, and then this one
)

func wishOf(err error) wish {
	switch {
	case errors.Is(err, device.ErrAgain):
		return restart
	case errors.Is(err, device.ErrBack):
		return back
	}
	return onward
}

// work runs what comes from the queue, one after the other.
func (e *Engine) work(ctx context.Context, queue <-chan *plan.Scenario, f *Futures) {
	publish := func(s *plan.Scenario, what *raw) {
		one := f.byID[s.ID]
		one.raw = what
		e.shelve(what)
		close(one.ran)
	}
	if !e.config.Attended {
		for s := range queue {
			publish(s, e.ran(ctx, s))
		}
		return
	}
	var before *plan.Scenario
	var was *raw
	for s := range queue {
		one := e.ran(ctx, s)
		for one != nil && one.wish == back {
			if before != nil {
				was = e.onceMore(ctx, before)
			}
			one = e.ran(ctx, s)
		}
		if before != nil {
			publish(before, was)
		}
		before, was = s, one
	}
	if before != nil {
		publish(before, was)
	}
}

// onceMore runs a scenario that a person has gone back to. There is no going back further.
func (e *Engine) onceMore(ctx context.Context, s *plan.Scenario) *raw {
	for {
		if one := e.anew(ctx, s); one == nil || one.wish != back {
			return one
		}
	}
}
