package plan_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
)

// whole is a plan of two base scenarios, three that rest on each, one of which others rest on, and one that needs nothing.
func whole(t *testing.T) *plan.Plan {
	t.Helper()
	needs := func(s *plan.Scenario) { s.Needs = []device.Capability{device.CanListen} }
	all := []*plan.Scenario{
		scenario("a"), scenario("a-1", control("a")), scenario("a-2", control("a")), scenario("a-2-x", control("a-2")),
		scenario("b"), scenario("b-1", control("b")), scenario("b-2", control("b"), func(s *plan.Scenario) { s.Idle = 9 * time.Second }),
		scenario("c", needs),
	}
	p, err := plan.New(all, products(), plan.Options{AsOf: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWeights(t *testing.T) {
	t.Parallel()
	got := plan.Weights(whole(t), nil, map[string]time.Duration{"acme/voice/a": 3 * time.Second, "acme/voice/c": time.Minute})
	for id, want := range map[string]time.Duration{
		"a":   3 * time.Second,  // measured
		"a-1": time.Second,      // as most
		"b-2": 10 * time.Second, // and waits
		"c":   0,                // the device cannot be asked, however long another took
	} {
		if got["acme/voice/"+id] != want {
			t.Errorf("%s weighs %v, want %v", id, got["acme/voice/"+id], want)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	short := func(ids []string) string { return strings.ReplaceAll(strings.Join(ids, " "), "acme/voice/", "") }
	for name, c := range map[string]struct {
		n        int
		measured map[string]time.Duration
		want     []string // own scenarios of each shard, and after a bar its controls
	}{
		"one":                           {1, nil, []string{"a a-1 a-2 a-2-x b b-1 b-2 c |"}},
		"two, a long one beside less":   {2, nil, []string{"a a-1 a-2 a-2-x b-1 c | b", "b b-2 |"}},
		"three":                         {3, nil, []string{"a a-2 a-2-x c |", "b b-2 |", "a-1 b-1 | a b"}},
		"two, by measured durations":    {2, map[string]time.Duration{"acme/voice/b-2": time.Second}, []string{"a a-1 a-2 a-2-x |", "b b-1 b-2 c |"}},
		"as many as there are":          {8, nil, nil},
		"more controls than what rests": {7, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := whole(t)
			shards, err := plan.Split(p, c.n, plan.Weights(p, nil, c.measured))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range shards {
				got = append(got, strings.TrimSpace(short(s.Scenarios)+" | "+short(s.Controls)))
			}
			if c.want != nil && !slices.Equal(got, c.want) {
				t.Errorf("the shards are\n%q, want\n%q", got, c.want)
			}
			sound(t, p, shards)
			again, err := plan.Split(whole(t), c.n, plan.Weights(p, nil, c.measured))
			if err != nil || !reflect.DeepEqual(again, shards) {
				t.Errorf("the same division gave %v, and then %v (%v)", shards, again, err)
			}
		})
	}
}

// sound checks that each scenario is in one shard, with all that it rests on, and that no shard has more than that.
func sound(t *testing.T, p *plan.Plan, shards []plan.Shard) {
	t.Helper()
	owners := make(map[string]int)
	for i, one := range shards {
		if len(one.Scenarios) == 0 || one.Number != i+1 || one.Of != len(shards) || one.Split != shards[0].Split {
			t.Errorf("shard %d is %+v", i+1, one)
		}
		part, needed := p.Shard(one), make(map[string]bool)
		if part.Hash != p.Hash || len(part.Scenarios) != len(one.Scenarios)+len(one.Controls) {
			t.Errorf("shard %d has %d scenarios and the hash %s", i+1, len(part.Scenarios), part.Hash)
		}
		for _, id := range one.Scenarios {
			owners[id]++
		}
		for _, s := range slices.Backward(part.Scenarios) {
			if slices.Contains(one.Controls, s.ID) && !needed[s.ID] {
				t.Errorf("shard %d runs %s for nobody", i+1, s.ID)
			}
			for _, id := range s.Rests() {
				if needed[id] = true; !slices.ContainsFunc(part.Scenarios, func(o *plan.Scenario) bool { return o.ID == id }) {
					t.Errorf("shard %d runs %s without %s", i+1, s.ID, id)
				}
			}
		}
	}
	for _, s := range p.Scenarios {
		if owners[s.ID] != 1 {
			t.Errorf("%s is in %d shards", s.ID, owners[s.ID])
		}
	}
}

func TestSplitRefused(t *testing.T) {
	t.Parallel()
	p := whole(t)
	for n, want := range map[int]string{0: "into 0 shards", -1: "into -1 shards", 9: "the plan has 8 scenarios, too few for 9 shards"} {
		if _, err := plan.Split(p, n, nil); err == nil || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%d shards: %v, want %q", n, err, want)
		}
	}
}
