package scene

import (
	"context"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Stay waits, while a call is on hold, for as long as a device that does not stop needs to
// show it.
func Stay() Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		events := s.Log.Events()
		if !inCall(events) {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, heldWait)
		defer cancel()
		count := 0
		s.Log.WaitFrom(ctx, len(events), func(e observation.Event) bool {
			if incoming(e) && judge.IsRTP(e.Media) {
				count++
			}
			return count >= judge.HeldAwaited || farewell(e)
		})
		return nil
	}}
}

// RepeatOffer has the vendor make its last offer again: in an INVITE, or in an UPDATE to a device
// that takes that.
func RepeatOffer(update bool) Step { return Reoffer(edge.Outbound{Refresh: true, Update: update}) }

// HearAgain has the vendor change its tone, and waits until the device sends it back.
func HearAgain() Step {
	return Step{needs: []device.Capability{device.CanEcho}, act: func(ctx context.Context, s *stage) error {
		if s.call == nil {
			return nil
		}
		before := len(s.Log.Events())
		s.call.Retune()
		return s.hear(ctx, before, func(observation.MediaInfo) bool { return true })
	}}
}

// wrapsAfter is how many packets of a new source come before its sequence numbers wrap: more
// than a device may take to be sure of the source. There are such that let 50 go by.
const wrapsAfter = 60

// ChangeSource has the vendor's media go on under another SSRC, and waits until the device has
// sent back the tone with which the new source's sequence numbers wrap.
func ChangeSource() Step {
	return Step{needs: []device.Capability{device.CanEcho}, act: func(ctx context.Context, s *stage) error {
		if s.call == nil {
			return nil
		}
		before := len(s.Log.Events())
		s.call.NewSource(wrapsAfter)
		return s.hear(ctx, before, func(m observation.MediaInfo) bool { return m.Rollover > 0 })
	}}
}

// hear waits until the device sends back the first tone, from an event on, that is played as said.
// It gives up on a device that has sent much since then without it.
func (s *stage) hear(ctx context.Context, from int, played func(observation.MediaInfo) bool) error {
	if !inCall(s.Log.Events()) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, mediaWait)
	defer cancel()
	tone, enough := 0, echo()
	s.Log.WaitFrom(ctx, from, func(e observation.Event) bool {
		switch {
		case tone == 0 && e.Kind == observation.Playing && played(*e.Media):
			tone = e.Media.Tone
		case tone != 0 && incoming(e):
			return judge.Plays(e.Media, tone) || enough(e)
		}
		return farewell(e)
	})
	return nil
}
