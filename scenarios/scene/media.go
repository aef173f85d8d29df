package scene

import (
	"context"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Hear waits until enough media has come to judge by, counted from now on.
func Hear() Step { return listen(fewRTP) }

// HearEcho waits for so much media that a device which does not echo the vendor's
// tone by then did not decrypt it.
func HearEcho() Step {
	return Step{needs: []device.Capability{device.CanEcho}, act: HearOut().act}
}

// HearOut waits for as much media as [HearEcho], of any device.
func HearOut() Step { return listen(echo) }

// HearRTCP waits for a packet of RTCP, secure or not.
func HearRTCP() Step {
	return listen(func() func(observation.Event) bool {
		return func(e observation.Event) bool { return incoming(e) && judge.IsRTCP(e.Media) }
	})
}

// listen waits, while a call is up, for the packet that satisfies a new matcher.
func listen(matcher func() func(observation.Event) bool) Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		events := s.Log.Events()
		if !inCall(events) {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, mediaWait)
		defer cancel()
		enough := matcher()
		s.Log.WaitFrom(ctx, len(events), func(e observation.Event) bool { return enough(e) || farewell(e) })
		return nil
	}}
}

// React waits until the device has done something about an answer: ended the
// call, or sent media under it.
func React() Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		ctx, cancel := context.WithTimeout(ctx, reactionWait)
		defer cancel()
		s.Log.Wait(ctx, func(e observation.Event) bool {
			return farewell(e) || incoming(e) && judge.IsRTP(e.Media)
		})
		return nil
	}}
}

func incoming(e observation.Event) bool {
	return e.Kind == observation.Media && e.Dir != observation.Out
}

// fewRTP accepts the packet with which there are enough to judge a stream by.
func fewRTP() func(observation.Event) bool {
	count := 0
	return func(e observation.Event) bool {
		if incoming(e) && judge.IsRTP(e.Media) {
			count++
		}
		return count >= judge.MediaAwaited
	}
}

// echo accepts the packet that ends two seconds of audio, whatever is in it.
func echo() func(observation.Event) bool {
	count := 0
	return func(e observation.Event) bool {
		if incoming(e) && (e.Media.Class == observation.AuthenticRTP || e.Media.Class == observation.BadTag) {
			count++
		}
		return count >= judge.ToneAwaited
	}
}
