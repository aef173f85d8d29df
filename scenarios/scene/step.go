package scene

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Step is one thing that happens in a scene, with what the device must be able to
// do for it.
type Step struct {
	needs []device.Capability
	act   func(context.Context, *stage) error
	// port is the port of the vendor's that the step leads to, where it is another than
	// that of SIP.
	port uint16
	// to is what a call is to, where it matters; empty otherwise.
	to string
	// idle is how long the step waits for time to pass, and nothing else.
	idle time.Duration
	// usual tells that devices do it, or meet it, in use: nothing is put to a test by it.
	usual bool
}

// do tells the device to act.
func (s *stage) do(ctx context.Context, verb device.Verb, target string) error {
	if err := s.session.Do(ctx, device.Action{Verb: verb, Target: target}); err != nil {
		return &bench.DeviceFault{Err: fmt.Errorf("%s: %w", verb, err)}
	}
	return nil
}

// until waits for an event from that Seq on, or for the device to report that it
// has done what it was told, whichever is first. That it has not, such as because the
// person at it would not, is an error.
func (s *stage) until(ctx context.Context, from int, match func(observation.Event) bool) error {
	watching, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	settled := make(chan error, 1)
	go func() {
		var err error
		defer func() {
			settled <- err
			cancel(err)
		}()
		defer s.Log.Guard("", "waiting for the device to settle") // an adapter is code of the user's
		err = s.session.Settled(watching)
	}()
	_, err := s.Log.WaitFrom(watching, from, match)
	cancel(nil)
	fault := <-settled
	// Who wants to begin again wants it whatever the wire has shown meanwhile.
	wished := errors.Is(fault, device.ErrAgain) || errors.Is(fault, device.ErrBack)
	if fault != nil && (err != nil || wished) && ctx.Err() == nil {
		return &bench.DeviceFault{Err: fault}
	}
	return nil
}

// Settle waits until the device has finished with whatever it was told, or talks on and on.
func Settle() Step {
	return Step{usual: true, act: func(ctx context.Context, s *stage) error {
		return s.until(ctx, len(s.Log.Events()), talksOn())
	}}
}

// talksOn returns a function that tells when a device has sent media for [talkWait], enough to judge it by, and nothing else
// has happened meanwhile: a call that nobody ends goes on like that for ever. What the device says of itself, such as its
// statistics of the call, is nothing.
func talksOn() func(observation.Event) bool {
	var since time.Duration // of the newest event that is no media
	packets, first := 0, true
	return func(e observation.Event) bool {
		switch {
		case first || e.Kind != observation.Media && e.Kind != observation.Device:
			since, packets, first = e.At, 0, false
		case e.Kind == observation.Media && e.Dir == observation.In:
			packets++
		}
		return packets >= judge.MediaAwaited && e.At-since >= talkWait
	}
}

// Options has the device send OPTIONS to the vendor's first host.
func Options() Step {
	return optionsTo(func(s *stage) string { return s.edge.Hosts()[0].Name })
}

// OptionsPort has the device send OPTIONS to a port of the vendor's table.
func OptionsPort(port uint16) Step {
	to := optionsTo(func(s *stage) string { return s.atPort(port) })
	to.port, to.usual = port, false
	return to
}

func optionsTo(target func(*stage) string) Step {
	return Step{usual: true, needs: []device.Capability{device.CanOptions}, act: func(ctx context.Context, s *stage) error {
		if err := s.do(ctx, device.Options, target(s)); err != nil {
			return err
		}
		return s.until(ctx, 0, answered("OPTIONS", 200))
	}}
}

// ConnectPort has the device shake hands with a TLS listener, by its number in the
// vendor's table of ports, and close the connection.
func ConnectPort(port uint16) Step {
	return Step{needs: []device.Capability{device.CanConnect}, act: func(ctx context.Context, s *stage) error {
		s.Log.Mark(observation.HandshakeAsked)
		if err := s.do(ctx, device.TLSConnect, s.atPort(port)); err != nil {
			return err
		}
		return Settle().act(ctx, s)
	}}
}

// atPort is the vendor's name with the port that a listener of the table has here.
func (s *stage) atPort(port uint16) string {
	return fmt.Sprintf("%s:%d", s.edge.Domain(), s.edge.Ports()[port].Port())
}

// Idle leaves the device alone for as long as it takes to see that it sends
// keep-alives much too often.
func Idle() Step {
	return Step{idle: quiet, act: func(ctx context.Context, s *stage) error {
		ctx, cancel := context.WithTimeout(ctx, quiet)
		defer cancel()
		seen := 0
		s.Log.WaitFrom(ctx, len(s.Log.Events()), func(e observation.Event) bool {
			if e.KeepAlive != nil && e.KeepAlive.Ping {
				seen++
			}
			return seen == pings
		})
		return nil
	}}
}
