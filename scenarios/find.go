package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/observation"
)

// findWait bounds the wait for a device to show itself.
const findWait = 10 * time.Minute

// errNotFound is the error of a run whose device did not show itself.
var errNotFound = errors.New("no device has registered: give its address with -at, or have it register at the vendor's first address")

// find returns the address that the first device registers from which knows the account's password. The vendor takes
// everybody meanwhile; what is seen of them counts for nothing.
func (c *Certification) find(ctx context.Context, d *process.Device, place bench.Place) (netip.Addr, error) {
	i := slices.IndexFunc(c.whole.Scenarios, func(s *plan.Scenario) bool {
		return s.Direction == plan.Register && s.Control == "" && slices.Contains(s.Needs, device.CanDigest) &&
			len(plan.Missing(s, d.Capabilities())) == 0
	})
	if i < 0 {
		return netip.Addr{}, errors.New("the device's address is not known, and what is asked has no registration with a password " +
			"that would tell: give it under network in the descriptor, or with -at")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, findWait, errNotFound)
	defer cancel()
	server, err := names(ctx, c.options.Network.DNS)
	if err != nil {
		return netip.Addr{}, err
	}
	defer server.Close()
	dir, err := os.MkdirTemp("", "sipconform-")
	if err != nil {
		return netip.Addr{}, err
	}
	defer os.RemoveAll(dir)
	log := observation.NewLog()
	s := c.whole.Scenarios[i]
	err = s.Run(ctx, &bench.Bench{
		Log: log, Dir: dir, ID: s.ID, Serial: 1, Seed: c.options.Seed, Device: d, Names: server, Forge: c.options.Forge, Place: place,
		Pause: func() (resume func()) { return func() {} },
	})
	if from, ok := judge.RegisteredFrom(judge.NewView(log.Events())); ok {
		return from, nil
	}
	if err == nil {
		err = errNotFound
	}
	return netip.Addr{}, fmt.Errorf("finding the device: %w", err)
}
