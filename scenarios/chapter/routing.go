package chapter

import (
	"errors"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// routing is how a device finds the vendor by SRV records (RFC 3263, RFC 2782):
// order, weight, failover, and what it does when the names lead elsewhere.
func routing() family {
	return family{
		id: "routing/{case}", way: callOutWay,
		cases: func(*entry) []string {
			return []string{"srv-order", "srv-failover", "srv-weight", "dead-host", "each-host", "moved"}
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			s := stimulus{area: "routing"}
			hosts := len(e.product.Proxies)
			if hosts < 2 && slices.Contains([]string{"srv-weight", "dead-host", "each-host"}, name) {
				return nil, errors.New("the case " + name + " is for a product with two proxies or more")
			}
			srv := []device.Capability{device.CanSRV}
			byDomain := e.way.script
			if hosts > 0 { // which have names of their own, without SRV records
				byDomain = []scene.Step{scene.CallDomain(), scene.HangUp(), scene.Settle()}
			}
			switch name {
			case "srv-order":
				s.title, s.requirement = "two SRV targets, both alive", "RF-TLS-04"
				s.vendor.Names, s.device.Needs, s.script = scene.DecoySecond, srv, byDomain
				s.expected, s.rule = "tries the target of the lowest priority first", judge.Prefers(observation.Decoy, e.way.method)
			case "srv-failover":
				s.title, s.requirement, s.refused = "two SRV targets, the first of which refuses connections", "RF-TLS-04", true
				s.vendor.Names, s.device.Needs, s.script = scene.RefusedFirst, srv, byDomain
				s.expected, s.rule = "goes on to the next target", judge.FailsOver(e.way.method)
			case "srv-weight":
				s.title, s.requirement, s.refused = "targets without weight, listed before those that have it all", "RF-TLS-04", true
				s.vendor.Names, s.device.Needs = scene.LightFirst, srv
				s.script = slices.Concat(through(0), through(1))
				s.expected, s.rule = "goes by the weights", judge.Weighs("INVITE", observation.FirstLight, observation.SecondLight)
			case "dead-host":
				s.title, s.refused = "the domain's first host refuses connections", true
				s.vendor.Names, s.device.Needs, s.script = scene.DeadFirst, srv, byDomain
				s.expected, s.rule = "goes on to the next host", judge.FailsOver("INVITE")
			case "each-host":
				s.title = "one call through each of the vendor's hosts"
				for i := range hosts {
					s.script = append(s.script, through(i)...)
				}
				s.expected, s.rule = "calls through each host, by its own name", judge.CalledEach(hosts)
			case "moved":
				s.title, s.requirement = "the vendor's names move to another address", "RF-TLS-03"
				s.script = append(through(0), scene.Move(), scene.Call(), scene.Settle())
				s.expected, s.rule = "looks the name up again when its time to live is over", judge.Follows(observation.NewAddress)
			}
			return []stimulus{s}, nil
		},
	}
}

// through is a call through the host of that index, from end to end.
func through(host int) []scene.Step {
	return []scene.Step{scene.CallHost(host), scene.HangUp(), scene.Settle()}
}
