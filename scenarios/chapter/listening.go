package chapter

import (
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// listening is where vendors look for a device's server: at the port of the URI that
// they were given, at that of an SRV record, and at 5061 if neither says one.
func listening() family {
	return family{
		id: "{way}/{case}", ways: []string{listenerWay},
		cases: func(*entry) []string { return []string{"default-port", "named-port", "srv-port"} },
		stimuli: func(_ *entry, name string) ([]stimulus, error) {
			s := stimulus{area: "signalling", requirement: "RF-TLS-10", expected: "takes the call", rule: judge.Answered}
			var ring func(edge.Outbound) scene.Step
			switch name {
			case "default-port":
				s.title, ring = "the device's server, called by a URI without a port", scene.RingDefaultPort
				s.expected, s.rule = "is found at port 5061, and takes the call", judge.FoundAtDefaultPort
			case "named-port":
				s.title, ring = "the device's server, called by a URI with its port", scene.RingNamedPort
				s.device.OtherPort = true
			case "srv-port":
				s.title, ring = "the device's server, called by a URI without a port, whose SRV record has another port than 5061", scene.RingSRVPort
				s.device.OtherPort = true
			}
			s.script = []scene.Step{ring(edge.Outbound{}), scene.EndCall(), scene.Settle()}
			return []stimulus{s}, nil
		},
	}
}
