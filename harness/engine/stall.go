package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// pulse is how often a scenario looks whether time goes on.
	pulse = 100 * time.Millisecond
	// standstill is how late a pulse has to be for the machine to have stood still,
	// as a virtual one does that is moved or starved. It is less than devices and
	// mocks wait for each other, and more than a busy machine makes a pulse late.
	standstill = 2 * time.Second
	// attempts is how often a scenario is run on a machine that keeps standing still.
	attempts = 3
)

// watch notes in a scenario's log that the machine stood still, until ctx ends.
func watch(ctx context.Context, log *observation.Log, pulses <-chan time.Time) {
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-pulses:
			if gap := now.Sub(last); gap > standstill {
				log.Append(observation.Event{
					Kind: observation.Fault, Fault: observation.MachineStoodStill, Text: fmt.Sprintf("the machine stood still for %s", gap.Round(pulse))})
			}
			last = now
		}
	}
}
