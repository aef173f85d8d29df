package scene

import (
	"context"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Move gives the vendor's name another address, waits until the old one's time to
// live is over, and ends the connections.
func Move() Step {
	return Step{idle: 2 * recordTTL, act: func(ctx context.Context, s *stage) error {
		host, err := s.deadHost(observation.NewAddress, s.standardPort())
		if err != nil {
			return err
		}
		s.zone.Set(s.moved(host))
		select {
		case <-time.After(2 * recordTTL):
		case <-ctx.Done():
		}
		s.changes()
		s.Log.Mark(observation.VendorMoved)
		s.edge.Disconnect()
		return nil
	}}
}

// Restart has the vendor go away and come back with other settings.
func Restart(settings map[string]string) Step {
	return Step{act: func(_ context.Context, s *stage) error {
		s.changes()
		return s.edge.Restart(settings)
	}}
}

// Renew changes the certificate that the vendor shows, and ends the connections.
func Renew(show Presentation) Step {
	return Step{act: func(ctx context.Context, s *stage) error {
		shown, err := s.shown(show)
		if err != nil {
			return err
		}
		if err := s.edge.SetCertificates(shown); err != nil {
			return err
		}
		s.changes()
		s.edge.Disconnect()
		return nil
	}}
}

// changes notes that the vendor changes now, before the device can act on that.
func (s *stage) changes() { s.changed = len(s.Log.Events()) }

// UnlessBack acts if the device has opened no connection since [Move], [Restart] or [Renew]:
// its first try may have gone into a connection that the vendor had just closed.
func UnlessBack(again Step) Step {
	return Step{needs: again.needs, act: func(ctx context.Context, s *stage) error {
		for _, e := range s.Log.Events()[s.changed:] {
			if e.Kind == observation.TransportOpen {
				return nil
			}
		}
		return again.act(ctx, s)
	}}
}
