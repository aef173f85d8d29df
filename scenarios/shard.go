package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
)

// Shard is the part of a plan that one of several machines runs. All of them need the same plan, device and durations.
type Shard struct {
	Number, Of int // from 1
	// Durations are what scenarios took in an earlier run, by ID, so that all shards take about as long. Without them, each
	// scenario counts by the time for which it waits.
	Durations map[string]time.Duration

	recorded *results.Shard // of a journal, which need not be divided again
}

// Durations returns what the scenarios of a run took, for [Shard].
func Durations(run *results.Run) map[string]time.Duration {
	took := make(map[string]time.Duration)
	for r := range run.Recorded() {
		if !r.Repeated {
			took[r.Scenario] += time.Duration(r.DurationMS) * time.Millisecond
		}
	}
	return took
}

// divide has the certification run its shard of the plan.
func (c *Certification) divide() error {
	o := c.options.Shard
	switch {
	case o == nil:
		return nil
	case c.options.Depth == engine.NoEvidence:
		return errors.New("scenarios: a shard has to keep evidence, from which the whole is judged")
	case o.recorded != nil:
		s := *o.recorded
		c.record.Plan.Shard = &s
		c.Plan = c.whole.Shard(plan.Shard(s))
		return nil
	case o.Number < 1 || o.Number > o.Of:
		return fmt.Errorf("scenarios: there is no shard %d of %d", o.Number, o.Of)
	}
	shards, err := plan.Split(c.whole, o.Of, plan.Weights(c.whole, c.options.Device.Capabilities(), o.Durations))
	if err != nil {
		return fmt.Errorf("scenarios: %w", err)
	}
	one := shards[o.Number-1]
	s := results.Shard(one)
	c.record.Plan.Shard, c.Plan = &s, c.whole.Shard(one)
	return nil
}

// repeats reports whether a scenario is another shard's, and run in this one because others rest on it.
func (c *Certification) repeats(id string) bool {
	s := c.record.Plan.Shard
	return s != nil && slices.Contains(s.Controls, id)
}
