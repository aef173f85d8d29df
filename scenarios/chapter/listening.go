package chapter

import (
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// listening is where vendors look for a device's server: at the port of the URI that
// they were given, and at 5061 if it has none.
func listening() family {
	return family{
		id: "{way}/{case}", ways: []string{listenerWay},
		cases: func(*entry) []string { return []string{"default-port", "named-port"} },
		stimuli: func(_ *entry, name string) ([]stimulus, error) {
			s := stimulus{area: "signalling", requirement: "RF-TLS-10"}
			ring := scene.RingDefaultPort
			if name == "default-port" {
				s.title = "the device's server, called by a URI without a port"
				s.expected, s.rule = "is found at port 5061, and takes the call", judge.FoundAtDefaultPort
			} else {
				s.title, s.device.OtherPort = "the device's server, called by a URI with its port", true
				s.expected, s.rule, ring = "takes the call", judge.Answered, scene.RingNamedPort
			}
			s.script = []scene.Step{ring(edge.Outbound{}), scene.EndCall(), scene.Settle()}
			return []stimulus{s}, nil
		},
	}
}
