package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestWatch: pulses that are late for less than half of two seconds mean a busy machine, later ones that the machine
// stood still, whether at once or bit by bit.
func TestWatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gaps []time.Duration // up to each pulse, and after the last, if it is negative, up to the end
		want []string
	}{
		"in time":               {slices.Repeat([]time.Duration{pulse}, 50), nil},
		"early after late":      {slices.Repeat([]time.Duration{2 * pulse, pulse / 10}, 50), nil},
		"busy":                  {slices.Repeat([]time.Duration{pulse * 3 / 2}, 200), nil},
		"busy for a moment":     {[]time.Duration{pulse, lost, pulse}, nil},
		"busy now and then":     {slices.Repeat(append(slices.Repeat([]time.Duration{pulse}, 20), lost), 5), nil},
		"stood":                 {[]time.Duration{pulse, 7 * time.Second, pulse}, []string{"in 7s, the harness waited 6.9s"}},
		"at once":               {[]time.Duration{90 * time.Second}, []string{"in 1m30s, the harness waited 1m29.9s"}},
		"bit by bit":            {slices.Repeat([]time.Duration{4 * pulse}, 4), []string{"in 2s, the harness waited 1.2s"}},
		"bit by bit, all along": {slices.Repeat([]time.Duration{4 * pulse}, 8), []string{"in 2s, the harness waited 1.2s", "in 2s, the harness waited 1.2s"}},
		"at the end":            {[]time.Duration{pulse, -7 * time.Second}, []string{"in 7s, the harness waited 6.9s"}},
		"ends in time":          {[]time.Duration{pulse, -pulse / 2}, nil},
		"twice":                 {[]time.Duration{3 * time.Second, pulse, 3 * time.Second}, []string{"in 3s, the harness waited 2.9s", "in 3s, the harness waited 2.9s"}},
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
				for _, gap := range c.gaps {
					time.Sleep(gap.Abs()) // on the bubble's clock
					if gap > 0 {
						pulses <- time.Now()
					}
				}
				cancel()
				<-done
				var got []string
				for _, e := range log.Events() {
					if e.Kind != observation.Fault || e.Fault != observation.MachineStoodStill {
						t.Errorf("it noted %+v", e)
					}
					got = append(got, strings.TrimSuffix(strings.TrimPrefix(e.Text, "the machine stood still: "), " for its turn"))
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("noted %q, want %q", got, c.want)
				}
			})
		})
	}
}

// TestJump: a clock that is set, either way, or that went on while the machine did not, has jumped.
func TestJump(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ wall, passed, want time.Duration }{
		"in step":   {pulse, pulse, 0},
		"slewed":    {pulse + time.Millisecond, pulse, time.Millisecond},
		"forward":   {time.Hour + pulse, pulse, time.Hour},
		"back":      {pulse - time.Hour, pulse, time.Hour},
		"suspended": {time.Minute, pulse, time.Minute - pulse},
	} {
		if got := jump(c.wall, c.passed); got != c.want {
			t.Errorf("%s: it jumped by %s, want %s", name, got, c.want)
		}
	}
}
