package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/capacity"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/isolate"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/nameserver"
)

// Options is how a device is certified. Device is required; the zero value of the
// rest is the default.
type Options struct {
	Device device.Device
	// Filter is a Ginkgo label expression, such as "vendor:twilio && area:srtp".
	Filter string
	AsOf   time.Time // today if zero
	Seed   uint64
	Jobs   int
	// Out is the folder of the report, which must exist; "" writes none.
	Out   string
	Depth engine.Depth
	// FullCoverage makes the outcome inconclusive if this machine cannot emulate
	// something.
	FullCoverage bool
	// Isolation is how the device is isolated; InProcess if empty.
	Isolation Isolation
	// Budget bounds each scenario; engine.Budget if zero.
	Budget time.Duration
	// Forge makes the certificates; one of Seed's if nil. Runs that share one, and so its keys, spend no time on making
	// them again.
	Forge *certs.Forge
	// Done is called with each result: see engine.Config.
	Done func(results.Result)
}

// Isolation is where scenarios take place.
type Isolation string

// The isolations. With Namespace and Loopback each scenario has its own addresses and
// the standard ports. With InProcess it uses any free ports.
const (
	Namespace Isolation = "namespace"
	Loopback  Isolation = "loopback"
	InProcess Isolation = "in-process"
)

// Certification is a planned run.
type Certification struct {
	Library *Library
	Plan    *plan.Plan
	Engine  *engine.Engine

	// Guarantees are what keeps the device's sessions from the harness and from each other. They are zero for a device
	// that runs in process, or without namespaces.
	Guarantees isolate.Guarantees

	options   Options
	names     *nameserver.Server
	territory *bench.Territory // nil without one
	limited   string           // why fewer scenarios run at a time than were asked for
	began     time.Time

	configurations []results.Configuration // of the device
}

// referencePace is the time between the media packets of the reference device
// and of the mock that talks to it: a quarter of real time.
const referencePace = 5 * time.Millisecond

// Reference returns the reference device, which needs no program.
func Reference() device.Device {
	return reference.New(reference.Options{Interval: referencePace})
}

// Prepare plans a certification and starts its name server. The caller must
// Close it. A filter that does not parse or selects nothing is an error.
func Prepare(ctx context.Context, l *Library, o Options) (*Certification, error) {
	if o.AsOf.IsZero() {
		o.AsOf = time.Now()
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Forge == nil {
		o.Forge = certs.NewForge(o.Seed)
	}
	if o.Isolation == "" {
		o.Isolation = InProcess
	}
	if o.Device == nil {
		return nil, errors.New("scenarios: Options needs a Device; Reference returns the one that is built in")
	}
	p, err := l.Plan(o.Filter, o.AsOf)
	if err != nil {
		return nil, err
	}
	c := &Certification{Library: l, Plan: p, options: o, began: time.Now()}
	if err := c.fit(); err != nil {
		return nil, err
	}
	if c.configurations, err = l.configurations(o.Device); err != nil {
		return nil, err
	}
	config := engine.Config{
		Device: o.Device, Requirements: l.Requirements, Forge: o.Forge, Seed: o.Seed,
		Jobs: c.options.Jobs, Out: o.Out, Depth: o.Depth, Budget: o.Budget, Done: o.Done, Place: bench.Block,
	}
	var at netip.AddrPort
	switch o.Isolation {
	case InProcess:
		config.Place = c.inProcess()
		config.MediaInterval = referencePace
	case Namespace:
		config.Place = isolated
		at = isolate.Nameserver()
		if d, ok := o.Device.(*process.Device); ok && d.Confinement() != nil {
			confinement := d.Confinement().Hiding(o.Out)
			c.Guarantees, config.Device = confinement.Guarantees(), d.Confined(confinement)
		}
	}
	if c.names, err = nameserver.Start(ctx, nameserver.Config{Address: at}); err != nil {
		if c.territory != nil {
			c.territory.Close()
		}
		return nil, err
	}
	config.Names = c.names
	c.Engine = engine.New(config)
	return c, nil
}

// Plan returns what a filter, a Ginkgo label expression, selects on a day.
func (l *Library) Plan(filter string, asOf time.Time) (*plan.Plan, error) {
	match, err := types.ParseLabelFilter(filter)
	if err != nil {
		return nil, fmt.Errorf("filter %q: %s", filter, plainly(err))
	}
	return plan.New(l.Scenarios, l.Products, plan.Options{Match: match, Filter: filter, AsOf: asOf})
}

// fit has no more scenarios run at a time than the process has room for.
func (c *Certification) fit() error {
	each := capacity.Program()
	if c.options.Isolation == InProcess {
		each = capacity.InProcess()
	}
	jobs, limit, err := capacity.Jobs(c.options.Jobs, capacity.Available(), each)
	if err != nil {
		return fmt.Errorf("scenarios: %w", err)
	}
	if limit != "" {
		c.limited = fmt.Sprintf("%d at a time instead of %d, because %s", jobs, c.options.Jobs, limit)
	}
	c.options.Jobs = jobs
	return nil
}

// Limited says why fewer scenarios run at a time than [Options.Jobs]; it is empty if as many do.
func (c *Certification) Limited() string { return c.limited }

// plainly returns the text of Ginkgo's error in one line and without colours.
func plainly(err error) string {
	text := err.Error()
	if g, ok := err.(types.GinkgoError); ok {
		text = g.Heading + ": " + g.Message
	}
	text = formatter.New(formatter.ColorModeNone).F(text)
	return strings.Join(strings.Fields(text), " ")
}

// inProcess returns where in-process devices have their places. Linux has all of
// 127.0.0.0/8: each scenario has its own addresses there, so that no late packet
// reaches another, and the device's server can have port 5061. Elsewhere, and where
// too many runs share the machine, all have one address and free ports.
func (c *Certification) inProcess() func(serial int) bench.Place {
	shared := func(int) bench.Place { return bench.Shared() }
	if runtime.GOOS != "linux" {
		return shared
	}
	territory, err := bench.Claim()
	if err != nil {
		return shared
	}
	c.territory = territory
	return territory.Place
}

// isolated returns a place in namespaces of the run's own.
func isolated(serial int) bench.Place {
	place := bench.Block(serial)
	place.HTTPSPort = true
	return place
}

// Close stops the name server.
func (c *Certification) Close() error {
	err := c.names.Close()
	if c.territory != nil {
		err = errors.Join(err, c.territory.Close())
	}
	return err
}

// Conclude makes the record of a run from its results. If Options.Out is set, it
// writes the report.
func (c *Certification) Conclude(ctx context.Context, all []results.Result) (*results.Run, error) {
	d := c.options.Device
	version, err := d.Version(ctx)
	if err != nil {
		version = ""
	}
	run := &results.Run{
		Harness: results.Harness{
			Version: harnessVersion(), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH,
			Isolation: string(c.options.Isolation), Limited: c.limited,
		},
		Device: results.Device{Name: d.Name(), Version: version, Agents: c.Engine.Agents(), Configurations: c.configurations},
		AsOf:   c.options.AsOf.Format(time.DateOnly), Seed: c.options.Seed,
		Started: c.began.UTC(), DurationMS: time.Since(c.began).Milliseconds(),
		Plan: results.Plan{
			Filter: c.options.Filter, Hash: c.Plan.Hash, Selected: len(c.Plan.Scenarios), FullCoverage: c.options.FullCoverage,
		},
		Results:     slices.Clone(all),
		NotEmulated: c.Library.Lacks(c.Plan),
	}
	for _, capability := range d.Capabilities() {
		run.Device.Capabilities = append(run.Device.Capabilities, string(capability))
	}
	if run.Harness.SelfTest, err = SelfTest(d.Name()); err != nil {
		return nil, err
	}
	run.Advice = c.Library.Advice(c.Plan, run.Device)
	for _, p := range c.Plan.Revisions {
		run.Revisions = append(run.Revisions, results.Revision(p))
	}
	for _, p := range c.Plan.Parts {
		run.Plan.Parts = append(run.Plan.Parts, Part(p))
	}
	run.Conclude()
	if c.options.Out == "" {
		return run, nil
	}
	if err := os.MkdirAll(c.options.Out, 0o755); err != nil {
		return run, err
	}
	return run, report.Write(c.options.Out, run, report.Known(c.Library.Requirements.All()))
}

// Part returns a plan's part as records have it.
func Part(p plan.Part) results.Part {
	return results.Part{Vendor: p.Vendor, Product: p.Product, Role: string(p.Role), Scenarios: p.Scenarios, Core: slices.Clone(p.Core)}
}

// harnessVersion returns the module's version that the build recorded.
func harnessVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
