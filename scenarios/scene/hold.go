package scene

import (
	"context"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Hold has the device put the call on hold.
func Hold() Step { return told(device.Hold) }

// Resume has the device end a hold.
func Resume() Step { return told(device.Resume) }

// told has the device make a new offer within the call.
func told(verb device.Verb) Step {
	return Step{needs: []device.Capability{device.CanHold}, act: func(ctx context.Context, s *stage) error {
		events := s.Log.Events()
		if !inCall(events) {
			return nil
		}
		if err := s.do(ctx, verb, ""); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, reactionWait)
		defer cancel()
		offered := acknowledged()
		s.Log.WaitFrom(ctx, len(events), func(e observation.Event) bool { return offered(e) || farewell(e) })
		return nil
	}}
}

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

// HearFirst waits until a device that echoes has sent the vendor's tone back, so that it is known to
// send as long as it hears; of another, for some media.
func HearFirst() Step {
	hear := Hear()
	return Step{act: func(ctx context.Context, s *stage) error {
		if err := hear.act(ctx, s); err != nil || !s.Device.Capabilities().Has(device.CanEcho) {
			return err
		}
		s.hearTone(ctx, judge.Echo{})
		return nil
	}}
}

// HearBack is [Hear] for a device that may send again, which shows after a shorter while that it has stopped.
func HearBack() Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		events := s.Log.Events()
		if inCall(events) {
			enough := packets(judge.MediaAwaited)
			s.waitMedia(ctx, len(events), backWait, func(e observation.Event) bool { return enough(e) || farewell(e) })
		}
		return nil
	}}
}

// HearAgain has the vendor change its tone, and waits until the device sends it back.
func HearAgain() Step {
	return Step{needs: []device.Capability{device.CanEcho}, act: func(ctx context.Context, s *stage) error {
		s.edge.Retune()
		s.hearTone(ctx, judge.Echo{})
		return nil
	}}
}

// Collide has the vendor's media go on under the device's own SSRC, and waits until the device sends under another, or has
// sent so much that it does not.
func Collide() Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		if s.call == nil {
			return nil
		}
		before := len(s.Log.Events())
		if !s.call.Collide() {
			return nil
		}
		enough := packets(judge.KeyAwaited)
		var taken uint32
		s.waitMedia(ctx, before, mediaWait, func(e observation.Event) bool {
			if e.Kind == observation.Playing {
				taken = e.Media.SSRC
			}
			moved := incoming(e) && e.Media.Class == observation.AuthenticRTP && taken != 0 && e.Media.SSRC != taken
			return moved || enough(e) || farewell(e)
		})
		return nil
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
		s.waitMedia(ctx, before, mediaWait, func(e observation.Event) bool {
			return e.Kind == observation.Playing && e.Media.Rollover > 0 || farewell(e)
		})
		s.hearTone(ctx, judge.Echo{})
		return nil
	}}
}
