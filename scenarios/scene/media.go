package scene

import (
	"context"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Hear waits until enough media has come to judge by, counted from now on.
func Hear() Step {
	return listen(func() func(observation.Event) bool { return packets(judge.MediaAwaited) })
}

// HearPackets waits for as much media as shows how the device numbers its packets.
func HearPackets() Step {
	return listen(func() func(observation.Event) bool { return packets(judge.PacketsAwaited) })
}

// HearEcho waits until a device that echoes has sent the vendor's tone back, has the vendor change it, and waits again;
// or until so much has come without the tone that the device did not decrypt.
func HearEcho() Step { return hearTones(judge.Echo{}) }

// HearClean is [HearEcho] for a tone that has to come back as it was sent.
func HearClean() Step { return hearTones(judge.Echo{Clean: true}) }

func hearTones(echo judge.Echo) Step {
	return Step{needs: []device.Capability{device.CanEcho}, act: func(ctx context.Context, s *stage) error {
		if s.hearTone(ctx, echo) {
			s.edge.Retune()
			s.hearTone(ctx, echo)
		}
		return nil
	}}
}

// hearTone has an echo that knows nothing yet wait, while a call is up, for what the vendor plays to come back, and reports
// whether it has.
func (s *stage) hearTone(ctx context.Context, echo judge.Echo) bool {
	events := s.Log.Events()
	for _, e := range events {
		echo.Take(e)
	}
	echo.Anew()
	if inCall(events) && !echo.Back() {
		s.waitMedia(ctx, len(events), promptWait, func(e observation.Event) bool {
			echo.Take(e)
			return echo.Over() || farewell(e)
		})
	}
	return echo.Back()
}

// HearOut waits for so much media that a device which has not changed to a new key by then does not.
func HearOut() Step {
	return listen(func() func(observation.Event) bool { return packets(judge.KeyAwaited) })
}

// HearRTCP waits for two packets of RTCP, secure or not; after the first only for a second of audio.
func HearRTCP() Step {
	return listen(func() func(observation.Event) bool {
		reports, more := 0, packets(judge.ReportAwaited)
		return func(e observation.Event) bool {
			if incoming(e) && judge.IsRTCP(e.Media) {
				reports++
			}
			return reports > 1 || reports == 1 && more(e)
		}
	})
}

// listen waits, while a call is up, for the packet that satisfies a new matcher.
func listen(matcher func() func(observation.Event) bool) Step {
	return Step{usual: true, act: func(ctx context.Context, s *stage) error {
		events := s.Log.Events()
		if !inCall(events) {
			return nil
		}
		enough := matcher()
		s.waitMedia(ctx, len(events), mediaWait, func(e observation.Event) bool { return enough(e) || farewell(e) })
		return nil
	}}
}

// waitMedia waits for an event that comes after so many others.
func (s *stage) waitMedia(ctx context.Context, after int, limit time.Duration, enough func(observation.Event) bool) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s.Log.WaitFrom(ctx, after, enough)
}

// React waits until the device has done something about an answer: ended the
// call, or sent media under it.
func React() Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		ctx, cancel := context.WithTimeout(ctx, reactionWait)
		defer cancel()
		if !inCall(s.Log.Events()) {
			return nil // it has refused the call
		}
		s.Log.Wait(ctx, func(e observation.Event) bool {
			return farewell(e) || incoming(e) && judge.IsRTP(e.Media)
		})
		return nil
	}}
}

func incoming(e observation.Event) bool {
	return e.Kind == observation.Media && e.Dir != observation.Out
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

// packets returns a matcher of the RTP packet that completes a number of them.
func packets(n int) func(observation.Event) bool {
	count := 0
	return func(e observation.Event) bool {
		if incoming(e) && judge.IsRTP(e.Media) {
			count++
		}
		return count >= n
	}
}
