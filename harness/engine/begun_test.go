package engine_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestBegun: whoever wants to follow a scenario gets its log before it is staged, each time that it is tried, and the log
// ends, and is told when it does not run any more.
func TestBegun(t *testing.T) {
	t.Parallel()
	c := config(t)
	var mu sync.Mutex
	var begun []string
	running := make(map[string]int)
	logs := make(map[string][]*observation.Log)
	c.Begun = func(s *plan.Scenario, log *observation.Log) {
		mu.Lock()
		defer mu.Unlock()
		begun = append(begun, s.ID)
		logs[s.ID] = append(logs[s.ID], log)
		running[s.ID]++
	}
	c.Ended = func(s *plan.Scenario) {
		mu.Lock()
		defer mu.Unlock()
		running[s.ID]--
	}
	short := func(_ context.Context, b *bench.Bench) error {
		mu.Lock()
		defer mu.Unlock()
		if all := logs[b.ID]; len(all) == 0 || all[len(all)-1] != b.Log {
			return errors.New("it is staged before it has begun")
		}
		b.Log.Append(observation.Event{Kind: observation.Fault, Fault: observation.OutOfPorts})
		return nil
	}
	engine.New(c).Run(testkit.Context(t), planOf(scenario("good", passes), scenario("short", short), scenario("lacking", passes, needs(device.LeverMKI))))
	slices.Sort(begun)
	if !slices.Equal(begun, []string{"twilio/voice/good", "twilio/voice/short", "twilio/voice/short", "twilio/voice/short"}) {
		t.Errorf("%q have begun", begun)
	}
	for id, n := range running {
		if n != 0 {
			t.Errorf("%s has begun %d times more often than it has ended", id, n)
		}
	}
	for id, all := range logs {
		for _, log := range all {
			log.Follow(testkit.Context(t), func(observation.Event) {})
			if testkit.Context(t).Err() != nil {
				t.Errorf("the log of %s does not end", id)
			}
		}
	}
}
