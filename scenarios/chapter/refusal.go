package chapter

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// refusals are requests that the vendor refuses by a SIP response: for what its
// settings say, for the credentials, or for the transport. The status is the
// profile's.
func refusals() family {
	return family{
		id: "{way}/refused-{case}", ways: []string{callOutWay, registerWay},
		cases: func(*entry) []string { return nil },
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			s := stimulus{area: "signalling", refused: true}
			s.title = "a " + e.way.method + " that is refused: " + strings.ReplaceAll(name, "-", " ")
			facts := make(map[string]string)
			transport, clear := strings.CutPrefix(name, "transport-")
			switch {
			case clear:
				s.title = "the device set to " + strings.ToUpper(transport) + ", and the vendor to TLS"
				s.device.Levers = device.Levers{Transport: transport}
				facts[profile.FactTransport], facts[profile.FactTLSAllowed] = transport, "not-tls"
			case name == "wrong-password":
				s.title, s.device.WrongPassword = "credentials that the vendor refuses", true
				facts[profile.FactCredentials] = "bad"
			}
			refusal, refused := e.refused(e.way.method, facts, nil)
			if !refused {
				return nil, fmt.Errorf("the profile has no refusal for %s with these settings", name)
			}
			s.expected, s.rule = e.way.takesAsFinal(refusal.Status)
			if clear { // which it was told to use
				s.expected = fmt.Sprintf("takes the %d as final", refusal.Status)
				s.rule = judge.After(e.way.method, refusal.Status, judge.TakesAsFinal(e.way.method, refusal.Status), judge.NoneServed(e.way.method))
			}
			return []stimulus{s}, nil
		},
	}
}

// registrations are what a registrar asks of a device.
func registrations() family {
	return family{
		id: "register/{case}", ways: []string{registerWay, callInWay, callOutWay},
		cases: func(*entry) []string {
			return []string{"challenge", "too-brief", "capped", "insecure-binding", "no-register"}
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			s := stimulus{area: "signalling"}
			registrar := e.product.Registrar
			if registrar == nil && name != "no-register" {
				return nil, fmt.Errorf("the case %s is for a product with a registrar", name)
			}
			if (name == "insecure-binding") != e.way.inbound() {
				return nil, fmt.Errorf("the way %s does not fit the case %s", e.way.name, name)
			}
			switch name {
			case "challenge":
				s.title, s.expected = "a REGISTER challenged with 407", "answers a 407 to REGISTER"
				s.rule = judge.All(judge.AnswersChallenge("REGISTER"), judge.Registered)
			case "too-brief":
				s.title, s.expected = "an interval below the registrar's minimum", "asks again for at least Min-Expires"
				s.device.Levers.Expires = max(1, registrar.MinExpires/10)
				s.rule = judge.All(judge.HeedsMinExpires, judge.Registered)
			case "capped":
				s.title, s.expected = "a registration granted for less than was asked", "registers again within what it was granted"
				s.device.Levers.Expires, s.vendor.Grant = 2*registrar.MaxExpires, scene.ShortGrant
				s.script = []scene.Step{scene.Register(), scene.Refresh(), scene.Settle()}
				s.rule, s.device.Needs = judge.Refreshes, []device.Capability{device.CanRefresh}
			case "insecure-binding":
				s.title = "a secure call to a device that may have registered in clear"
				s.expected = "registers over TLS, and so gets secure calls"
				s.rule = judge.All(judge.RegisteredSecurely, judge.Answered)
			case "no-register":
				s.title, s.expected = "a trunk takes no REGISTER", "does not register at a trunk"
				s.rule = judge.Beside(e.way.served, judge.NoRequest("REGISTER"))
			}
			return []stimulus{s}, nil
		},
	}
}
