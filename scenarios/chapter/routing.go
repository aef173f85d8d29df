package chapter

import (
	"errors"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// route is a case: names, and what a device does about them.
type route struct {
	name, title, requirement string
	refused, hosts           bool // hosts tells that the product needs two proxies
	names                    scene.Arrangement
	script                   func(*entry) []scene.Step
	expected                 string
	rule                     func(*entry) judge.Rule
}

// routes are the cases, with rows of RFC 3263 and RFC 2782 where there are any.
var routes = []route{
	{
		name: "srv-order", title: "two SRV targets, both alive", requirement: "RF-TLS-04",
		names: scene.DecoySecond, script: (*entry).byDomain,
		expected: "tries the target of the lowest priority first",
		rule:     func(e *entry) judge.Rule { return judge.Prefers(observation.Decoy, e.way.method) },
	}, {
		name: "srv-failover", title: "two SRV targets, the first of which refuses connections", requirement: "RF-TLS-04",
		refused: true, names: scene.RefusedFirst, script: (*entry).byDomain,
		expected: "goes on to the next target",
		rule:     func(e *entry) judge.Rule { return judge.FailsOver(e.way.method) },
	}, {
		name: "srv-weight", title: "targets without weight, listed before those that have it all", requirement: "RF-TLS-04",
		refused: true, hosts: true, names: scene.LightFirst,
		script:   func(*entry) []scene.Step { return slices.Concat(through(0), through(1)) },
		expected: "goes by the weights",
		rule: func(*entry) judge.Rule {
			return judge.Weighs("INVITE", observation.FirstLight, observation.SecondLight)
		},
	}, {
		name: "dead-host", title: "the domain's first host refuses connections",
		refused: true, hosts: true, names: scene.DeadFirst, script: (*entry).byDomain,
		expected: "goes on to the next host",
		rule:     func(*entry) judge.Rule { return judge.FailsOver("INVITE") },
	}, {
		name: "each-host", title: "one call through each of the vendor's hosts", hosts: true,
		script: func(e *entry) (all []scene.Step) {
			for i := range e.product.Proxies {
				all = append(all, through(i)...)
			}
			return all
		},
		expected: "calls through each host, by its own name",
		rule:     func(e *entry) judge.Rule { return judge.CalledEach(len(e.product.Proxies)) },
	}, {
		name: "moved", title: "the vendor's names move to another address", requirement: "RF-TLS-03",
		script: func(*entry) []scene.Step {
			return append(through(0), scene.Move(), scene.Call(), scene.Settle(), scene.UnlessBack(scene.Call()), scene.Settle())
		},
		expected: "looks the name up again when its time to live is over",
		rule:     func(*entry) judge.Rule { return judge.Follows(observation.NewAddress) },
	},
}

// routing is how a device finds the vendor by SRV records: order, weight, failover,
// and what it does when the names lead elsewhere.
func routing() family {
	return family{
		id: "routing/{case}", ways: []string{callOutWay, connectWay, registerWay},
		cases: func(*entry) []string {
			var names []string
			for _, r := range routes {
				names = append(names, r.name)
			}
			return names
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			r := routes[slices.IndexFunc(routes, func(r route) bool { return r.name == name })]
			if lacking := hosts(e.product); r.hosts && lacking != "" {
				return nil, errors.New("the case " + name + " " + lacking)
			}
			s := stimulus{title: r.title, area: "routing", requirement: r.requirement, refused: r.refused, script: r.script(e)}
			if s.vendor.Names = r.names; r.names != 0 {
				s.device.Needs = []device.Capability{device.CanSRV}
			}
			s.expected, s.rule = r.expected, r.rule(e)
			return []stimulus{s}, nil
		},
	}
}

// byDomain is the way's script by the domain's SRV records. Proxies have names of
// their own, without such records.
func (e *entry) byDomain() []scene.Step {
	if len(e.product.Proxies) == 0 || e.way.method != "INVITE" {
		return e.way.script
	}
	return append([]scene.Step{scene.CallDomain()}, e.way.script[1:]...)
}

// through is a call through the host of that index, from end to end.
func through(host int) []scene.Step {
	return []scene.Step{scene.CallHost(host), scene.HangUp(), scene.Settle()}
}
