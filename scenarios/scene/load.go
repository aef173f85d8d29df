package scene

import (
	"context"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// Of a load, each call of holdEvery is put on hold for the middle third of its time, and each of turnEvery has the other
// codec first.
const (
	holdEvery = 3
	turnEvery = 2
)

// Load has the vendor call the device over its registration as often as the device claims to bear.
func Load() Step { return loaded(func(*stage, *edge.Outbound) {}, device.CanAnswer) }

// LoadListener is [Load] for calls to the device's own server.
func LoadListener() Step {
	return loaded(func(s *stage, o *edge.Outbound) {
		o.Host = s.deviceHost()
		o.Address, o.NamesPort = s.listener()
	}, device.CanAnswer, device.CanListen)
}

func loaded(address func(*stage, *edge.Outbound), needs ...device.Capability) Step {
	return Step{needs: append(needs, device.CanLoad), act: func(ctx context.Context, s *stage) error {
		var o edge.Outbound
		address(s, &o)
		if s.Pause != nil { // a load lasts as long as the device says, whatever other scenarios may take
			defer s.Pause()()
		}
		s.bear(ctx, bound(device.LoadOf(s.Device), s.product.Offer.Most), o)
		return nil
	}}
}

// bound returns the part of a load that the vendor goes to.
func bound(l device.Load, most *profile.CallLimits) device.Load {
	if most != nil {
		l.Calls, l.Rate = min(l.Calls, most.Calls), min(l.Rate, most.Rate)
	}
	return l
}

// bear calls the device so often, and returns when the last call is over.
func (s *stage) bear(ctx context.Context, l device.Load, o edge.Outbound) {
	begin := time.NewTicker(time.Duration(float64(time.Second) / l.Rate))
	defer begin.Stop()
	free := make(chan struct{}, l.Calls)
	var calls sync.WaitGroup
	defer calls.Wait()
	for i := range l.Total() {
		if i > 0 {
			select {
			case <-begin.C:
			case <-ctx.Done():
				return
			}
		}
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return
		}
		one := o
		one.OtherCodecFirst = i%turnEvery == turnEvery-1
		s.Log.Mark(observation.CallBegun)
		calls.Go(func() {
			defer func() { <-free }()
			defer s.Log.Guard("", "a call of a load")
			s.talk(ctx, one, l.Lasting(), i%holdEvery == holdEvery-1)
		})
	}
}

// talk is one call. What becomes of it is for the checks to say.
func (s *stage) talk(ctx context.Context, o edge.Outbound, lasting time.Duration, held bool) {
	call := s.place(ctx, o)
	if call == nil || call.Status != 200 {
		return
	}
	defer func() { _ = call.HangUp(ctx) }()
	third := lasting / 3
	last(ctx, third)
	if held {
		o.Direction = sdp.SendOnly
		_ = call.Reoffer(ctx, o) // it may have ended
	}
	last(ctx, third)
	if held {
		o.Direction = sdp.SendRecv
		_ = call.Reoffer(ctx, o)
	}
	last(ctx, third)
}

// last returns after a time, in which the vendor talks.
func last(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
