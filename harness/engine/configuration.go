package engine

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// again is what came of the scenarios that are open in the device's own set-up.
type again struct {
	over     chan struct{}             // closed when the rest is set
	results  map[string]results.Result // of those that were concluded in a configuration
	controls []results.Result          // of what they rest on in their configuration
}

// Controls waits for the end of the run and returns the results of controls in the
// device's configurations, where a scenario was concluded that rests on them.
func (f *Futures) Controls() []results.Result {
	<-f.again.over
	return f.again.controls
}

// configurations returns those of a device.
func configurations(d device.Device) []device.Configuration {
	if c, ok := d.(device.Configurable); ok {
		return c.Configurations()
	}
	return nil
}

// open reports whether a scenario is to be asked again: it came to nothing because
// another one shows why the device did not get there, or because the device was served
// neither in it nor in its control. A scenario that shows a fault is not open.
func (e *Engine) open(one *future) bool {
	return one.raw != nil && e.reopens(one.final) // otherwise the run ended first
}

// reopens is open, by a scenario's standing.
func (e *Engine) reopens(s *Standing) bool {
	r, control := s.Result, s.rests.Control.inForce()
	missed := func(f verdict.Finding) bool { return f.Verdict == verdict.Deviation }
	if r.Verdict != verdict.Inconclusive || slices.ContainsFunc(r.Findings, missed) || len(configurations(e.config.Device)) == 0 {
		return false
	}
	blocked := r.Blocked != nil && r.Blocked.Scenario != r.Scenario
	return blocked || !r.Served && (control == nil || !control.Result.Served)
}

// askAgain waits for a plan's results in the device's own set-up, and asks what is open
// again, in one configuration after the other.
func (f *Futures) askAgain(ctx context.Context, p *plan.Plan) {
	defer close(f.again.over)
	var open []*plan.Scenario
	for _, s := range p.Scenarios {
		one := f.byID[s.ID]
		<-one.done
		if f.engine.open(one) {
			open = append(open, s)
		}
	}
	for i, c := range configurations(f.engine.config.Device) {
		in := &instead{configuration: c, number: i + 1, own: f}
		open = in.recovered(ctx, p, open)
	}
	for _, s := range open {
		f.engine.tell(f.byID[s.ID].final.Result)
	}
}

// instead is a configuration of the device in which scenarios are asked again.
type instead struct {
	configuration device.Configuration
	number        int // from 1, names the folder of the evidence
	own           *Futures
}

// recovered is ask, but a panic leaves what it would have asked in error.
func (in *instead) recovered(ctx context.Context, p *plan.Plan, open []*plan.Scenario) (rest []*plan.Scenario) {
	defer func() {
		if what := recover(); what != nil {
			for _, s := range open {
				in.own.again.results[s.ID] = panicked(s, what)
			}
		}
	}()
	return in.ask(ctx, p, open)
}

// ask asks scenarios, and the controls that they rest on. It keeps what is concluded
// and returns the rest.
func (in *instead) ask(ctx context.Context, p *plan.Plan, open []*plan.Scenario) (rest []*plan.Scenario) {
	parent, left := in.own.engine, make(map[string]*plan.Scenario)
	for _, s := range p.Scenarios {
		left[s.ID] = Leave(s, parent.config.Requirements, in.configuration.GivesUp)
	}
	allowed, chosen := make(map[string]bool), make(map[string]bool)
	for _, s := range open {
		if in.asks(s, left[s.ID]) {
			allowed[s.ID] = true
			for s := left[s.ID]; s != nil && !chosen[s.ID]; s = left[s.Control] {
				chosen[s.ID] = true
			}
		}
	}
	asked := new(plan.Plan)
	for _, s := range p.Scenarios {
		if chosen[s.ID] {
			asked.Scenarios = append(asked.Scenarios, left[s.ID])
		}
	}
	config := parent.config
	config.Device, config.Done = in.configuration.Under(config.Device), nil
	futures := (&Engine{config: config, serials: parent.serials, instead: in, cut: parent.cut}).bounded().start(ctx, asked)
	for _, s := range asked.Scenarios {
		<-futures.byID[s.ID].done
	}

	concluded, kept := make(map[string]bool), make(map[string]bool)
	for _, s := range open {
		if !allowed[s.ID] || !futures.concluded(left, s) {
			rest = append(rest, s)
			continue
		}
		r, own := futures.byID[s.ID].final.Result, in.own.byID[s.ID].final.Result
		r.Own = &own
		in.own.again.results[s.ID], concluded[s.ID] = r, true
		futures.restingOn(left, s.ID, kept)
		parent.tell(r)
	}
	for _, s := range asked.Scenarios {
		r := futures.byID[s.ID].final.Result
		switch {
		case concluded[s.ID]:
		case kept[s.ID]:
			in.own.again.controls = append(in.own.again.controls, r)
		default:
			evidence.Remove(parent.config.Out, r.Evidence)
		}
	}
	return rest
}

// asks reports whether a scenario that is open is asked in the configuration, of which left is what is judged there.
func (in *instead) asks(s, left *plan.Scenario) bool {
	return len(left.Checks) > 0 && in.configuration.Allows(bareLabels(s), s.Needs)
}

// restingOn adds to the set a scenario and what it rests on, of those that were asked.
func (f *Futures) restingOn(all map[string]*plan.Scenario, id string, set map[string]bool) {
	if f.byID[id] == nil || set[id] {
		return
	}
	set[id] = true
	for _, other := range all[id].Rests() {
		f.restingOn(all, other, set)
	}
}

// concluded reports whether the configuration led to a verdict on a scenario.
func (f *Futures) concluded(all map[string]*plan.Scenario, s *plan.Scenario) bool {
	rests := make(map[string]bool)
	f.restingOn(all, s.ID, rests)
	for id := range rests {
		if f.byID[id].raw == nil { // the run ended
			return false
		}
	}
	return concludes(f.byID[s.ID].final.Result.Verdict)
}

// concludes reports whether a verdict is one for which a scenario is asked in no further configuration.
func concludes(v verdict.Verdict) bool {
	return slices.Contains([]verdict.Verdict{verdict.Pass, verdict.Deviation, verdict.Fail, verdict.Error}, v)
}

// folder returns the name of a scenario's folder of evidence.
func (in *instead) folder(scenario string) string {
	if in == nil {
		return scenario
	}
	return path.Join(ConfigurationFolder(in.number), scenario)
}

// ConfigurationFolder names the folder of the evidence of what was asked in a device's
// configuration, by its number from 1.
func ConfigurationFolder(number int) string { return fmt.Sprintf("configuration-%d", number) }

// ShardFolder names the folder of the evidence of what a shard ran beside the one whose result counts.
func ShardFolder(number int) string { return fmt.Sprintf("shard-%d", number) }

// after names the configuration in a standing, and compares with the own set-up.
func (in *instead) after(s *Standing) *Standing {
	if in == nil {
		return s
	}
	s = s.After(in.own.byID[s.Result.Scenario].final)
	s.Result.Configuration = in.configuration.Name
	return s
}

// Leave returns a scenario as it is asked in a configuration: without the checks of
// requirements that the configuration gives up, or without any if it gives up the
// scenario, which is then no more than a control of others.
func Leave(s *plan.Scenario, requirements *catalogue.Catalogue, givesUp []string) *plan.Scenario {
	givenUp := func(label string) bool { return slices.Contains(givesUp, label) }
	left := *s
	left.Checks = nil
	if slices.ContainsFunc(bareLabels(s), givenUp) {
		return &left
	}
	for _, c := range s.Checks {
		requirement, _ := requirements.Lookup(c.Requirement)
		if !givenUp("req:"+c.Requirement) && !givenUp("area:"+requirement.Area) {
			left.Checks = append(left.Checks, c)
		}
	}
	return &left
}

// bareLabels returns the labels of a scenario without those of its requirements.
func bareLabels(s *plan.Scenario) []string {
	bare := *s
	bare.Checks = nil
	return bare.Labels()
}

// After returns a standing in a configuration, beside that in the device's own set-up,
// nil if there is none: what the device failed in there, it fails in there alone.
func (s *Standing) After(own *Standing) *Standing {
	after := *s
	after.Result.Findings, after.Result.Verdict, after.why = nil, "", nil
	for i, why := range s.why {
		f := s.Result.Findings[i]
		if b := own.missed(f); b != nil && f.Verdict == verdict.Fail {
			why = b
			block(&f, b)
		}
		after.add(f, why)
	}
	if after.why == nil { // no rule judged it
		return s
	}
	return &after
}
