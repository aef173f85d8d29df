package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// The requirements of the tests' catalogue, named after what is special about them.
const (
	must      = "TW-TLS-01"
	mustToo   = "TW-TLS-02" // of medium confidence
	should    = "TW-TLS-03"
	may       = "TW-TLS-04"
	uncertain = "TW-TLS-05" // a must of low confidence
	vendors   = "TW-TLS-06" // cannot be met together with standards
	standards = "RF-TLS-01"
	nowhere   = "TW-TLS-99" // not in the catalogue
)

func rows(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	row := func(id, vendor, level, confidence, more string) string {
		return fmt.Sprintf("- {id: %s, vendor: %s, area: tls, directions: [register], title: t, text: t, "+
			"level: %s, confidence: %s, sources: [seed 000]%s}\n", id, vendor, level, confidence, more)
	}
	twilio := []catalogue.Vendor{{Name: "twilio", Prefix: "TW"}}
	c, err := catalogue.Load(twilio, fstest.MapFS{"requirements/all.yaml": {Data: []byte(
		row(must, "twilio", "must", "high", "") + row(mustToo, "twilio", "must", "medium", "") +
			row(should, "twilio", "should", "high", "") + row(may, "twilio", "may", "high", "") +
			row(uncertain, "twilio", "must", "low", "") +
			row(vendors, "twilio", "must", "high", ", conflicts_with: ["+standards+"]") +
			row(standards, "rfc", "must", "high", ", conflicts_with: ["+vendors+"]"))}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// told is a check that gives the ruling of a note in the log: "ID verdict cause". Without
// such a note it is inconclusive.
func told(requirement string) judge.Check {
	return judge.Check{Requirement: requirement, Expected: "does as " + requirement + " says", Rule: func(v *judge.View) judge.Ruling {
		for _, e := range v.Events {
			words := strings.Fields(e.Text)
			if e.Kind == observation.Note && len(words) == 3 && words[0] == requirement {
				return judge.Ruling{Verdict: verdict.Verdict(words[1]), Cause: words[2],
					Observed: "a note", Hint: "hint of " + words[2], Events: []int{e.Seq}}
			}
		}
		return judge.Ruling{Verdict: verdict.Inconclusive, Cause: "nothing-seen", Observed: "no note"}
	}}
}

// note is an event that [told] understands.
func note(requirement string, v verdict.Verdict, cause string) observation.Event {
	return observation.Event{Kind: observation.Note, Text: requirement + " " + string(v) + " " + cause}
}

// scenario returns a scenario that asks about one must, changed by edits.
func scenario(id string, run func(context.Context, *bench.Bench) error, edits ...func(*plan.Scenario)) *plan.Scenario {
	s := &plan.Scenario{
		ID: "twilio/voice/" + id, Title: id, Vendor: "twilio", Product: "voice", Revisions: []string{"seed-era", "current"},
		Direction: plan.Register, Area: "tls", Level: catalogue.Must, Run: run, Checks: []judge.Check{told(must)},
	}
	for _, edit := range edits {
		edit(s)
	}
	return s
}

func asks(requirements ...string) func(*plan.Scenario) {
	return func(s *plan.Scenario) {
		s.Checks = nil
		for _, r := range requirements {
			s.Checks = append(s.Checks, told(r))
		}
	}
}

func needs(c ...device.Capability) func(*plan.Scenario) {
	return func(s *plan.Scenario) { s.Needs = c }
}

func control(id string) func(*plan.Scenario) {
	return func(s *plan.Scenario) { s.Control = "twilio/voice/" + id }
}

// refuses makes a scenario one that is passed by a refusal.
func refuses(s *plan.Scenario) {
	for i := range s.Checks {
		s.Checks[i].Refusal = true
	}
}

// short makes a scenario's checks rule that the device did not get far enough.
func short(requirement string) func(*plan.Scenario) {
	return func(s *plan.Scenario) {
		for i, c := range s.Checks {
			if c.Requirement != requirement {
				continue
			}
			s.Checks[i].Rule = func(v *judge.View) judge.Ruling {
				r := c.Rule(v)
				r.Short = true
				return r
			}
		}
	}
}

// served makes a scenario rule that on whether the device was served in it.
func served(v verdict.Verdict) func(*plan.Scenario) {
	return func(s *plan.Scenario) {
		s.Served = func(*judge.View) judge.Ruling { return judge.Ruling{Verdict: v} }
	}
}

// shows returns a run that appends events to the log and returns err.
func shows(err error, events ...observation.Event) func(context.Context, *bench.Bench) error {
	return func(_ context.Context, b *bench.Bench) error {
		for _, e := range events {
			b.Log.Append(e)
		}
		return err
	}
}

// passes is a run that conforms.
var passes = shows(nil, note(must, verdict.Pass, "good"))

// phone is a device that has only capabilities.
type phone struct {
	device.Device
	can device.Capabilities
}

func (p phone) Capabilities() device.Capabilities { return p.can }

// config configures an engine that writes no evidence.
func config(t *testing.T) engine.Config {
	t.Helper()
	return engine.Config{
		Device: phone{can: device.Capabilities{device.CanRegister}}, Requirements: rows(t), Forge: certs.NewForge(7), Seed: 7,
		Place: func(int) bench.Place { return bench.Shared() },
	}
}

func run(ctx context.Context, c engine.Config, all ...*plan.Scenario) []results.Result {
	return engine.New(c).Run(ctx, planOf(all...))
}

// one runs a single scenario.
func one(t *testing.T, c engine.Config, s *plan.Scenario) results.Result {
	t.Helper()
	all := run(t.Context(), c, s)
	if len(all) != 1 || all[0].Scenario != s.ID {
		t.Fatalf("the results are %+v", all)
	}
	return all[0]
}

// names returns the scenarios of results, without the common prefix of their IDs.
func names(all []results.Result) []string {
	var ids []string
	for _, r := range all {
		ids = append(ids, strings.TrimPrefix(r.Scenario, "twilio/voice/"))
	}
	return ids
}

func expect(t *testing.T, r results.Result, v verdict.Verdict, cause string) {
	t.Helper()
	if r.Verdict != v || r.Cause != cause {
		t.Errorf("%s is %s (%s): %s; want %s (%s)", r.Scenario, r.Verdict, r.Cause, r.Observed, v, cause)
	}
}

// brief writes findings as "ID verdict cause".
func brief(findings []verdict.Finding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, f.Requirement+" "+string(f.Verdict)+" "+f.Cause)
	}
	return lines
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s are %q, want %q", what, got, want)
	}
}

func planOf(all ...*plan.Scenario) *plan.Plan { return &plan.Plan{Scenarios: all} }
