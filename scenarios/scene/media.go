package scene

import (
	"context"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Hear waits until enough media has come to judge by, counted from now on.
func Hear() Step { return listen(packets(judge.MediaAwaited)) }

// HearPackets waits for as much media as shows how the device numbers its packets.
func HearPackets() Step { return listen(packets(judge.PacketsAwaited)) }

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

// packets makes matchers that accept the packet of RTP of that number.
func packets(wanted int) func() func(observation.Event) bool {
	return func() func(observation.Event) bool {
		count := 0
		return func(e observation.Event) bool {
			if incoming(e) && judge.IsRTP(e.Media) {
				count++
			}
			return count >= wanted
		}
	}
}

// Aftermath waits, once a call is over, for media that the device should no longer send: until there is enough of it to
// judge by, or none has come for a moment.
func Aftermath() Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		from := len(s.Log.Events())
		for range judge.LateEnough {
			e, err := s.next(ctx, from)
			if err != nil {
				return nil
			}
			from = e.Seq + 1
		}
		return nil
	}}
}

// next waits for the next packet of RTP of a stream that goes on.
func (s *stage) next(ctx context.Context, from int) (observation.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, betweenPackets)
	defer cancel()
	return s.Log.WaitFrom(ctx, from, func(e observation.Event) bool { return incoming(e) && judge.IsRTP(e.Media) })
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
