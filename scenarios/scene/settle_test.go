package scene

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// settling is a device that settles with an error, or not at all.
type settling struct {
	device.Session
	err error
}

func (s settling) Settled(ctx context.Context) error {
	if errors.Is(s.err, errNever) {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return s.err
}

var errNever = errors.New("it does not settle")

// TestUntil: what the person at a device says instead of doing it ends the wait and reaches the engine; what the wire shows
// before, and the end of the scenario, are no fault of the device's.
func TestUntil(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settles error
		shown   bool // on the wire
		over    bool // the scenario is
		want    error
	}{
		"it settles":              {},
		"to be left out":          {settles: device.ErrUnsupported, want: device.ErrUnsupported},
		"to begin again":          {settles: device.ErrAgain, want: device.ErrAgain},
		"to go back":              {settles: device.ErrBack, want: device.ErrBack},
		"the wire shows it":       {settles: errNever, shown: true},
		"the wire shows it first": {settles: device.ErrUnsupported, shown: true},
		"both, to begin again":    {settles: device.ErrAgain, shown: true, want: device.ErrAgain},
		"the scenario is over":    {settles: errNever, over: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			log := observation.NewLog()
			defer log.End()
			if c.shown {
				log.Append(observation.Event{Kind: observation.SIP})
			}
			if c.over {
				cancel()
			}
			s := &stage{Bench: &bench.Bench{Log: log}, session: settling{err: c.settles}}
			err := s.until(ctx, 0, func(e observation.Event) bool { return e.Kind == observation.SIP })
			if !errors.Is(err, c.want) || err != nil && !errors.As(err, new(*bench.DeviceFault)) {
				t.Errorf("it ends with %v, want %v", err, c.want)
			}
		})
	}
}

// TestTalksOn: a call that goes on and on is seen through once enough of it was heard and nothing else came for a while.
func TestTalksOn(t *testing.T) {
	t.Parallel()
	const packet = 20 * time.Millisecond
	for name, c := range map[string]struct {
		dir    observation.Direction
		other  observation.Kind // at each packet of its number
		at     int
		packet time.Duration
		want   time.Duration // 0 for never in 20 s
	}{
		"nothing but media":               {observation.In, "", 0, packet, talkWait},
		"only the vendor sends":           {observation.Out, "", 0, packet, 0},
		"a message after four seconds":    {observation.In, observation.SIP, 200, packet, 4*time.Second + talkWait},
		"statistics after four seconds":   {observation.In, observation.Device, 200, packet, talkWait},
		"a connection after four seconds": {observation.In, observation.TransportOpen, 200, packet, 4*time.Second + talkWait},
		"too few packets":                 {observation.In, "", 0, 5 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			over := talksOn()
			var got time.Duration
			for i, at := 0, time.Second; got == 0 && at < 21*time.Second; i, at = i+1, at+c.packet {
				if c.other != "" && i == c.at && over(observation.Event{At: at, Kind: c.other}) {
					t.Error("it is over at something else than media")
				}
				if over(observation.Event{At: at, Kind: observation.Media, Dir: c.dir}) {
					got = at - time.Second
				}
			}
			if got != c.want {
				t.Errorf("it is over after %s, want %s", got, c.want)
			}
		})
	}
	if judge.MediaAwaited*packet >= talkWait {
		t.Error("the packets that are waited for take longer than the wait")
	}
}
