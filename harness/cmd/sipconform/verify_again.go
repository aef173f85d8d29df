package main

import (
	"fmt"
	"io"
	"path"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/record"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// verifier judges recorded scenarios again, each beside what it rests on.
type verifier struct {
	folder *record.Folder
	run    *results.Run
	known  *scenarios.Library
	out    io.Writer

	own       *plan.Plan // what the filter selects on the day of the record, nil if it cannot be made
	scenarios map[string]*plan.Scenario
	givesUp   map[string][]string // by configuration
	order     []engine.Spot       // of recorded
	recorded  map[engine.Spot]*results.Result
	judging   *engine.Again
	disputed  map[engine.Spot]*results.Result // what stands among the results, where shards differ
	unread    map[engine.Spot]error
	paths     map[engine.Spot]results.Evidence // of the files that the observations give
	offered   []judge.Elsewhere                // in the own set-up, nil until a scenario needs them

	agents    []string // what the device called itself
	taken     map[string]int
	unsure    map[string]bool // by name: what was taken from the record had a part in them
	judged    int             // results
	wrong     []string        // names of results that are not as they are judged again
	different int
	kept      bool // whether there are observations
}

func newVerifier(folder *record.Folder, run *results.Run, known *scenarios.Library, out io.Writer) *verifier {
	v := &verifier{folder: folder, run: run, known: known, out: out,
		scenarios: make(map[string]*plan.Scenario), givesUp: make(map[string][]string),
		recorded: make(map[engine.Spot]*results.Result), disputed: make(map[engine.Spot]*results.Result), unread: make(map[engine.Spot]error),
		paths: make(map[engine.Spot]results.Evidence), taken: make(map[string]int), unsure: make(map[string]bool)}
	for _, s := range known.Scenarios {
		v.scenarios[s.ID] = s
	}
	if run.Redacted != nil {
		for _, name := range run.Redacted.Unchecked {
			v.unsure[name] = true
		}
	}
	for _, c := range run.Device.Configurations {
		v.givesUp[c.Name] = c.GivesUp
	}
	for i := range run.Results {
		for r := &run.Results[i]; r != nil; r = r.Own {
			p := engine.Spot{Scenario: r.Scenario, Configuration: r.Configuration, Shard: r.Shard}
			v.order = append(v.order, p)
			v.recorded[p] = r
			v.kept = v.kept || r.Evidence.Observations != ""
		}
	}
	asked := new(plan.Plan)
	for _, p := range v.order {
		if s := v.scenarios[p.Scenario]; s != nil && p.Configuration == "" {
			asked.Scenarios = append(asked.Scenarios, s)
		}
	}
	v.shards()
	v.judging = &engine.Again{
		Scenario: func(id string) *plan.Scenario { return v.scenarios[id] }, Prior: asked.Prior(), Shards: v.ran,
		Asked: func(at engine.Spot) bool { return v.recorded[at] != nil }, Judge: v.judge,
	}
	return v
}

// again judges every recorded scenario again and compares each word.
func (v *verifier) again() {
	if v.run.Unsolicited != nil {
		v.unsolicited()
		return
	}
	for _, p := range v.order {
		r, s := v.recorded[p], v.scenarios[p.Scenario]
		if s == nil {
			v.unknown(r)
			continue
		}
		is := v.judging.Stand(p).Result
		if err := v.unread[p]; err != nil {
			v.differ("%s: %v", r.Name(), err)
			continue
		}
		v.weigh(p, r, &is)
	}
	v.reconciled()
}

// unknown tells of a scenario that this version lacks.
func (v *verifier) unknown(r *results.Result) {
	if v.emulatesLess(v.own) {
		v.note("%s: this machine cannot emulate it, so it is taken as it is recorded", r.Name())
		return
	}
	v.differ("%s: this version has no such scenario", r.Name())
}

// weigh compares a result with what it should be.
func (v *verifier) weigh(p engine.Spot, was, is *results.Result) {
	is.Configuration = p.Configuration
	is.DurationMS, is.Own, is.Waived = was.DurationMS, was.Own, was.Waived // which waived compares
	is.Shard, is.Repeated = was.Shard, was.Repeated                        // which Validate compares
	is.Evidence = v.evidence(p, was)
	if is.Requirements == nil {
		is.Requirements = []string{} // as a record has it
	}
	if _, known := v.givesUp[p.Configuration]; p.Configuration != "" && !known {
		v.differ("%s: the device has no configuration %q", was.Name(), p.Configuration)
	}
	switch was.Verdict {
	case verdict.Error:
		if is.Verdict != verdict.Error {
			// The harness failed in a way that no observation shows.
			v.note("%s: an error of the harness (%s), which is taken as it is recorded", was.Name(), was.Cause)
			is.Verdict, is.Cause, is.Expected, is.Observed, is.Hint = was.Verdict, was.Cause, was.Expected, was.Observed, was.Hint
			is.Findings, is.Remarks, is.Served, is.Blocked = nil, nil, false, nil
		}
	case verdict.Inconclusive:
		if was.Cause == engine.NotRun && was.Evidence.Observations == "" {
			is.Verdict, is.Cause, is.Observed = was.Verdict, was.Cause, engine.NotRunWhy
		}
	}
	if v.unsure[was.Name()] {
		v.note("%s: what was taken from the record had a part in it, so it is taken as it is recorded: %s", was.Name(), ruled(was))
		return
	}
	if a, b := ruled(was), ruled(is); a != b {
		v.differ("%s: recorded %s, the observations say %s", was.Name(), a, b)
		v.wrong = append(v.wrong, was.Name())
		return
	}
	for i, d := range differences(was, is) {
		v.differ("%s: %s", was.Name(), d)
		if i == 0 {
			v.wrong = append(v.wrong, was.Name())
		}
	}
}

// evidence returns the paths of the files that there should be for a result.
func (v *verifier) evidence(p engine.Spot, r *results.Result) results.Evidence {
	if r.Evidence.Observations == "" {
		return results.Evidence{}
	}
	return v.paths[p]
}

// filesOf returns the paths of the files that there should be for a result with these observations. One that is telling has
// all; of others a run may keep fewer.
func (v *verifier) filesOf(events []observation.Event, p engine.Spot, r *results.Result) results.Evidence {
	options := evidence.Options{Scenario: v.name(p), Extent: evidence.Full}
	if !evidence.Earlier(r.Evidence) {
		if !r.Telling() {
			options.Extent = evidence.ExtentOf(r.Evidence)
		}
		return evidence.Paths(events, options)
	}
	options.Extent = evidence.Loose
	is := evidence.Paths(events, options)
	is.Media, is.Sounds = "", nil // which those versions did not write
	if full := r.Evidence.Chain != "" || r.Evidence.Capture != ""; !full && r.Verdict == verdict.Pass {
		is.Chain, is.Capture = "", ""
	}
	return is
}

// name names the folder of a place's evidence below [evidence.Root].
func (v *verifier) name(p engine.Spot) string {
	name := p.Scenario
	i := slices.IndexFunc(v.run.Device.Configurations, func(c results.Configuration) bool { return c.Name == p.Configuration })
	if i >= 0 {
		name = path.Join(engine.ConfigurationFolder(i+1), name)
	}
	if p.Shard > 0 && v.recorded[p].Repeated && v.disputed[p] == nil {
		name = path.Join(engine.ShardFolder(p.Shard), name)
	}
	return name
}

// ruled says what a scenario came to, and why.
func ruled(r *results.Result) string {
	text := fmt.Sprintf("%s (%s)", r.Verdict, r.Cause)
	if b := r.Blocked; b != nil {
		text += fmt.Sprintf(" by %s (%s)", b.Scenario, b.Cause)
	}
	if r.Served {
		text += ", served"
	}
	return text
}

// events reads a result's observations, which stand where those of its place do.
func (v *verifier) events(p engine.Spot) ([]observation.Event, error) {
	folder, err := evidence.Folder(v.name(p))
	if err != nil {
		return nil, err
	}
	named := v.recorded[p].Evidence.Observations
	if err := belong(named, folder); err != nil {
		return nil, err
	}
	return v.observed(named)
}

// belong checks the path of the observations that are in a folder. Versions before this one did not compress them.
func belong(named, folder string) error {
	want := path.Join(folder, evidence.PackedObservationsFile)
	if named != want && named != path.Join(folder, evidence.ObservationsFile) {
		return fmt.Errorf("its observations are said to be %q; they belong into %s", named, want)
	}
	return nil
}

// observed reads the observations at a path.
func (v *verifier) observed(named string) ([]observation.Event, error) {
	file, err := v.folder.Open(named)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	events, err := evidence.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", named, err)
	}
	return events, nil
}

// elsewhere returns the keys of all scenarios in the own set-up but that one. Scenarios
// whose observations cannot be read have none.
func (v *verifier) elsewhere(scenario string) []judge.Elsewhere {
	if v.offered == nil {
		v.offered = []judge.Elsewhere{}
		for _, p := range v.ownSetUps() {
			if v.recorded[p].Evidence.Observations == "" {
				continue
			}
			if events, err := v.events(p); err == nil {
				v.offered = append(v.offered, judge.Elsewhere{Scenario: p.Scenario, Keys: judge.Offered(events)})
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(v.offered), func(e judge.Elsewhere) bool { return e.Scenario == scenario })
}

// judge returns the standing that the observations of a place give.
func (v *verifier) judge(s *plan.Scenario, p engine.Spot, rests engine.Rests) *engine.Standing {
	r := v.recorded[p]
	left := engine.Leave(s, v.known.Requirements, v.givesUp[p.Configuration])
	if missing := v.missing(s); len(missing) > 0 {
		if r.Evidence.Observations != "" {
			v.unread[p] = fmt.Errorf("the device does not declare %v, which the scenario needs, and there are observations of it", missing)
		}
		return engine.Unrun(engine.Lacking(left, missing), rests)
	}
	if r.Evidence.Observations == "" {
		if v.kept && r.Verdict != verdict.Error && r.Cause != engine.NotRun {
			v.unread[p] = fmt.Errorf("is recorded as %s (%s), and no observations are kept that show it", r.Verdict, r.Cause)
		}
		return engine.Unrun(*r, rests)
	}
	events, err := v.events(p)
	if err != nil {
		v.unread[p] = err
		return engine.Unrun(*r, rests)
	}
	if judge.Unexplained(events) {
		rests.Elsewhere = v.elsewhere(p.Scenario)
	}
	standing := engine.Judge(left, v.known.Requirements, events, rests)
	if v.unsure[r.Name()] {
		standing = engine.Unrun(*r, rests)
	} else {
		v.judged++
	}
	v.paths[p] = v.filesOf(events, p, r)
	v.agents = append(v.agents, standing.Agents()...)
	for i := range events {
		for _, what := range events[i].Redacted {
			v.taken[what]++
		}
	}
	return standing
}

// missing returns the capabilities that a scenario needs and the device is not said to have.
func (v *verifier) missing(s *plan.Scenario) []device.Capability {
	var declared device.Capabilities
	for _, c := range v.run.Device.Capabilities {
		declared = append(declared, device.Capability(c))
	}
	return plan.Missing(s, declared)
}
