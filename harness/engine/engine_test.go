package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestCapabilityMissing(t *testing.T) {
	t.Parallel()
	ran := false
	s := scenario("a", func(context.Context, *bench.Bench) error { ran = true; return nil },
		needs(device.CanRegister, device.LeverMKI, "tls:1.0"))
	r := one(t, config(t), s)
	expect(t, r, verdict.NotApplicable, "capability-missing")
	same(t, "what is missing", r.Missing, []string{"lever:mki", "tls:1.0"})
	if ran {
		t.Error("it ran")
	}
	if r.Findings != nil || r.Remarks != nil {
		t.Errorf("a scenario that was not run has findings: %v %v", r.Findings, r.Remarks)
	}
}

// TestHowRunsEnd: the error that a scenario's run returns decides the verdict, although
// the log shows that a must was missed.
func TestHowRunsEnd(t *testing.T) {
	t.Parallel()
	bad := note(must, verdict.Fail, "bad")
	for name, c := range map[string]struct {
		run      func(context.Context, *bench.Bench) error
		verdict  verdict.Verdict
		cause    string
		observed string
	}{
		"to its end":                     {shows(nil, bad), verdict.Fail, "bad", "a note"},
		"unsupported":                    {shows(device.ErrUnsupported, bad), verdict.NotApplicable, "unsupported-action", "does not support"},
		"unsupported, the adapter says":  {shows(&bench.DeviceFault{Err: fmt.Errorf("call: %w", device.ErrUnsupported)}, bad), verdict.NotApplicable, "unsupported-action", "call: "},
		"the device was not ready":       {shows(fmt.Errorf("step 2: %w", &bench.DeviceFault{Err: errors.New("no such program")}), bad), verdict.Inconclusive, "device-not-ready", "no such program"},
		"the harness was not":            {shows(errors.New("port taken"), bad), verdict.Error, "harness-error", "port taken"},
		"a deadline of the step's own":   {shows(context.DeadlineExceeded, bad), verdict.Error, "harness-error", "deadline"},
		"a panic":                        {func(context.Context, *bench.Bench) error { panic("out of paper") }, verdict.Error, "harness-error", "out of paper"},
		"a nil pointer":                  {func(context.Context, *bench.Bench) error { var none *bench.Bench; none.Log.Append(bad); return nil }, verdict.Error, "harness-error", "nil pointer"},
		"nothing was seen, and no error": {shows(nil), verdict.Inconclusive, "nothing-seen", "no note"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := one(t, config(t), scenario("a", c.run))
			expect(t, r, c.verdict, c.cause)
			if !strings.Contains(r.Observed, c.observed) {
				t.Errorf("observed is %q, want %q in it", r.Observed, c.observed)
			}
			if judged := r.Verdict == verdict.Fail || r.Cause == "nothing-seen"; judged != (r.Findings != nil) {
				t.Errorf("findings are %v", r.Findings)
			}
		})
	}
}

func TestPanicNamesItsPlace(t *testing.T) {
	t.Parallel()
	r := one(t, config(t), scenario("a", func(context.Context, *bench.Bench) error { panic("out of paper") }))
	if !strings.Contains(r.Observed, "engine_test.go:") {
		t.Errorf("the result does not name the place of the panic: %s", r.Observed)
	}
	ruled := scenario("b", passes, func(s *plan.Scenario) {
		s.Checks[0].Rule = func(*judge.View) judge.Ruling { panic("out of ink") }
	})
	r = one(t, config(t), ruled)
	expect(t, r, verdict.Error, "judge-panic")
	if !strings.Contains(r.Observed, "out of ink") || !strings.Contains(r.Observed, "engine_test.go:") || r.Findings != nil {
		t.Errorf("a rule's panic is %+v", r)
	}
}

// TestBudget: when the budget is used up, the verdict rests on what was seen. A panic
// is the harness's error even then.
func TestBudget(t *testing.T) {
	t.Parallel()
	until := func(err func(context.Context) error, events ...observation.Event) func(context.Context, *bench.Bench) error {
		return func(ctx context.Context, b *bench.Bench) error {
			_ = shows(nil, events...)(ctx, b)
			<-ctx.Done()
			return err(ctx)
		}
	}
	own := func(ctx context.Context) error { return ctx.Err() }
	for name, c := range map[string]struct {
		run     func(context.Context, *bench.Bench) error
		verdict verdict.Verdict
		cause   string
	}{
		"nothing was seen":        {until(own), verdict.Inconclusive, "nothing-seen"},
		"enough was seen to pass": {until(own, note(must, verdict.Pass, "good")), verdict.Pass, "good"},
		"enough was seen to fail": {until(own, note(must, verdict.Fail, "bad")), verdict.Fail, "bad"},
		"the device is blamed": {until(func(ctx context.Context) error { return &bench.DeviceFault{Err: ctx.Err()} }, note(must, verdict.Fail, "bad")),
			verdict.Inconclusive, "device-not-ready"},
		"no error at all":        {until(func(context.Context) error { return nil }), verdict.Inconclusive, "nothing-seen"},
		"a panic on the way out": {until(func(context.Context) error { panic("late") }, note(must, verdict.Fail, "bad")), verdict.Error, "harness-error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				conf := config(t)
				conf.Budget = 3 * time.Second
				r := one(t, conf, scenario("a", c.run))
				expect(t, r, c.verdict, c.cause)
				if took := time.Since(began); took != conf.Budget || r.DurationMS != conf.Budget.Milliseconds() {
					t.Errorf("took %v and says %d ms, want %v", took, r.DurationMS, conf.Budget)
				}
			})
		})
	}
}

func TestBudgetHasADefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		one(t, config(t), scenario("a", func(ctx context.Context, _ *bench.Bench) error { <-ctx.Done(); return nil }))
		if took := time.Since(began); took != engine.Budget {
			t.Errorf("took %v, want %v", took, engine.Budget)
		}
	})
}

// TestOrder: the results are in the order of the plan, although scenarios that run at
// the same time end in another order.
func TestOrder(t *testing.T) {
	t.Parallel()
	const jobs, rounds = 8, 5
	var mu sync.Mutex
	running, most := 0, 0
	over := make([]chan struct{}, jobs*rounds)
	for i := range over {
		over[i] = make(chan struct{})
	}
	var all []*plan.Scenario
	var order []string
	for i := range over {
		order = append(order, fmt.Sprintf("s%02d", i))
		all = append(all, scenario(order[i], func(ctx context.Context, b *bench.Bench) error {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			if (i+1)%jobs != 0 { // each waits for the next, so the last of a group ends first
				<-over[i+1]
			}
			mu.Lock()
			running--
			mu.Unlock()
			close(over[i])
			return passes(ctx, b)
		}))
	}
	told := make(map[string]int)
	telling := false
	c := config(t)
	c.Jobs = jobs
	c.Done = func(r results.Result) { // called from one goroutine at a time, so it needs no lock
		if telling {
			t.Error("two are told at the same time")
		}
		telling = true
		told[r.Scenario]++
		telling = false
	}
	got := run(t.Context(), c, all...)
	same(t, "the results", names(got), order)
	for _, r := range got {
		expect(t, r, verdict.Pass, "good")
		if told[r.Scenario] != 1 {
			t.Errorf("%s was told %d times", r.Scenario, told[r.Scenario])
		}
	}
	// The last of a group may have ended before the first has started to count.
	if most > jobs || most < jobs-1 {
		t.Errorf("at most %d ran at the same time, want %d", most, jobs)
	}
}

func TestOneJobUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	for _, jobs := range []int{0, -3, 1} {
		var mu sync.Mutex
		var all []*plan.Scenario
		for i := range 5 {
			all = append(all, scenario(fmt.Sprint("s", i), func(ctx context.Context, b *bench.Bench) error {
				if !mu.TryLock() {
					t.Error("two run at the same time")
					return nil
				}
				defer mu.Unlock()
				return passes(ctx, b)
			}))
		}
		c := config(t)
		c.Jobs = jobs
		if got := run(t.Context(), c, all...); len(got) != 5 {
			t.Errorf("with %d jobs there are %d results", jobs, len(got))
		}
	}
}

// TestCancellation: a cancelled run returns what it had concluded, leaves out the rest,
// and leaves no goroutine. It counts goroutines, so it is not parallel.
func TestCancellation(t *testing.T) {
	noLeaks := testkit.NoLeaks(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := make(chan struct{})
	waits := func(ctx context.Context, b *bench.Bench) error {
		<-first
		cancel()
		<-ctx.Done()
		return passes(ctx, b)
	}
	c := config(t)
	c.Jobs = 2
	var mu sync.Mutex
	var told []string
	c.Done = func(r results.Result) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, r.Scenario)
		close(first)
	}
	all := []*plan.Scenario{
		scenario("concluded", shows(nil, note(must, verdict.Fail, "bad"))),
		scenario("under-way", waits), scenario("to-come", waits), scenario("last", passes),
	}
	futures := engine.New(c).Start(ctx, &plan.Plan{Scenarios: all})
	for id, want := range map[string]bool{"concluded": true, "under-way": false, "to-come": false, "last": false, "stranger": false} {
		r, ok := futures.Wait("twilio/voice/" + id)
		if ok != want {
			t.Errorf("%s: there is a result: %t, want %t", id, ok, want)
		}
		switch {
		case want:
			expect(t, r, verdict.Fail, "bad")
		case id != "stranger": // a caller who ignores the false gets no pass
			expect(t, r, verdict.Inconclusive, "not-run")
		}
	}
	same(t, "those that were told", told, []string{"twilio/voice/concluded"})
	noLeaks()
}

func TestCancelledBeforeItBegins(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := run(ctx, config(t), scenario("a", passes), scenario("b", passes)); len(got) != 0 {
		t.Errorf("results are %v", names(got))
	}
}

// TestCrashWhileEnding: a panic is reported even if the run is being cancelled.
func TestCrashWhileEnding(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	got := run(ctx, config(t), scenario("a", func(context.Context, *bench.Bench) error { cancel(); panic("then") }))
	if len(got) != 1 {
		t.Fatalf("results are %v", got)
	}
	expect(t, got[0], verdict.Error, "harness-error")
}

func TestEmptyPlan(t *testing.T) {
	t.Parallel()
	if got := run(t.Context(), config(t)); got == nil || len(got) != 0 {
		t.Errorf("results are %#v", got)
	}
}

// TestWaitTwice: results can be had repeatedly and in any order.
func TestWaitTwice(t *testing.T) {
	t.Parallel()
	futures := engine.New(config(t)).Start(t.Context(), &plan.Plan{Scenarios: []*plan.Scenario{scenario("a", passes), scenario("b", passes)}})
	var got []string
	for _, id := range []string{"b", "a", "b"} {
		r, ok := futures.Wait("twilio/voice/" + id)
		if !ok {
			t.Errorf("there is no result of %s", id)
		}
		got = append(got, names([]results.Result{r})...)
	}
	if !slices.Equal(got, []string{"b", "a", "b"}) {
		t.Errorf("results are %v", got)
	}
}

// TestMockPanic: a panic of a mock is the harness's error, whatever the run returns and
// the rules find.
func TestMockPanic(t *testing.T) {
	t.Parallel()
	panicked := observation.Event{Kind: observation.Fault, Fault: observation.MockPanicked, Text: "the mock panicked: nil map"}
	for name, err := range map[string]error{
		"nothing else happened":    nil,
		"the scenario failed":      errors.New("no answer"),
		"the device was not ready": &bench.DeviceFault{Err: errors.New("it is gone")},
		"the device cannot do it":  device.ErrUnsupported,
	} {
		for rule, seen := range map[string]observation.Event{
			"a pass": note(must, verdict.Pass, "good"), "a fail": note(must, verdict.Fail, "answered-500"),
		} {
			r := one(t, config(t), scenario("a", shows(err, seen, panicked), asks(must)))
			if expect(t, r, verdict.Error, "mock-panicked"); r.Observed != panicked.Text || len(r.Findings) > 0 {
				t.Errorf("%s, %s: observed %q, findings %v", name, rule, r.Observed, r.Findings)
			}
		}
	}
}
