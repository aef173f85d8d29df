package scenarios

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/compare"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/isolate"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/scratch"
	"github.com/sipconform/sipconform/harness/waivers"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// Options is how a device is certified. Device is required; the zero value of the
// rest is the default.
type Options struct {
	Device device.Device
	// Filter is a Ginkgo label expression, such as "vendor:twilio && area:srtp".
	Filter string
	AsOf   time.Time // today if zero
	Seed   uint64
	// Shuffle is the seed of the order in which scenarios are begun: see engine.Config. No
	// verdict depends on it.
	Shuffle uint64
	Jobs    int // at most so many scenarios at the same time: see Certification.Limited
	// Out is the folder of the report; "" writes none. It belongs to this run until the
	// Certification is closed, and what an earlier run left there is removed.
	Out   string
	Depth engine.Depth
	// Resume goes on with the run of which Out has the journal, instead of beginning one.
	// All else but Jobs has to be as it was.
	Resume bool
	// Process is by which process the user knows the run; this one if 0.
	Process int
	// Shard runs a part of the plan; all of it if nil.
	Shard *Shard
	// Waivers mark the fails that somebody accepts: see package waivers. Nil marks none. A run that goes on need not have those
	// that it began with.
	Waivers *waivers.List
	// Against is an earlier run that the report compares this one with; nil for none. It moves no verdict.
	Against *compare.Earlier
	// FullCoverage makes the outcome inconclusive if this machine cannot emulate
	// something.
	FullCoverage bool
	// Isolation is how the device is isolated; InProcess if empty.
	Isolation Isolation
	// Network is where a device is met that is on a network; nil for all others.
	Network *Network
	// Budget bounds each scenario; engine.Budget if zero, and longer for a device that acts in its own time.
	Budget time.Duration
	// Forge makes the certificates; one of Seed's if nil. Runs that share one, and so its keys, spend no time on making
	// them again.
	Forge *certs.Forge
	// Begun is called before each scenario, Ended after it, and Done with each result: see engine.Config.
	Begun func(*plan.Scenario, *observation.Log)
	Ended func(*plan.Scenario)
	Done  func(results.Result)
}

// Isolation is where scenarios take place. A device that is Networked is reached over a network, and not isolated.
type Isolation string

// The isolations. With Namespace and Loopback each scenario has its own addresses and
// the standard ports. With InProcess it uses any free ports.
const (
	Namespace Isolation = "namespace"
	Loopback  Isolation = "loopback"
	InProcess Isolation = "in-process"
	Networked Isolation = "network"
)

// Certification is a planned run.
type Certification struct {
	Library *Library
	Plan    *plan.Plan // what is run of it: the whole, or a shard
	Engine  *engine.Engine

	// Guarantees are what keeps the device's sessions from the harness and from each other. They are zero for a device
	// that runs in process, or without namespaces.
	Guarantees isolate.Guarantees

	options   Options
	fitting   int // how many scenarios the process has room for at a time
	whole     *plan.Plan
	names     *nameserver.Server
	territory *bench.Territory // nil without one
	folder    *journal.Folder  // nil without Options.Out, as is the next
	journal   *journal.Journal
	scratch   *scratch.Folder
	began     time.Time
	spent     time.Duration // by the runs that this one goes on from
	record    *results.Run  // what is known of it before it begins
	merged    *results.Merged
	cut       string // what is missing of a merged record
}

// referencePace is the time between the media packets of the reference device
// and of the mock that talks to it: a quarter of real time.
const referencePace = 5 * time.Millisecond

// Reference returns the reference device, which needs no program.
func Reference() device.Device {
	return reference.New(reference.Options{Interval: referencePace})
}

// Prepare plans a certification, claims its folder and starts its name server. The caller
// must Close it. A filter that does not parse or selects nothing is an error, and so is a
// folder that another run has.
func Prepare(ctx context.Context, l *Library, o Options) (_ *Certification, err error) {
	c, err := planned(ctx, l, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if err := c.fit(); err != nil {
		return nil, err
	}
	config := c.config()
	var at netip.AddrPort
	switch c.options.Isolation {
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
	case Networked:
		d, ok := o.Device.(*process.Device)
		if !ok || o.Network == nil {
			return nil, errors.New("scenarios: Options.Network is for devices of package process, and those on a network need it")
		}
		if d, err = c.meet(ctx, d); err != nil {
			return nil, err
		}
		at, config.Jobs, config.Attended = o.Network.DNS, 1, d.NeedsPerson()
		config.Device, config.Place = d, o.Network.place(d.Network())
		if o.Budget == 0 {
			config.Budget = o.Network.budget(d)
		}
	}
	if why := c.alike(); why != "" && config.Jobs > 1 {
		config.Jobs = 1
		c.limit(1, why)
	}
	if c.names, err = names(ctx, at); err != nil {
		return nil, err
	}
	if c.scratch, err = scratch.New(); err != nil {
		return nil, err
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	config.Names, config.Scratch, config.Journal = c.names, c.scratch.Path, c.journal
	c.Engine = engine.New(config)
	return c, nil
}

// planned returns a certification of which nothing has been started.
func planned(ctx context.Context, l *Library, o Options) (*Certification, error) {
	if o.AsOf.IsZero() {
		o.AsOf = time.Now()
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Forge == nil {
		o.Forge = vendor.NewForge(o.Seed)
	}
	if o.Isolation == "" {
		o.Isolation = InProcess
	}
	if o.Depth == "" {
		o.Depth = engine.Failures
	}
	if o.Device == nil {
		return nil, errors.New("scenarios: Options needs a Device; Reference returns the one that is built in")
	}
	p, err := l.Plan(o.Filter, o.AsOf)
	if err != nil {
		return nil, err
	}
	c := &Certification{Library: l, Plan: p, whole: p, options: o, began: time.Now()}
	if err := c.identify(ctx); err != nil {
		return nil, err
	}
	return c, c.divide()
}

// config configures an engine that needs no machine yet.
func (c *Certification) config() engine.Config {
	o := c.options
	return engine.Config{
		Device: o.Device, Requirements: c.Library.Requirements, Forge: o.Forge, Seed: o.Seed,
		Jobs: c.fitting, Out: o.Out, Depth: o.Depth, Budget: o.Budget, Begun: o.Begun, Ended: o.Ended, Done: c.done(),
		Place: bench.Block, Shuffle: o.Shuffle,
	}
}

// Plan returns what a filter, a Ginkgo label expression, selects on a day.
func (l *Library) Plan(filter string, asOf time.Time) (*plan.Plan, error) {
	match, err := plan.Filter(filter)
	if err != nil {
		return nil, err
	}
	return plan.New(l.Scenarios, l.Products, plan.Options{Match: match, Filter: filter, AsOf: asOf})
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

// Close stops the name server, removes the run's temporary files, and gives its folder up.
func (c *Certification) Close() error {
	var errs []error
	if c.names != nil {
		errs = append(errs, c.names.Close())
	}
	if c.territory != nil {
		errs = append(errs, c.territory.Close())
	}
	if c.scratch != nil {
		errs = append(errs, c.scratch.Close())
	}
	return errors.Join(append(errs, c.release())...)
}

// identify makes what the record says of a run before it begins.
func (c *Certification) identify(ctx context.Context) error {
	d := c.options.Device
	configurations, err := c.Library.configurations(d)
	if err != nil {
		return err
	}
	version, err := d.Version(ctx)
	if err != nil {
		version = ""
	}
	c.record = &results.Run{
		Harness: Harness(c.options.Isolation),
		Device:  results.Device{Name: d.Name(), Version: version, Configurations: configurations},
		AsOf:    c.options.AsOf.Format(time.DateOnly), Seed: c.options.Seed, Started: c.began.UTC(),
		Plan: results.Plan{
			Filter: c.options.Filter, Hash: c.Plan.Hash, Selected: len(c.Plan.Scenarios), FullCoverage: c.options.FullCoverage,
		},
		NotEmulated: c.Library.Lacks(c.Plan),
	}
	for _, capability := range d.Capabilities() {
		c.record.Device.Capabilities = append(c.record.Device.Capabilities, string(capability))
	}
	for _, p := range c.Plan.Revisions {
		c.record.Revisions = append(c.record.Revisions, results.Revision(p))
	}
	for _, p := range c.Plan.Parts {
		c.record.Plan.Parts = append(c.record.Plan.Parts, Part(p))
	}
	return nil
}

// Conclude makes the record of a run from its results. If Options.Out is set, it writes
// the report; the record is returned even if that fails.
func (c *Certification) Conclude(all []results.Result) (run *results.Run, err error) {
	record := *c.record
	run = &record
	run.Device.Agents = c.Engine.Agents()
	run.DurationMS = (c.spent + time.Since(c.began)).Milliseconds()
	run.Results = slices.Clone(all)
	if why := c.Engine.Cut(); why != nil {
		run.Incomplete = why.Error()
	}
	if c.merged != nil {
		run.Merged, run.Incomplete, run.DurationMS = c.merged, c.cut, c.spent.Milliseconds()
	}
	if run.Harness.SelfTest, err = SelfTest(run.Device.Name); err != nil {
		return nil, err
	}
	run.Advice = c.Library.Advice(c.Plan, run.Device)
	for i := range run.Results {
		r := &run.Results[i]
		r.Role, r.Repeated = c.role(r.Scenario), c.repeats(r.Scenario)
		if r.Own != nil {
			r.Own.Repeated = r.Repeated
		}
	}
	run.Waivers = c.options.Waivers.Mark(run.Results, run.AsOf, c.Library.Labels)
	run.Conclude()
	run.Against = c.options.Against.Against(run)
	if c.options.Out == "" {
		return run, nil
	}
	if err := report.Write(c.options.Out, run, report.Known(c.Library.Requirements.All())); err != nil {
		return run, err
	}
	return run, c.settle(run)
}

// role returns the role of a scenario of the plan.
func (c *Certification) role(id string) string {
	for _, s := range c.Plan.Scenarios {
		if s.ID == id {
			return string(s.Role())
		}
	}
	return ""
}

// Part returns a plan's part as records have it.
func Part(p plan.Part) results.Part {
	return results.Part{Vendor: p.Vendor, Product: p.Product, Role: string(p.Role), Scenarios: p.Scenarios, Core: slices.Clone(p.Core)}
}

// Harness returns what a record says of the program that judged. Without an isolation, the device was wherever it was.
func Harness(in Isolation) results.Harness {
	return results.Harness{
		Version: harnessVersion(), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH, Isolation: string(cmp.Or(in, "none")),
	}
}

// harnessVersion returns the module's version that the build recorded.
func harnessVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
