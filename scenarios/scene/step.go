package scene

import (
	"context"
	"fmt"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Step is one thing that happens in a scene, with what the device must be able to
// do for it.
type Step struct {
	needs []device.Capability
	act   func(context.Context, *stage) error
	// to is what a call is to, where it matters; empty otherwise.
	to string
}

// do tells the device to act.
func (s *stage) do(ctx context.Context, verb device.Verb, target string) error {
	if err := s.session.Do(ctx, device.Action{Verb: verb, Target: target}); err != nil {
		return &bench.DeviceFault{Err: fmt.Errorf("%s: %w", verb, err)}
	}
	return nil
}

// until waits for an event from that Seq on, or for the device to report that it
// has done what it was told, whichever is first.
func (s *stage) until(ctx context.Context, from int, match func(observation.Event) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	settled := make(chan error, 1)
	go func() {
		err := s.session.Settled(ctx)
		settled <- err
		cancel(err)
	}()
	_, err := s.Log.WaitFrom(ctx, from, match)
	cancel(nil)
	if fault := <-settled; err != nil && fault != nil && ctx.Err() == nil {
		return &bench.DeviceFault{Err: fault}
	}
	return nil
}

// Settle waits until the device has finished with whatever it was told.
func Settle() Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		return s.until(ctx, 0, func(observation.Event) bool { return false })
	}}
}

// Options has the device send OPTIONS to the vendor's first host.
func Options() Step {
	return Step{needs: []device.Capability{device.CanOptions}, act: func(ctx context.Context, s *stage) error {
		if err := s.do(ctx, device.Options, s.edge.Hosts()[0].Name); err != nil {
			return err
		}
		return s.until(ctx, 0, answered("OPTIONS", 200))
	}}
}

// Idle leaves the device alone for as long as it takes to see that it sends
// keep-alives much too often.
func Idle() Step {
	return Step{act: func(ctx context.Context, s *stage) error {
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
