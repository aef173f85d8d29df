package engine

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
)

// order returns scenarios in the order in which they are begun: those first that wait for
// time to pass, so that others can use it, or shuffled. A device that is configured once is set as seldom as possible.
func (e *Engine) order(all []*plan.Scenario) []*plan.Scenario {
	if seed := e.config.Shuffle; seed != 0 {
		shuffled := slices.Clone(all)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		return shuffled
	}
	if has := declared(e.config.Device); has.Has(device.ConfiguredOnce) {
		return plan.Sittings(all, has).Scenarios()
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b *plan.Scenario) int { return cmp.Compare(b.Idle, a.Idle) })
}

// declared returns what a device declares, nothing if its code panics: each scenario says so then.
func declared(d device.Device) (has device.Capabilities) {
	defer func() { _ = recover() }()
	return d.Capabilities()
}
