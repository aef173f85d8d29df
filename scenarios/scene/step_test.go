package scene

import (
	"context"
	"errors"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// settling is a device that settles with an error, or goes on until it is told that nobody waits for it.
type settling struct {
	device.Session
	err   error
	while bool
}

func (s settling) Settled(ctx context.Context) error {
	if s.while {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return s.err
}

// TestUntil: what is waited for came, or the device has settled. Why it did not do what it was told is an error; that
// nobody waits for it any more is none.
func TestUntil(t *testing.T) {
	t.Parallel()
	would := errors.New("would not")
	for name, c := range map[string]struct {
		session settling
		seen    bool
		want    error
	}{
		"it was seen":                      {settling{while: true}, true, nil},
		"it was seen of one who would not": {settling{err: would}, true, nil},
		"of one who would begin anew":      {settling{err: device.ErrAgain}, true, device.ErrAgain},
		"the device settled":               {settling{}, false, nil},
		"the device would not":             {settling{err: would}, false, would},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &stage{Bench: &bench.Bench{Log: observation.NewLog()}, session: c.session}
			if c.seen {
				s.Log.Mark(observation.VendorMoved)
			}
			err := s.until(testkit.Context(t), 0, func(observation.Event) bool { return true })
			if !errors.Is(err, c.want) {
				t.Errorf("the error is %v, want %v", err, c.want)
			}
			if fault := new(bench.DeviceFault); c.want != nil && !errors.As(err, &fault) {
				t.Errorf("%v is no fault of the device", err)
			}
		})
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	s := &stage{Bench: &bench.Bench{Log: observation.NewLog()}, session: settling{while: true}}
	if err := s.until(ctx, 0, func(observation.Event) bool { return false }); err != nil {
		t.Errorf("at the end of its time, a scenario has the error %v", err)
	}
}
