package engine

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestWatch: a pulse that is up to a standstill late means a busy machine, a later one
// that the machine stood still.
func TestWatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gaps []time.Duration
		want []string
	}{
		"in time": {[]time.Duration{pulse, pulse, pulse}, nil},
		"busy":    {[]time.Duration{pulse, standstill, pulse}, nil},
		"stood":   {[]time.Duration{pulse, 7 * time.Second, pulse}, []string{"the machine stood still for 7s"}},
		"at once": {[]time.Duration{90 * time.Second}, []string{"the machine stood still for 1m30s"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				log, pulses, done := observation.NewLog(), make(chan time.Time), make(chan struct{})
				go func() {
					defer close(done)
					watch(ctx, log, pulses)
				}()
				synctest.Wait()
				now := time.Now()
				for _, gap := range c.gaps {
					now = now.Add(gap)
					pulses <- now
				}
				cancel()
				<-done
				var got []string
				for _, e := range log.Events() {
					if e.Kind != observation.Fault || e.Fault != observation.MachineStoodStill {
						t.Errorf("it noted %+v", e)
					}
					got = append(got, e.Text)
				}
				if strings.Join(got, "; ") != strings.Join(c.want, "; ") {
					t.Errorf("noted %q, want %q", got, c.want)
				}
			})
		})
	}
}
