package engine

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// raw is what became of a scenario, before its control counts.
type raw struct {
	judged bool           // by its checks; otherwise the result says why it was not
	result results.Result // with its duration in any case
	events []observation.Event
	keys   []media.Keying // that stand in the descriptions of both sides
	start  time.Time
	kept   bool // the observations are on the disk

	wish        wish    // of the person at the device
	waiting     shelved // the events, until it is judged
	unexplained bool    // by [judge.Unexplained]
	lost        error   // why the events are
}

// cut is whether a run ended before its plan did, and why.
type cut struct {
	mu  sync.Mutex
	why error
}

// because notes why a scenario was left out. The first reason stays.
func (c *cut) because(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == nil {
		c.why = why
	}
}

// Cut returns why the run ended before every scenario had run that its plan asks for,
// in the device's own set-up or in a configuration: the cause for which its context
// ended. It is nil if the run was not cut short.
func (e *Engine) Cut() error {
	e.cut.mu.Lock()
	defer e.cut.mu.Unlock()
	return e.cut.why
}

// ran returns what became of a scenario: what the journal holds, or else what becomes of
// it now. It returns nil if the run ended first.
func (e *Engine) ran(ctx context.Context, s *plan.Scenario) (one *raw) {
	defer func() {
		if p := recover(); p != nil { // code of a device, such as the list of its capabilities
			one = &raw{result: panicked(s, p), start: time.Now()}
		}
	}()
	if one := e.recall(s); one != nil {
		return one
	}
	return e.anew(ctx, s)
}

// anew runs a scenario, whatever the journal holds. It returns nil if the run ended first.
func (e *Engine) anew(ctx context.Context, s *plan.Scenario) *raw {
	if ctx.Err() == nil {
		if one := e.attempt(ctx, s); one != nil {
			if one.wish != back {
				e.keep(s, one)
			}
			return one
		}
	}
	e.cut.because(context.Cause(ctx))
	return nil
}

// panicked is the result of a scenario in which code outside of its checks panicked.
func panicked(s *plan.Scenario, p any) results.Result {
	return stop(blank(s), verdict.Error, "harness-error", fmt.Sprintf("the harness panicked: %v\n%s", p, debug.Stack()))
}

// recover turns a panic in what makes a scenario's result final into an error.
func (one *future) recover(s *plan.Scenario) {
	if p := recover(); p != nil {
		one.final = Unrun(panicked(s, p), Rests{})
	}
}

// at is where the journal has a scenario of this engine.
func (e *Engine) at(s *plan.Scenario) journal.Place {
	at := journal.Place{Scenario: s.ID}
	if e.instead != nil {
		at.Configuration = e.instead.configuration.Name
	}
	return at
}

// recall returns what the journal holds on a scenario, nil if it holds nothing that can
// be judged: the scenario runs again then.
func (e *Engine) recall(s *plan.Scenario) *raw {
	if e.config.Journal == nil {
		return nil
	}
	was, known := e.config.Journal.Recall(e.at(s))
	if !known {
		return nil
	}
	one := &raw{result: blank(s), start: was.Start, judged: was.Result == nil}
	if was.Result != nil {
		one.result = *was.Result
	}
	one.result.DurationMS = was.DurationMS
	if was.Observations != "" {
		events, err := evidence.Recall(e.config.Out, e.instead.folder(s.ID), was.Observations)
		if err != nil {
			return nil
		}
		one.events, one.keys, one.kept = events, judge.Offered(events), true
	}
	return one
}

// keep writes down what became of a scenario. What cannot be written is lost only if the
// process is killed: the evidence is written again with the result, and says why it
// cannot be.
func (e *Engine) keep(s *plan.Scenario, one *raw) {
	if e.config.Journal == nil {
		return
	}
	was := journal.Ran{Place: e.at(s), Start: one.start, DurationMS: one.result.DurationMS}
	if !one.judged {
		was.Result = &one.result
	}
	if len(one.events) > 0 {
		digest, err := evidence.Keep(e.config.Out, e.instead.folder(s.ID), one.events, &e.packer)
		if err != nil {
			return
		}
		was.Observations, one.kept = digest, true
	}
	_ = e.config.Journal.Ran(was)
}
