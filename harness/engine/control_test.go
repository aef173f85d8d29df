package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestControls: a pass stands only if the control passed or missed no more than a
// should. A fail stands whatever the control is.
func TestControls(t *testing.T) {
	t.Parallel()
	refused := []observation.Event{note(must, verdict.Pass, "refused")}
	for name, c := range map[string]struct {
		good    *plan.Scenario
		seen    []observation.Event
		verdict verdict.Verdict
		cause   string
	}{
		"the good case passed":            {scenario("good", passes), refused, verdict.Pass, "refused"},
		"the good case missed a should":   {scenario("good", shows(nil, note(should, verdict.Fail, "odd")), asks(should)), refused, verdict.Pass, "refused"},
		"the good case failed":            {scenario("good", shows(nil, note(must, verdict.Fail, "bad"))), refused, verdict.Inconclusive, "control-not-passed"},
		"the device was not served in it": {scenario("good", passes, served(verdict.Inconclusive)), refused, verdict.Inconclusive, "control-not-served"},
		"the device was served in it":     {scenario("good", passes, served(verdict.Pass)), refused, verdict.Pass, "refused"},
		"nothing is known of it":          {scenario("good", shows(nil)), refused, verdict.Inconclusive, "control-not-passed"},
		"the device cannot do it":         {scenario("good", passes, needs(device.LeverMKI)), refused, verdict.Inconclusive, "control-not-passed"},
		"the harness failed in it":        {scenario("good", shows(errors.New("no port"))), refused, verdict.Inconclusive, "control-not-passed"},
		"a fail needs no control":         {scenario("good", shows(nil)), []observation.Event{note(must, verdict.Fail, "accepted")}, verdict.Fail, "accepted"},
		"what is open stays what it was":  {scenario("good", shows(nil)), nil, verdict.Inconclusive, "nothing-seen"},
		"a missed should is not known":    {scenario("good", shows(nil)), []observation.Event{note(should, verdict.Fail, "late"), refused[0]}, verdict.Inconclusive, "control-not-passed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := scenario("bad", shows(nil, c.seen...), control("good"))
			if len(c.seen) == 2 {
				asks(must, should)(bad)
			}
			for order, all := range map[string][]*plan.Scenario{"before": {c.good, bad}, "after": {bad, c.good}} {
				got := run(t.Context(), config(t), all...)
				if len(got) != 2 {
					t.Fatalf("the results are %v", names(got))
				}
				r := got[0]
				if order == "before" {
					r = got[1]
				}
				expect(t, r, c.verdict, c.cause)
				if !strings.HasPrefix(c.cause, "control-not-") {
					continue
				}
				if !strings.Contains(r.Observed, "twilio/voice/good") || !strings.Contains(r.Hint, "twilio/voice/good") {
					t.Errorf("the result does not name its control: %q, %q", r.Observed, r.Hint)
				}
				for _, f := range r.Findings {
					if f.Verdict == verdict.Pass {
						t.Errorf("the finding on %s is still a pass", f.Requirement)
					}
				}
			}
			expect(t, engine.New(config(t)).One(t.Context(), bad, c.good), c.verdict, c.cause)
		})
	}
}

// TestControlOfAControl: a control whose own control did not pass backs nothing.
func TestControlOfAControl(t *testing.T) {
	t.Parallel()
	got := run(t.Context(), config(t),
		scenario("bad", passes, control("good")),
		scenario("good", passes, control("best")),
		scenario("best", shows(nil, note(must, verdict.Fail, "broken"))),
	)
	same(t, "the results", names(got), []string{"bad", "good", "best"})
	expect(t, got[0], verdict.Inconclusive, "control-not-passed")
	expect(t, got[1], verdict.Inconclusive, "control-not-passed")
	expect(t, got[2], verdict.Fail, "broken")
}

// TestSharedControl: the control of several scenarios runs once, and withholding one
// pass changes no other's findings.
func TestSharedControl(t *testing.T) {
	t.Parallel()
	ran := 0
	all := []*plan.Scenario{scenario("good", func(ctx context.Context, b *bench.Bench) error { ran++; return nil })}
	for _, id := range []string{"a", "b", "c"} {
		all = append(all, scenario(id, passes, control("good")))
	}
	for _, r := range run(t.Context(), config(t), all...)[1:] {
		expect(t, r, verdict.Inconclusive, "control-not-passed")
		same(t, "findings", brief(r.Findings), []string{must + " inconclusive control-not-passed"})
	}
	if ran != 1 {
		t.Errorf("the control ran %d times", ran)
	}
}

// TestControlNotRun: a pass is withheld too if the run ends before its control runs.
func TestControlNotRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	all := []*plan.Scenario{
		scenario("bad", passes, control("good")),
		scenario("ends", func(context.Context, *bench.Bench) error { cancel(); return nil }),
		scenario("good", passes),
	}
	got := run(ctx, config(t), all...)
	same(t, "the results", names(got), []string{"bad"})
	expect(t, got[0], verdict.Inconclusive, "control-not-passed")
	if !strings.Contains(got[0].Observed, "not-run") {
		t.Errorf("observed is %q", got[0].Observed)
	}
}

// TestOneAfterTheEnd: One is inconclusive if ctx has ended before.
func TestOneAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	expect(t, engine.New(config(t)).One(ctx, scenario("a", passes), scenario("good", passes)), verdict.Inconclusive, "not-run")
}

func TestOneTellsOnlyOfItself(t *testing.T) {
	t.Parallel()
	c := config(t)
	var told []results.Result
	c.Done = func(r results.Result) { told = append(told, r) }
	r := engine.New(c).One(t.Context(), scenario("a", passes, control("good")), scenario("good", passes))
	expect(t, r, verdict.Pass, "good")
	same(t, "those that were told", names(told), []string{"a"})
}
