// Package engine runs a plan against a device: workers, budgets, controls and
// evidence. It knows neither vendors nor test frameworks.
//
// The package serves this module and may change.
package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Depth is how much evidence is written.
type Depth string

// The depths. Failures writes full evidence for the scenarios that are [Telling],
// and the observations and the ladder of the rest.
const (
	NoEvidence Depth = "none"
	Failures   Depth = "failures"
	Full       Depth = "full"
)

// Config is what an engine works with. Device, Requirements, Names and Place
// are required.
type Config struct {
	Device       device.Device
	Requirements *catalogue.Catalogue
	Names        *nameserver.Server
	Place        func(serial int) bench.Place
	Forge        *certs.Forge
	Seed         uint64
	// Jobs is how many scenarios run at the same time; 0 means 1.
	Jobs int
	// Shuffle is the seed of the order in which scenarios are begun; 0 is the plan's, but
	// for those that wait for time to pass.
	Shuffle uint64
	// Out is the folder of results.json; evidence goes below it. Empty writes none.
	Out   string
	Depth Depth
	// Budget is the time that one scenario may take; 0 means [Budget].
	Budget time.Duration
	// MediaInterval is the time between the mocks' media packets.
	MediaInterval time.Duration
	// Scratch is the folder below which each scenario has one of its own; that of the
	// system for temporary files if it is empty.
	Scratch string
	// Journal is where what became of each scenario is written as soon as it has run, and
	// what is there already is taken instead of running a scenario. Nil for none. It
	// needs Out.
	Journal *journal.Journal
	// Attended tells that a person acts, who may want to go back: what became of a scenario
	// is kept back until the one after it has run. It takes one job.
	Attended bool
	// Begun is called before a scenario is staged, with the log of what will be seen, and
	// again when it is tried again or asked in another configuration. Scenarios that run at
	// the same time call it at the same time.
	Begun func(s *plan.Scenario, log *observation.Log)
	// Ended is called after a scenario that has begun, each time, whatever became of it.
	Ended func(s *plan.Scenario)
	// Done is called with each of the plan's results as soon as it is final, from one
	// goroutine at a time.
	Done func(results.Result)
}

// Engine runs scenarios.
type Engine struct {
	config  Config
	serials *bench.Serials
	running sync.RWMutex // read-held by each scenario that runs, held by one that runs alone
	telling sync.Mutex
	agents  []string // under telling
	instead *instead // nil in the device's own set-up
	cut     *cut     // that of the device's own set-up
	logs    *observation.Run
	shelf   *shelf
	folders *folders
	judging chan struct{} // one for each scenario that is judged now
	packer  evidence.Packer
}

// New returns an engine. It starts nothing.
func New(config Config) *Engine {
	config.Jobs = max(config.Jobs, 1)
	if config.Depth == "" {
		config.Depth = Failures
	}
	if config.Budget == 0 {
		config.Budget = Budget
	}
	return (&Engine{config: config, serials: new(bench.Serials), cut: new(cut)}).bounded()
}

// Run runs a plan and returns the results in the plan's order, and then those of
// controls in other configurations. When ctx ends, it returns what was concluded and
// leaves out the rest.
func (e *Engine) Run(ctx context.Context, p *plan.Plan) []results.Result {
	futures := e.Start(ctx, p)
	all := make([]results.Result, 0, len(p.Scenarios))
	for _, s := range p.Scenarios {
		if r, ok := futures.Wait(s.ID); ok {
			all = append(all, r)
		}
	}
	return append(all, futures.Controls()...)
}

// Futures are the results of a plan that is running.
type Futures struct {
	byID   map[string]*future
	order  []string // the IDs in the plan's order
	engine *Engine
	again  *again // what is asked in the device's configurations
}

type future struct {
	ran   chan struct{} // closed when raw is set
	raw   *raw          // nil if the run ended first
	prior *future       // of the scenario before it, by plan.Prior; nil for none
	done  chan struct{} // closed when final is set
	final *Standing
}

// Wait returns the result of a scenario once it is final. It returns false for a
// scenario that the plan lacks, and if the run ended before the scenario did.
func (f *Futures) Wait(id string) (results.Result, bool) {
	one := f.byID[id]
	if one == nil {
		return results.Result{}, false
	}
	<-one.done
	if f.engine.open(one) {
		<-f.again.over
		if r, ok := f.again.results[id]; ok {
			return r, true
		}
	}
	return one.final.Result, one.raw != nil
}

// Start begins to run a plan. Its goroutines end when every scenario has run or, once
// ctx has ended, was left out, and what is open then was asked again in the device's
// configurations.
func (e *Engine) Start(ctx context.Context, p *plan.Plan) *Futures {
	f := e.start(ctx, p)
	go f.askAgain(ctx, p)
	return f
}

// start begins to run a plan in one configuration.
func (e *Engine) start(ctx context.Context, p *plan.Plan) *Futures {
	f := &Futures{
		byID: make(map[string]*future, len(p.Scenarios)), engine: e,
		again: &again{over: make(chan struct{}), results: make(map[string]results.Result)},
	}
	for _, s := range p.Scenarios {
		f.order = append(f.order, s.ID)
		f.byID[s.ID] = &future{ran: make(chan struct{}), done: make(chan struct{})}
	}
	if e.instead == nil {
		// One fault is blamed in the first scenario that shows it.
		for id, before := range p.Prior() {
			f.byID[id].prior = f.byID[before]
		}
	}
	queue := make(chan *plan.Scenario)
	go func() {
		defer close(queue)
		for _, s := range e.order(p.Scenarios) {
			queue <- s
		}
	}()
	for range e.config.Jobs {
		go e.work(ctx, queue, f)
	}
	for _, s := range p.Scenarios {
		go e.finish(s, f)
	}
	return f
}

// One runs a single scenario in the device's own set-up, and first those of the plan
// that it rests on. When ctx ends first, the result is inconclusive.
func (e *Engine) One(ctx context.Context, p *plan.Plan, s *plan.Scenario) results.Result {
	standings := make(map[string]*Standing)
	var stand func(id string) *Standing
	stand = func(id string) *Standing {
		i := slices.IndexFunc(p.Scenarios, func(other *plan.Scenario) bool { return other.ID == id })
		if i >= 0 && standings[id] == nil {
			c := p.Scenarios[i]
			standings[id] = e.stand(c, e.attempt(ctx, c), restsOf(c, stand))
		}
		return standings[id]
	}
	one := &future{ran: make(chan struct{}), done: make(chan struct{}), raw: e.attempt(ctx, s)}
	close(one.ran)
	e.conclude(s, one, restsOf(s, stand))
	if e.open(one) {
		e.tell(one.final.Result)
	}
	return one.final.Result
}

// stand returns a scenario's standing beside those that it rests on.
func (e *Engine) stand(s *plan.Scenario, one *raw, rests Rests) *Standing {
	switch {
	case one == nil:
		return Unrun(stop(blank(s), verdict.Inconclusive, NotRun, NotRunWhy), rests)
	case !one.judged:
		return Unrun(one.result, rests)
	}
	standing := Judge(s, e.config.Requirements, one.events, rests)
	standing.Result.DurationMS = one.result.DurationMS
	e.met(standing.agents)
	return standing
}

// finish makes a scenario's result final as soon as those are that it rests on.
func (e *Engine) finish(s *plan.Scenario, f *Futures) {
	one := f.byID[s.ID]
	defer close(one.done)
	<-one.ran
	defer one.recover(s)
	rests := restsOf(s, f.stand)
	if one.prior != nil {
		<-one.prior.done
		rests.Earlier = one.prior.final
	}
	if one.raw != nil && one.raw.unexplained {
		rests.Elsewhere = f.elsewhere(s.ID)
	}
	e.judging <- struct{}{}
	defer func() { <-e.judging }()
	e.unshelve(one.raw)
	e.conclude(s, one, rests)
}

// restsOf finds what a scenario rests on.
func restsOf(s *plan.Scenario, find func(id string) *Standing) Rests {
	r := Rests{Control: find(s.Control)}
	for _, id := range s.Presumes {
		r.Presumed = append(r.Presumed, find(id))
	}
	return r
}

// stand waits for the standing of a scenario that another rests on, nil if there is
// none. One that is not asked in a configuration has that of the own set-up.
func (f *Futures) stand(id string) *Standing {
	one := f.byID[id]
	if in := f.engine.instead; in != nil && one == nil {
		one = in.own.byID[id]
	}
	if one == nil {
		return nil
	}
	<-one.done
	return one.final
}

// conclude makes a scenario's result final and writes the evidence.
func (e *Engine) conclude(s *plan.Scenario, one *future, rests Rests) {
	one.final = e.instead.after(e.stand(s, one.raw, rests))
	if one.raw == nil {
		return
	}
	one.final.Result = e.witnessed(one.final.Result, one.raw, e.instead.folder(s.ID), one.final.Result.Telling())
	if !e.open(one) {
		e.tell(one.final.Result)
	}
}

// witnessed writes the evidence of a result to a folder, all of it if it matters, and lets go of the observations.
func (e *Engine) witnessed(r results.Result, of *raw, folder string, matters bool) results.Result {
	if e.config.Out != "" && e.config.Depth != NoEvidence && len(of.events) > 0 {
		options := evidence.Options{Scenario: folder, Start: of.start, Kept: of.kept, Packer: &e.packer}
		if matters || e.config.Depth == Full {
			options.Extent = evidence.Full
		}
		files, err := evidence.Write(e.config.Out, of.events, options)
		if err != nil {
			r = unwritten(r, err)
		}
		r.Evidence = files
	}
	of.events = nil
	return r
}

// tell calls Done with a result that is final.
func (e *Engine) tell(r results.Result) {
	if e.config.Done != nil {
		e.telling.Lock()
		defer e.telling.Unlock()
		e.config.Done(r)
	}
}

// attempt runs a scenario within its budget. It returns nil if the run ended meanwhile,
// because what did not happen then proves nothing.
func (e *Engine) attempt(run context.Context, s *plan.Scenario) *raw {
	began := time.Now()
	one := &raw{result: blank(s), start: began}
	if missing := plan.Missing(s, e.config.Device.Capabilities()); len(missing) > 0 {
		one.result = Lacking(s, missing)
		return one
	}
	alone := false
	for tries := 0; tries < attempts; {
		leave := e.admit(alone)
		ran := e.try(run, s, one)
		leave()
		if !ran {
			return nil
		}
		if one.wish == restart {
			continue // as often as a person likes
		}
		if tries++; one.wish == back || !e.spoilt(s, one) {
			break
		}
		alone = ownFault(one.events) != nil // it may be the others that left it nothing
	}
	one.result.DurationMS = time.Since(began).Milliseconds()
	return one
}

// try runs a scenario once. It returns false if the run ended meanwhile.
func (e *Engine) try(run context.Context, s *plan.Scenario, one *raw) bool {
	ctx, clock, cancel := allow(run, e.config.Budget)
	defer cancel()
	log := e.logs.NewLog()
	one.start = log.Start()
	if e.config.Begun != nil {
		e.config.Begun(s, log)
	}
	if e.config.Ended != nil {
		defer e.config.Ended(s)
	}
	err := e.watched(ctx, s, log, clock.pause)
	one.wish = wishOf(err)
	switch short := observation.Shortage(err) != ""; {
	case short && ownFault(log.Events()) == nil: // the harness's, whoever it was that met it
		log.Failed("", "staging the scenario", err)
	case !short && run.Err() == nil:
		markUnasked(log, err)
	}
	one.events, one.judged = log.End(), false
	one.keys = judge.Offered(one.events)
	switch {
	case errors.As(err, new(crash)): // even if the run has ended
		one.result = stop(blank(s), verdict.Error, "harness-error", err.Error())
	case ownFault(one.events) != nil: // whatever the device made of that
		one.judged = true
	case run.Err() != nil:
		return false
	case flooded(log): // which ended the scenario
		one.judged = true
	case err != nil && ctx.Err() == nil && unasked(one.events) == nil:
		one.result = stop(blank(s), verdict.Error, "harness-error", err.Error())
	default:
		one.judged = true
	}
	return true
}
