package selftest

import (
	"context"
	"net/netip"
	"runtime"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/scenarios"
)

// TestStubs: a device that always does one trivial thing passes nothing that it has
// not shown.
func TestStubs(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the matrix once a stub")
	}
	library := load(t)
	for _, stub := range []struct {
		name   string
		device device.Device
		filter string
		passes []string // what it has shown
	}{
		{name: "does nothing", device: still{scenarios.Reference()}},
		{name: "trusts nobody", device: distrustful{scenarios.Reference()},
			filter: "(area:certificate || area:identity || area:rotation) && !direction:vendor-to-device",
			passes: []string{ // its verification is off
				"twilio/voice/certificate/wildcard-unverified", "twilio/trunking/certificate/wildcard-unverified",
			}},
	} {
		t.Run(stub.name, func(t *testing.T) {
			c, err := scenarios.Prepare(t.Context(), library, scenarios.Options{
				Device: stub.device, Filter: stub.filter, Jobs: 12 * runtime.NumCPU(), Depth: engine.NoEvidence,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			run, err := c.Conclude(t.Context(), c.Engine.Run(t.Context(), c.Plan))
			if err != nil {
				t.Fatal(err)
			}
			if run.Outcome == results.Conformant {
				t.Errorf("it is %s", run.Outcome)
			}
			for _, r := range run.Results {
				passed := r.Verdict == verdict.Pass && r.Cause != "observed-only"
				if passed != slices.Contains(stub.passes, r.Scenario) || r.Verdict == verdict.Error {
					t.Errorf("%s: %s (%s): %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
				}
			}
		})
	}
}

// still is a device that claims everything and does nothing.
type still struct{ device.Device }

func (still) Prepare(context.Context, device.Setup) (device.Session, error) { return idle{}, nil }

// idle takes every order, and follows none.
type idle struct{}

func (idle) Do(context.Context, device.Action) error { return nil }
func (idle) Settled(context.Context) error           { return nil }
func (idle) Listening() map[string]netip.AddrPort    { return nil }
func (idle) Close() error                            { return nil }

// distrustful is a device that has imported an authority of nobody's.
type distrustful struct{ device.Device }

func (d distrustful) Prepare(ctx context.Context, setup device.Setup) (device.Session, error) {
	stranger, err := certs.NewForge(99).Hierarchy(certs.Hierarchy{Name: "stranger", Root: certs.Authority{CommonName: "Stranger"}})
	if err != nil {
		return nil, err
	}
	setup.Trust = stranger.RootPEM()
	return d.Device.Prepare(ctx, setup)
}
