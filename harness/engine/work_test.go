package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
)

// TestAgainAndBack: a person begins a scenario anew, or goes back to the one before, and what was seen until then counts for
// nothing. There is nothing before the first, and no going back further than one.
func TestAgainAndBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wishes map[string]error // by the scenario and how often it has run
		want   string
	}{
		"onward":                 {nil, "a1 b1 c1"},
		"again":                  {map[string]error{"b1": device.ErrAgain, "b2": device.ErrAgain}, "a1 b1 b2 b3 c1"},
		"again, often":           {map[string]error{"a1": device.ErrAgain, "a2": device.ErrAgain, "a3": device.ErrAgain, "a4": device.ErrAgain}, "a1 a2 a3 a4 a5 b1 c1"},
		"back":                   {map[string]error{"b1": device.ErrBack}, "a1 b1 a2 b2 c1"},
		"back from the first":    {map[string]error{"a1": device.ErrBack}, "a1 a2 b1 c1"},
		"back twice":             {map[string]error{"c1": device.ErrBack, "c2": device.ErrBack}, "a1 b1 c1 b2 c2 b3 c3"},
		"back further":           {map[string]error{"c1": device.ErrBack, "b2": device.ErrBack}, "a1 b1 c1 b2 b3 c2"},
		"again where it went to": {map[string]error{"c1": device.ErrBack, "b2": device.ErrAgain}, "a1 b1 c1 b2 b3 c2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ran []string
			count := make(map[string]int)
			var all []*plan.Scenario
			for _, id := range []string{"a", "b", "c"} {
				all = append(all, scenario(id, func(_ context.Context, b *bench.Bench) error {
					count[id]++
					now := fmt.Sprint(id, count[id])
					ran = append(ran, now)
					if wish := c.wishes[now]; wish != nil {
						b.Log.Append(note(must, verdict.Fail, "slipped"))
						return &bench.DeviceFault{Err: fmt.Errorf("register: %w", wish)}
					}
					b.Log.Append(note(must, verdict.Pass, "met"))
					return nil
				}))
			}
			attended := config(t)
			attended.Attended = true
			for _, r := range run(t.Context(), attended, all...) {
				if r.Verdict != verdict.Pass {
					t.Errorf("%s is %s (%s)", r.Scenario, r.Verdict, r.Cause)
				}
			}
			if got := strings.Join(ran, " "); got != c.want {
				t.Errorf("it ran %s, want %s", got, c.want)
			}
		})
	}
}

// TestPausedBudget: the time of a scenario does not run while a person acts.
func TestPausedBudget(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pauses time.Duration
		waits  time.Duration
		want   verdict.Verdict
	}{
		"long pause, short wait": {time.Hour, time.Second, verdict.Pass},
		"no pause, long wait":    {0, time.Hour, verdict.Inconclusive},
		"long pause, long wait":  {time.Hour, time.Hour, verdict.Inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := scenario("a", func(ctx context.Context, b *bench.Bench) error {
					resume, also := b.Pause(), b.Pause()
					time.Sleep(c.pauses) // the bubble's clock
					also()
					time.Sleep(c.pauses)
					resume()
					select {
					case <-time.After(c.waits):
						b.Log.Append(note(must, verdict.Pass, "met"))
					case <-ctx.Done():
					}
					return nil
				})
				brief := config(t)
				brief.Budget = time.Minute
				if r := run(t.Context(), brief, s)[0]; r.Verdict != c.want {
					t.Errorf("it is %s (%s), want %s", r.Verdict, r.Cause, c.want)
				}
			})
		})
	}
}
