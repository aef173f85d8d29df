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
		id: "routing/{case}", ways: []string{callOutWay, connectWay, registerWay},
		cases: func(*entry) []string {
			return []string{"srv-order", "srv-failover", "srv-weight", "dead-host", "each-host", "moved"}
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			s := stimulus{area: "routing"}
			if lacking := hosts(e.product); lacking != "" && slices.Contains([]string{"srv-weight", "dead-host", "each-host"}, name) {
				return nil, errors.New("the case " + name + " " + lacking)
			}
			srv := []device.Capability{device.CanSRV}
			switch name {
			case "srv-order":
				s.title, s.requirement = "two SRV targets, both alive", "RF-TLS-04"
				s.vendor.Names, s.device.Needs, s.script = scene.DecoySecond, srv, e.byDomain()
				s.expected, s.rule = "tries the target of the lowest priority first", judge.Prefers(observation.Decoy, e.way.method)
			case "srv-failover":
				s.title, s.requirement, s.refused = "two SRV targets, the first of which refuses connections", "RF-TLS-04", true
				s.vendor.Names, s.device.Needs, s.script = scene.RefusedFirst, srv, e.byDomain()
				s.expected, s.rule = "goes on to the next target", judge.FailsOver(e.way.method)
			case "srv-weight":
				s.title, s.requirement, s.refused = "targets without weight, listed before those that have it all", "RF-TLS-04", true
				s.vendor.Names, s.device.Needs = scene.LightFirst, srv
				s.script = slices.Concat(through(0), through(1))
				s.expected, s.rule = "goes by the weights", judge.Weighs("INVITE", observation.FirstLight, observation.SecondLight)
			case "dead-host":
				s.title, s.refused = "the domain's first host refuses connections", true
				s.vendor.Names, s.device.Needs, s.script = scene.DeadFirst, srv, e.byDomain()
				s.expected, s.rule = "goes on to the next host", judge.FailsOver("INVITE")
			case "each-host":
				s.title = "one call through each of the vendor's hosts"
				for i := range e.product.Proxies {
					s.script = append(s.script, through(i)...)
				}
				s.expected, s.rule = "calls through each host, by its own name", judge.CalledEach(len(e.product.Proxies))
			case "moved":
				s.title, s.requirement = "the vendor's names move to another address", "RF-TLS-03"
				s.script = append(through(0), scene.Move(), scene.Call(), scene.Settle())
				s.expected, s.rule = "looks the name up again when its time to live is over", judge.Follows(observation.NewAddress)
			}
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
