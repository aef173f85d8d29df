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
	var useless, levers []string
	for _, has := range of.Capabilities() {
		if !needed[has] && has != device.ConfiguredOnce && has != device.FromOwnAddress && has != device.IsLegacyPhone {
			useless = append(useless, string(has))
		}
		if strings.HasPrefix(string(has), "lever:") {
			levers = append(levers, string(has))
		}
	}
	c.ok("%d are declared, %d of them levers", len(of.Capabilities()), len(levers))
	if len(useless) > 0 {
		c.note("no scenario needs %s: nothing is asked about that", strings.Join(useless, ", "))
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
			c.note("%s has no word for %s: scenarios that set it to that are not applicable", lever, strings.Join(unset, ", "))
		}
	}
}

// scenarios tells how many of a plan apply, by product.
func (c *checkup) scenarios(p *plan.Plan, o scenarios.Options) {
	c.part("Scenarios")
	has := o.Device.Capabilities()
	type count struct{ apply, all int }
	counts := make(map[string]*count)
	lacks := make(map[device.Capability]int)
	total := 0
	for _, s := range p.Scenarios {
		name := s.Vendor + "/" + s.Product
		if counts[name] == nil {
			counts[name] = new(count)
		}
		counts[name].all++
		missing := plan.Missing(s, has)
		if len(missing) == 0 {
			counts[name].apply++
			total++
		}
		if len(missing) == 1 {
			lacks[missing[0]]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		foreign := ""
		if !vouched(o.Network, name) && counts[name].apply > 0 {
			foreign = ", for which the lab does not vouch: leave the product out with -filter, or make a lab for it, too"
		}
		c.say(fmt.Sprintf("%4d", counts[name].apply), "of %d apply: %s%s", counts[name].all, name, foreign)
	}
	if total == 0 {
		c.fault("no scenario applies: declare what else the device can do, such as register, call-out or https-get%s", mostLacked(lacks))
	}
}

// mostLacked names the capability that alone is missing most often.
func mostLacked(lacks map[device.Capability]int) string {
	if len(lacks) == 0 {
		return ""
	}
	most := slices.MaxFunc(slices.Sorted(maps.Keys(lacks)), func(a, b device.Capability) int { return cmp.Compare(lacks[a], lacks[b]) })
	return fmt.Sprintf("; %d lack nothing but %s", lacks[most], most)
}

// vouched tells whether the roots that a device has are good for a product.
func vouched(n *scenarios.Network, product string) bool {
	return n == nil || len(n.Customer.Products) == 0 || slices.Contains(n.Customer.Products, product)
}

// trial asks the device one thing.
func (c *checkup) trial(ctx context.Context, known *scenarios.Library, p *plan.Plan, o scenarios.Options, dry bool) {
	c.part("Trial")
	d, _ := o.Device.(*process.Device)
	s := firstBase(p, o)
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
	o.Filter = s.Label()
	cert, err := scenarios.Prepare(ctx, known, o)
	if err != nil {
		c.fault("%v", err)
		return
	}
	defer cert.Close()
	for _, r := range cert.Engine.Run(ctx, cert.Plan) {
		if r.Scenario == s.ID {
			c.outcome(r)
			return
		}
	}
	c.broken = fmt.Errorf("%s was not run: %w", s.ID, context.Cause(ctx))
}

// firstBase returns the first scenario that applies and rests on no other; nil if there is none.
func firstBase(p *plan.Plan, o scenarios.Options) *plan.Scenario {
	i := slices.IndexFunc(p.Scenarios, func(s *plan.Scenario) bool {
		return len(s.Rests()) == 0 && len(plan.Missing(s, o.Device.Capabilities())) == 0 && vouched(o.Network, s.Vendor+"/"+s.Product)
	})
	if i < 0 {
		return nil
	}
	return p.Scenarios[i]
}

// outcome tells how a trial came out. A device that acts and fails is set up well: that is what certify is to find.
func (c *checkup) outcome(r results.Result) {
	what := r.Scenario + " (" + r.Title + ")"
	why := cmp.Or(r.Observed, r.Cause)
	if r.Hint != "" {
		why += "; " + r.Hint
	}
	switch r.Verdict {
	case verdict.Pass:
		c.ok("%s: it did that, and rightly", what)
	case verdict.Observed:
		c.ok("%s: it did that", what)
	case verdict.Deviation, verdict.Fail:
		c.note("%s: it acted, and certify will say %s: %s", what, r.Verdict, why)
	case verdict.NotApplicable:
		c.fault("%s: the device does not know what it was told, or cannot be set so: %s", what, why)
	case verdict.Inconclusive:
		c.fault("%s: the device did not get so far that it could be judged: %s", what, why)
	default:
		c.broken = fmt.Errorf("%s: %s: %s", what, r.Cause, why)
	}
}
