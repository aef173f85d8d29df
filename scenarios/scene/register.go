package scene

import (
	"context"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// Register has the device register, and sees it through.
func Register() Step {
	return Step{usual: true, needs: []device.Capability{device.CanRegister}, act: func(ctx context.Context, s *stage) error {
		if err := s.do(ctx, device.Register, ""); err != nil {
			return err
		}
		return s.until(ctx, 0, answered("REGISTER", 200))
	}}
}

// Refresh waits until a device that was granted [ShortGrant] seconds has
// registered again.
func Refresh() Step {
	return Step{usual: true, idle: ShortGrant * time.Second / 2, act: func(ctx context.Context, s *stage) error {
		ctx, cancel := context.WithTimeout(ctx, grants*ShortGrant*time.Second)
		defer cancel()
		s.Log.WaitFrom(ctx, len(s.Log.Events()), requested("REGISTER"))
		return nil
	}}
}
