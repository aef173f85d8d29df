package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// verify judges the stored observations of a report again and compares the verdicts. It
// recomputes what follows from them: summary, claims and outcome.
func verify(_ context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform verify [flags] REPORT, the folder of a results.json")
		flags.PrintDefaults()
	}
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() != 1 {
		return exitUsage, usage("name the folder of a report")
	}
	folder := flags.Arg(0)
	run, err := results.Read(filepath.Join(folder, report.ResultsFile))
	if err != nil {
		return exitUsage, usageError{err}
	}
	if run.Schema != results.Schema {
		return exitUsage, usage("%s is a record of %s: the version that wrote it can verify it", folder, run.Schema)
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	byID := make(map[string]*plan.Scenario)
	for _, s := range known.Scenarios {
		byID[s.ID] = s
	}
	v := newVerifier(folder, run, known.Requirements, byID)
	judged, different := 0, 0
	for _, p := range v.order {
		r := v.recorded[p]
		if byID[r.Scenario] == nil {
			fmt.Fprintf(out, "%s: this version has no such scenario\n", r.Scenario)
			continue
		}
		standing, err := v.stand(p)
		if err != nil {
			return exitUsage, usageError{err}
		}
		if !judgeable(r) {
			continue
		}
		judged++
		if was, is := ruled(r), ruled(&standing.Result); was != is {
			different++
			fmt.Fprintf(out, "%s: recorded %s, the observations say %s\n", r.Name(), was, is)
		}
	}
	for _, what := range unfounded(run, known) {
		different++
		fmt.Fprintln(out, what)
	}
	if judged == 0 {
		return exitUsage, usage("%s has no observations of scenarios that this version has, so there is nothing to judge again", folder)
	}
	fmt.Fprintf(out, "%d scenarios judged again, %d differ\n", judged, different)
	if different > 0 {
		return exitDifferent, nil
	}
	return exitDone, nil
}

// unfounded returns what a record claims and its results, or this version's profiles, do
// not bear out.
func unfounded(run *results.Run, known *scenarios.Library) []string {
	var all []string
	if fault := run.Validate(); fault != nil {
		all = strings.Split(fault.Error(), "\n")
	}
	day, err := time.Parse(time.DateOnly, run.AsOf)
	if err != nil {
		return all // Validate says so
	}
	whole, err := plan.New(known.Scenarios, known.Products, plan.Options{AsOf: day})
	if err != nil {
		return append(all, err.Error())
	}
	for _, p := range run.Plan.Parts {
		// A machine that emulates less than the one of the record knows fewer scenarios.
		borne := func(own plan.Part) bool {
			o := scenarios.Part(own)
			return o.Vendor == p.Vendor && o.Product == p.Product && o.Role == p.Role && slices.Equal(o.Core, p.Core) && o.Scenarios <= p.Scenarios
		}
		if !slices.ContainsFunc(whole.Parts, borne) {
			all = append(all, fmt.Sprintf("%s %s, %s: this version has another core, or more scenarios, than the record says",
				p.Vendor, p.Product, p.Role))
		}
	}
	for i := range run.Results {
		r := &run.Results[i]
		if !slices.ContainsFunc(run.Plan.Parts, func(p results.Part) bool {
			return p.Vendor == r.Vendor && p.Product == r.Product && p.Role == r.Role
		}) {
			all = append(all, fmt.Sprintf("%s: the plan has no part %s %s, %s", r.Scenario, r.Vendor, r.Product, r.Role))
		}
	}
	return all
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

// place is where a result stands: a scenario, in a configuration of the device or, if
// that is empty, in its own set-up.
type place struct{ scenario, configuration string }

// verifier judges recorded scenarios again, each beside what it rests on.
type verifier struct {
	folder    string
	known     *catalogue.Catalogue
	scenarios map[string]*plan.Scenario
	givesUp   map[string][]string // by configuration
	order     []place             // of recorded
	recorded  map[place]*results.Result
	standings map[place]*engine.Standing
	prior     map[string]string // by [plan.Plan.Prior], of what was recorded in the own set-up
	offered   []judge.Elsewhere // in the own set-up, nil until a scenario needs them
}

func newVerifier(folder string, run *results.Run, known *catalogue.Catalogue, scenarios map[string]*plan.Scenario) *verifier {
	v := &verifier{folder: folder, known: known, scenarios: scenarios, givesUp: make(map[string][]string),
		recorded: make(map[place]*results.Result), standings: make(map[place]*engine.Standing)}
	for _, c := range run.Device.Configurations {
		v.givesUp[c.Name] = c.GivesUp
	}
	for i := range run.Results {
		for r := &run.Results[i]; r != nil; r = r.Own {
			p := place{r.Scenario, r.Configuration}
			v.order = append(v.order, p)
			v.recorded[p] = r
		}
	}
	asked := new(plan.Plan)
	for _, p := range v.order {
		if s := scenarios[p.scenario]; s != nil && p.configuration == "" {
			asked.Scenarios = append(asked.Scenarios, s)
		}
	}
	v.prior = asked.Prior()
	return v
}

// judgeable reports whether observations were kept, and rules judged them.
func judgeable(r *results.Result) bool {
	return r.Evidence.Observations != "" && len(r.Findings)+len(r.Remarks) > 0
}

// events reads a result's observations.
func (v *verifier) events(r *results.Result) ([]observation.Event, error) {
	events, err := evidence.ReadFile(filepath.Join(v.folder, filepath.FromSlash(r.Evidence.Observations)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name(), err)
	}
	return events, nil
}

// elsewhere returns the keys of all scenarios in the own set-up but that one.
func (v *verifier) elsewhere(scenario string) ([]judge.Elsewhere, error) {
	if v.offered == nil {
		v.offered = []judge.Elsewhere{}
		for _, p := range v.order {
			r := v.recorded[p]
			if p.configuration != "" || r.Evidence.Observations == "" {
				continue
			}
			events, err := v.events(r)
			if err != nil {
				return nil, err
			}
			v.offered = append(v.offered, judge.Elsewhere{Scenario: p.scenario, Keys: judge.Offered(events)})
		}
	}
	return slices.DeleteFunc(slices.Clone(v.offered), func(e judge.Elsewhere) bool { return e.Scenario == scenario }), nil
}

// stand returns the standing at a place, nil if the record has none there.
func (v *verifier) stand(p place) (*engine.Standing, error) {
	r, s := v.recorded[p], v.scenarios[p.scenario]
	if known := v.standings[p]; known != nil || r == nil || s == nil {
		return known, nil
	}
	// What was not asked in the configuration is as in the own set-up.
	find := func(id string) (*engine.Standing, error) {
		in := place{id, p.configuration}
		if v.recorded[in] == nil {
			in.configuration = ""
		}
		return v.stand(in)
	}
	control, err := find(s.Control)
	if err != nil {
		return nil, err
	}
	rests := engine.Rests{Control: control}
	for _, id := range s.Presumes {
		presumed, err := find(id)
		if err != nil {
			return nil, err
		}
		rests.Presumed = append(rests.Presumed, presumed)
	}
	if p.configuration == "" && v.prior[p.scenario] != "" {
		if rests.Earlier, err = v.stand(place{scenario: v.prior[p.scenario]}); err != nil {
			return nil, err
		}
	}
	standing := engine.Unrun(*r, rests)
	if judgeable(r) {
		events, err := v.events(r)
		if err != nil {
			return nil, err
		}
		if judge.Unexplained(events) {
			if rests.Elsewhere, err = v.elsewhere(p.scenario); err != nil {
				return nil, err
			}
		}
		standing = engine.Judge(engine.Leave(s, v.known, v.givesUp[p.configuration]), v.known, events, rests)
	}
	if p.configuration != "" {
		own, err := v.stand(place{scenario: p.scenario})
		if err != nil {
			return nil, err
		}
		standing = standing.After(own)
	}
	v.standings[p] = standing
	return standing, nil
}
