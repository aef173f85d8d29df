package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios"
)

// valuesOf are the values of levers that have few, each of which scenarios set.
func valuesOf(lever device.Capability) []string {
	switch lever {
	case device.LeverMedia:
		return []string{string(device.RTP), string(device.SRTP), string(device.Opportunistic), string(device.Both)}
	case device.LeverTransport:
		return []string{observation.UDP, observation.TCP, observation.TLS}
	}
	return nil
}

// capabilities tells which of them lead to nothing.
func (c *checkup) capabilities(known *scenarios.Library, d *process.Descriptor, of device.Device) {
	c.part("Capabilities")
	needed := make(map[device.Capability]bool)
	for _, s := range known.Scenarios {
		for _, n := range slices.Concat(s.Needs, s.Changes) {
			needed[n] = true
		}
	}
	// These change how a device is asked, or what is said of it, and no scenario needs them.
	beside := []device.Capability{device.ConfiguredOnce, device.FromOwnAddress, device.IsLegacyPhone, device.LeverPort}
	var useless, levers []string
	for _, has := range of.Capabilities() {
		if !needed[has] && !slices.Contains(beside, has) {
			useless = append(useless, string(has))
		}
		if strings.HasPrefix(string(has), "lever:") {
			levers = append(levers, string(has))
		}
	}
	c.ok("%d are declared, %d of them levers", len(of.Capabilities()), len(levers))
	if len(useless) > 0 {
		c.note("no scenario needs %s: without, as much is asked", strings.Join(useless, ", "))
	}
	if d == nil {
		return
	}
	for _, lever := range levers {
		words, has := d.Words[strings.TrimPrefix(lever, "lever:")]
		if !has {
			continue
		}
		unset := slices.DeleteFunc(valuesOf(device.Capability(lever)), func(v string) bool { _, has := words[v]; return has })
		if len(unset) > 0 {
			c.note("%s has no word for %s: scenarios that set it so are not applicable", lever, strings.Join(unset, ", nor for "))
		}
	}
}

// scenarios tells how many of a plan apply, by product.
func (c *checkup) scenarios(p *plan.Plan, o scenarios.Options) {
	c.part("Scenarios")
	has := o.Device.Capabilities()
	type count struct {
		apply, all int
		lacks      map[device.Capability]int // by what is missing, alone or beside others
	}
	counts := make(map[string]*count)
	lacks := make(map[device.Capability]int)
	total := 0
	for _, s := range p.Scenarios {
		name := s.Vendor + "/" + s.Product
		if counts[name] == nil {
			counts[name] = &count{lacks: make(map[device.Capability]int)}
		}
		counts[name].all++
		missing := plan.Missing(s, has)
		if len(missing) == 0 {
			counts[name].apply++
			total++
		}
		for _, capability := range missing {
			counts[name].lacks[capability]++
		}
		if len(missing) == 1 {
			lacks[missing[0]]++
		}
	}
	var none, foreign []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name].apply == 0 {
			most := mostOf(counts[name].lacks)
			none = append(none, fmt.Sprintf("none of %d apply: %s; %d of them need %s", counts[name].all, name, counts[name].lacks[most], most))
			continue
		}
		c.ok("%d of %d apply: %s", counts[name].apply, counts[name].all, name)
		if !vouched(o.Network, name) {
			foreign = append(foreign, name)
		}
	}
	for _, product := range none {
		if total > 0 {
			c.note("%s", product)
		}
	}
	if len(foreign) > 0 {
		c.note("the lab does not vouch for %s: certify the others with -filter, or make a lab for these, too", strings.Join(foreign, ", "))
	}
	if total == 0 {
		c.fault("no scenario applies: declare what else the device can do%s", mostLacked(lacks))
	}
}

// mostLacked tells which capability alone is missing most often.
func mostLacked(lacks map[device.Capability]int) string {
	if len(lacks) == 0 {
		return ""
	}
	most := mostOf(lacks)
	return fmt.Sprintf(": %d lack nothing but %s", lacks[most], most)
}

// mostOf returns the capability with the highest count, of equal ones the first in alphabetical order.
func mostOf(counts map[device.Capability]int) device.Capability {
	return slices.MaxFunc(slices.Sorted(maps.Keys(counts)), func(a, b device.Capability) int { return cmp.Compare(counts[a], counts[b]) })
}

// vouched tells whether the roots that a device has are good for a product.
func vouched(n *scenarios.Network, product string) bool {
	return n == nil || n.Customer.Vouched(product)
}

// trial asks the device one thing.
func (c *checkup) trial(ctx context.Context, known *scenarios.Library, p *plan.Plan, o scenarios.Options, dry bool) {
	c.part("Trial")
	d, _ := o.Device.(*process.Device)
	s, what := firstBase(p, o)
	switch {
	case dry:
		c.unchecked("left out, because of -dry")
		return
	case c.faults > 0:
		c.unchecked("mend the %s first", plural(c.faults, "fault"))
		return
	case d != nil && d.NeedsPerson():
		c.unchecked("the device needs a person, so that nothing is tried: certify says what to do")
		return
	case d != nil && d.Network() != nil && len(d.Network().Addresses) == 0:
		c.unchecked("nobody knows where the device is: give its address with -at")
		return
	case s == nil:
		c.unchecked("no scenario that begins with nothing applies")
		return
	}
	c.say("trying", "%s: %s", what, s.ID)
	heard := new(news)
	o.Filter, o.Begun = s.Label(), heard.begun
	cert, err := scenarios.Prepare(ctx, known, o)
	if err != nil {
		c.fault("%v", err)
		return
	}
	defer func() {
		if err := cert.Close(); err != nil && c.broken == nil {
			c.broken = err
		}
	}()
	for _, r := range cert.Engine.Run(ctx, cert.Plan) {
		if r.Scenario == s.ID {
			c.outcome(s, r, heard)
			return
		}
	}
	c.broken = fmt.Errorf("%s was not run: %w", s.ID, context.Cause(ctx))
}

// trial is a role in which a device is tried, and what it is asked in it.
type trial struct {
	role profile.Role
	what string
}

// trials are all of them; the first that a device can take is the one that it is tried in.
func trials() []trial {
	return []trial{
		{profile.Registering, "a registration"},
		{profile.CallingOut, "a call"},
		{profile.Fetching, "a page over HTTPS"},
		{profile.Asking, "an OPTIONS request"},
		{profile.Listening, "a call to the device"},
		{profile.CalledIn, "a call over the device's registration"},
		{profile.Connecting, "a TLS connection"},
	}
}

// firstBase returns the first scenario that applies and rests on no other, in the first role that has one, and what the device is
// asked in it; nil if there is none.
func firstBase(p *plan.Plan, o scenarios.Options) (*plan.Scenario, string) {
	for _, t := range trials() {
		i := slices.IndexFunc(p.Scenarios, func(s *plan.Scenario) bool {
			return s.Role() == t.role && len(s.Rests()) == 0 && len(plan.Missing(s, o.Device.Capabilities())) == 0 &&
				vouched(o.Network, s.Vendor+"/"+s.Product)
		})
		if i >= 0 {
			return p.Scenarios[i], t.what
		}
	}
	return nil, ""
}

// news is what a device reported of its programs while it was tried.
type news struct{ log *observation.Log }

// begun takes the log of the trial. If it is begun again, such as in a configuration of the device's, the last one counts.
func (n *news) begun(_ *plan.Scenario, log *observation.Log) { n.log = log }

// maxNews is how much of it is told.
const maxNews = 5

// lines returns the last of what the programs printed before they ended, and how they ended if that was not well.
func (n *news) lines() (all []string) {
	if n.log == nil {
		return nil
	}
	for _, e := range n.log.Events() {
		switch d := e.Device; {
		case d == nil:
		case d.What == observation.DeviceOutput, d.What == observation.DeviceExit && (d.ByItself || d.Status > 0):
			all = append(all, strings.Split(strings.TrimSpace(e.Text), "\n")...)
		}
	}
	return all[max(0, len(all)-maxNews):]
}

// outcome tells how a trial came out. A device that acts and fails is set up well: to find that is what certify is for.
func (c *checkup) outcome(s *plan.Scenario, r results.Result, heard *news) {
	why := cmp.Or(r.Observed, r.Cause)
	if r.Hint != "" {
		why += "; " + r.Hint
	}
	switch r.Verdict {
	case verdict.Pass, verdict.Observed:
		c.ok("it worked")
		return
	case verdict.Deviation, verdict.Fail:
		c.note("the device acted, and certify will call it a %s: %s", r.Verdict, why)
		return
	case verdict.NotApplicable:
		c.fault("the device does not know what it was told, or cannot be set so: %s", why)
	case verdict.Inconclusive:
		c.fault("the device did not get so far that it could be judged: %s", why)
	default:
		c.broken = fmt.Errorf("%s: %s: %s", s.ID, r.Cause, why)
	}
	for _, line := range heard.lines() {
		c.say("", "%s", line)
	}
	c.say("", "all that it prints: sipconform certify -device %s -filter %s -evidence full", c.name, s.Label())
}
