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

// TestControls: a pass by refusal stands beside a control in which the device was
// served. A fault that the control shows too is blamed there alone.
func TestControls(t *testing.T) {
	t.Parallel()
	refused := []observation.Event{note(must, verdict.Pass, "refused")}
	missed := []observation.Event{note(must, verdict.Fail, "bad")}
	late := []observation.Event{note(should, verdict.Fail, "late")}
	unserved, isServed := served(verdict.Inconclusive), served(verdict.Pass)
	failed := shows(nil, missed...)
	for name, c := range map[string]struct {
		good    *plan.Scenario
		of      string // the requirement asked
		refusal bool
		seen    []observation.Event
		verdict verdict.Verdict
		cause   string
	}{
		"a refusal, and the device was served":       {scenario("good", passes, isServed), must, true, refused, verdict.Pass, "refused"},
		"a refusal, and the control missed another":  {scenario("good", failed, isServed), must, true, refused, verdict.Pass, "refused"},
		"a refusal, and the device was not served":   {scenario("good", passes, unserved), must, true, refused, verdict.Inconclusive, "control-not-served"},
		"a refusal, and the control failed":          {scenario("good", failed, unserved), must, true, refused, verdict.Inconclusive, "blocked"},
		"a refusal, and nothing is known of it":      {scenario("good", shows(nil), unserved), must, true, refused, verdict.Inconclusive, "control-not-served"},
		"a refusal, and the device cannot do it":     {scenario("good", passes, needs(device.LeverMKI)), must, true, refused, verdict.Inconclusive, "control-not-served"},
		"a refusal, and the harness failed in it":    {scenario("good", shows(errors.New("no port"))), must, true, refused, verdict.Inconclusive, "control-not-served"},
		"being served needs no control":              {scenario("good", failed, unserved), must, false, refused, verdict.Pass, "refused"},
		"a fail that the control has not":            {scenario("good", passes, unserved), must, false, missed, verdict.Fail, "bad"},
		"a fail that the control has":                {scenario("good", failed, isServed), must, false, missed, verdict.Inconclusive, "blocked"},
		"a fail of another cause than the control's": {scenario("good", shows(nil, note(must, verdict.Fail, "odd"))), must, false, missed, verdict.Fail, "bad"},
		"a must that the control missed as a should": {scenario("good", shows(nil, note(should, verdict.Fail, "bad")), asks(should), isServed), must, false,
			missed, verdict.Fail, "bad"},
		"a should that the control missed too": {scenario("good", shows(nil, late...), asks(should)), should, false, late, verdict.Inconclusive, "blocked"},
		"what is open, and the control failed": {scenario("good", failed, unserved), must, false, nil, verdict.Inconclusive, "blocked"},
		"what is open, and it was served":      {scenario("good", failed, isServed), must, false, nil, verdict.Inconclusive, "nothing-seen"},
		"what is open stays what it was":       {scenario("good", shows(nil), unserved), must, false, nil, verdict.Inconclusive, "nothing-seen"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := scenario("bad", shows(nil, c.seen...), asks(c.of), control("good"))
			if c.refusal {
				refuses(bad)
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
				if blocked := r.Blocked != nil; blocked != (c.cause == "blocked") || blocked && r.Blocked.Scenario != c.good.ID {
					t.Errorf("blocked by %+v", r.Blocked)
				}
				if c.cause != "blocked" && c.cause != "control-not-served" {
					continue
				}
				if !strings.Contains(r.Observed, c.good.ID) || !strings.Contains(r.Hint, c.good.ID) {
					t.Errorf("the result does not name its control: %q, %q", r.Observed, r.Hint)
				}
			}
			expect(t, engine.New(config(t)).One(t.Context(), planOf(bad, c.good), bad), c.verdict, c.cause)
		})
	}
}

// TestControlOfAControl: one fault is blamed once, in the first scenario of a chain that
// shows it, and the rest names that one.
func TestControlOfAControl(t *testing.T) {
	t.Parallel()
	broken := shows(nil, note(must, verdict.Fail, "broken"))
	unserved := served(verdict.Inconclusive)
	got := run(t.Context(), config(t),
		scenario("refuses", passes, control("good"), refuses, unserved),
		scenario("breaks", broken, control("good"), unserved),
		scenario("good", broken, control("best"), unserved),
		scenario("best", broken, unserved),
		scenario("absent", passes, needs(device.LeverMKI), control("best")),
		scenario("rests", broken, control("absent"), unserved),
	)
	expect(t, got[3], verdict.Fail, "broken")
	for _, i := range []int{0, 1, 2, 5} {
		expect(t, got[i], verdict.Inconclusive, "blocked")
		if b := got[i].Blocked; b == nil || *b != (results.Blocked{Scenario: "twilio/voice/best", Cause: "broken"}) {
			t.Errorf("%s is blocked by %+v", got[i].Scenario, b)
		}
	}
}

// TestPresumed: a fail is explained by that of the scenario that it presumes, or of one
// that this presumes; nothing else is.
func TestPresumed(t *testing.T) {
	t.Parallel()
	presumes := func(id string) func(*plan.Scenario) {
		return func(s *plan.Scenario) { s.Control, s.Presumes = "twilio/voice/good", []string{"twilio/voice/" + id} }
	}
	fails := shows(nil, note(must, verdict.Fail, "accepted-it"))
	got := run(t.Context(), config(t),
		scenario("good", passes),
		scenario("any", shows(nil, note(must, verdict.Fail, "accepted-any")), control("good")),
		scenario("one", fails, presumes("any")),
		scenario("two", fails, presumes("one")),
		scenario("refused", passes, presumes("any")),
		scenario("other", passes, control("good")),
		scenario("alone", fails, presumes("other")),
	)
	for i, want := range []string{"good", "accepted-any", "blocked", "blocked", "good", "good", "accepted-it"} {
		if r := got[i]; r.Cause != want || want == "blocked" && r.Blocked.Scenario != "twilio/voice/any" {
			t.Errorf("%s is %s (%s), blocked by %+v, want %s", r.Scenario, r.Verdict, r.Cause, r.Blocked, want)
		}
	}
}

// TestOneCauseOneFail: a fault that an earlier scenario of the same product and role
// shows is blamed there, whether the two rest on each other or not.
func TestOneCauseOneFail(t *testing.T) {
	t.Parallel()
	fails := shows(nil, note(must, verdict.Fail, "loops"))
	elsewhere := func(s *plan.Scenario) { s.ID, s.Product = "twilio/trunking/elsewhere", "trunking" }
	calls := func(s *plan.Scenario) { s.Direction = plan.ToVendor }
	got := run(t.Context(), config(t),
		scenario("first", passes, control("last")), // so that it is judged after it
		scenario("second", fails),
		scenario("third", fails),
		scenario("other", shows(nil, note(must, verdict.Fail, "stops"))),
		scenario("calls", fails, calls),
		scenario("elsewhere", fails, elsewhere),
		scenario("last", fails),
	)
	want := []string{"good", "blocked", "blocked", "stops", "loops", "loops", "loops"}
	for i, r := range got {
		if r.Cause != want[i] || r.Cause == "blocked" && (r.Blocked.Scenario != "twilio/voice/last" || r.Findings[0].Was != "loops") {
			t.Errorf("%s is %s (%s), blocked by %+v, want %s", r.Scenario, r.Verdict, r.Cause, r.Blocked, want[i])
		}
	}
}

// TestGiveWay: a device that did not get far enough is blamed for the reason, where a
// requirement asks about that, and not for the distance.
func TestGiveWay(t *testing.T) {
	t.Parallel()
	seen := []observation.Event{note(must, verdict.Fail, "refused-it"), note(mustToo, verdict.Fail, "refused-it")}
	got := run(t.Context(), config(t), scenario("a", shows(nil, seen...), asks(must, mustToo), short(must)))
	expect(t, got[0], verdict.Fail, "refused-it")
	same(t, "findings", brief(got[0].Findings), []string{must + " inconclusive blocked", mustToo + " fail refused-it"})
	got = run(t.Context(), config(t), scenario("a", shows(nil, seen[0]), asks(must, mustToo), short(must)))
	expect(t, got[0], verdict.Fail, "refused-it")
}

// TestYieldingNeedsTheControl: a requirement yields to one that was met only if the
// control backs that one.
func TestYieldingNeedsTheControl(t *testing.T) {
	t.Parallel()
	seen := shows(nil, note(vendors, verdict.Fail, "strict"), note(standards, verdict.Pass, "good"))
	strict := scenario("strict", seen, asks(vendors, standards), control("good"))
	strict.Checks[1].Refusal = true
	expect(t, run(t.Context(), config(t), strict, scenario("good", passes, served(verdict.Pass)))[0], verdict.Deviation, "strict")
	expect(t, run(t.Context(), config(t), strict, scenario("good", passes, served(verdict.Inconclusive)))[0], verdict.Fail, "strict")
}

// TestSharedControl: the control of several scenarios runs once, and withholding one
// pass changes no other's findings.
func TestSharedControl(t *testing.T) {
	t.Parallel()
	ran := 0
	all := []*plan.Scenario{scenario("good", func(ctx context.Context, b *bench.Bench) error { ran++; return nil }, served(verdict.Inconclusive))}
	for _, id := range []string{"a", "b", "c"} {
		all = append(all, scenario(id, passes, control("good"), refuses))
	}
	for _, r := range run(t.Context(), config(t), all...)[1:] {
		expect(t, r, verdict.Inconclusive, "control-not-served")
		same(t, "findings", brief(r.Findings), []string{must + " inconclusive control-not-served"})
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
		scenario("bad", passes, control("good"), refuses),
		scenario("ends", func(context.Context, *bench.Bench) error { cancel(); return nil }),
		scenario("good", passes),
	}
	got := run(ctx, config(t), all...)
	same(t, "the results", names(got), []string{"bad"})
	expect(t, got[0], verdict.Inconclusive, "control-not-served")
}

// TestOneAfterTheEnd: One is inconclusive if ctx has ended before.
func TestOneAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := scenario("a", passes)
	expect(t, engine.New(config(t)).One(ctx, planOf(a), a), verdict.Inconclusive, "not-run")
}

func TestOneTellsOnlyOfItself(t *testing.T) {
	t.Parallel()
	c := config(t)
	var told []results.Result
	c.Done = func(r results.Result) { told = append(told, r) }
	a := scenario("a", passes, control("good"))
	r := engine.New(c).One(t.Context(), planOf(a, scenario("good", passes)), a)
	expect(t, r, verdict.Pass, "good")
	same(t, "those that were told", names(told), []string{"a"})
}
