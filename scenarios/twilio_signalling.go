package scenarios

import (
	"github.com/sipconform/sipconform/mocks/observation"
	"regexp"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// vendorPatience is how long the vendor waits for any response before it turns
// to the next address (TW-URI-13).
const vendorPatience = 4 * time.Second

// shortGrant is a registration interval, in seconds, that can be waited for.
const shortGrant = 3

// pingInterval is what the vendor asks for between keep-alives (TW-URI-15).
const pingInterval = 10 * time.Second

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

var (
	addressed = judge.RequestURI("INVITE", "address-in-request-uri", "domain-in-request-uri", func(u sipwire.URI) bool { return !judge.IsIP(u.Host) })
	schemed   = judge.RequestURI("INVITE", "sips-request-uri", "sip-request-uri", func(u sipwire.URI) bool { return u.Scheme == "sip" })
	numbered  = judge.RequestURI("INVITE", "number-not-e164", "number-e164", func(u sipwire.URI) bool { return e164.MatchString(u.User) })
)

// registration is what a SIP Domain's registrar asks.
func (t twilioProduct) registration() []scene {
	if !t.voice {
		return []scene{{
			id: "call-out/no-register", title: "a trunk takes no REGISTER",
			direction: plan.ToVendor, area: "signalling", settings: t.secured(), script: []step{callOut(), deviceHangsUp(), settle()},
			asks: []judge.Check{ask("TW-URI-16", "does not register at a trunk", judge.NoRequest("REGISTER"))},
		}}
	}
	enrol := []step{register(), settle()}
	scenes := []scene{{
		id: "register/challenge", title: "a REGISTER challenged with 407",
		direction: plan.Register, area: "signalling", script: enrol,
		asks: []judge.Check{ask("TW-REG-04", "answers a 407 to REGISTER", judge.All(judge.AnswersChallenge("REGISTER"), judge.Registered))},
	}, {
		id: "register/too-brief", title: "an interval below the registrar's minimum",
		direction: plan.Register, area: "signalling", levers: device.Levers{Expires: 60}, script: enrol,
		asks: []judge.Check{ask("TW-REG-01", "asks again for at least Min-Expires", judge.All(judge.HeedsMinExpires, judge.Registered))},
	}, {
		id: "register/capped", title: "a registration granted for less than was asked",
		direction: plan.Register, area: "signalling", levers: device.Levers{Expires: 7200}, grant: shortGrant,
		script: []step{register(), refreshed(), settle()},
		asks:   []judge.Check{ask("TW-REG-02", "registers again within what it was granted", judge.Refreshes)},
	}, {
		id: "register/not-supported", title: "registration switched off",
		direction: plan.Register, area: "signalling", settings: map[string]string{"registration": "off"}, script: enrol, control: base,
		asks: []judge.Check{ask("TW-URI-05", "takes a 403 as final", judge.After("REGISTER", 403, judge.TakesAsFinal("REGISTER", 403), judge.NoClearSignalling))},
	}, {
		id: "call-in/insecure-binding", title: "a secure call to a device that registered in clear",
		direction: plan.FromVendor, area: "signalling", settings: t.secured(), script: []step{register(), callIn(edge.Outbound{}), settle()},
		asks: []judge.Check{ask("TW-SRTP-17", "registers over TLS, and so gets secure calls", judge.All(judge.RegisteredSecurely, judge.Answered))},
	}}
	return scenes
}

// signalling is calls, routes, refusals and keep-alives.
func (t twilioProduct) signalling() []scene {
	refused := func(id, title, requirement string, status int, settings map[string]string) scene {
		return scene{
			id: "call-out/refused-" + id, title: title, direction: plan.ToVendor, area: "signalling", settings: settings,
			script: []step{callOut(), settle()}, control: calledBase,
			asks: []judge.Check{ask(requirement, "takes the refusal as final and stays on TLS",
				judge.After("INVITE", status, judge.TakesAsFinal("INVITE", status), judge.NoClearSignalling, judge.NoCall))},
		}
	}
	scenes := []scene{
		{
			id: "call-out/wrong-password", title: "credentials that the vendor refuses",
			direction: plan.ToVendor, area: "signalling", settings: t.secured(), wrongPassword: true, script: []step{callOut(), settle()}, control: calledBase,
			asks: []judge.Check{ask("TW-REJ-04", "does not send refused credentials again",
				judge.After("INVITE", 403, judge.TakesAsFinal("INVITE", 403), judge.NoClearSignalling))},
		},
		refused("acl", "a source that is not in the vendor's list", "TW-REJ-01", 403, t.secured("acl", "unlisted")),
		{
			id: "call-in/route", title: "a double Record-Route and a private Contact: the device hangs up",
			direction: plan.FromVendor, area: "routing", settings: t.secured(), script: t.ringIn(edge.Outbound{}, hear(), deviceHangsUp(), settle()),
			asks: []judge.Check{ask("TW-URI-09", "keeps to the route set and the connection of the call", judge.FollowsRoute)},
		}, {
			id: "call-in/custom-headers", title: "headers of the customer's own",
			direction: plan.FromVendor, area: "signalling", settings: t.secured(),
			script: t.ringIn(edge.Outbound{Headers: []sipwire.Header{{Name: "X-Order", Value: "42"}, {Name: "X-Empty", Value: ""}}}, vendorHangsUp(), settle()),
			asks: []judge.Check{
				ask("TW-URI-10", "takes headers that it does not know", judge.Answered),
				ask("TW-URI-12", "takes custom X- headers", judge.Answered),
			},
		}, {
			id: "connect/options", title: "OPTIONS and keep-alives",
			direction: plan.ToVendor, area: "signalling", settings: t.secured(), script: t.pinging(),
			asks: []judge.Check{ask("TW-URI-15", "asks with OPTIONS, and pings no more often than every 10 s", judge.All(judge.Did("OPTIONS"), judge.PingInterval(pingInterval)))},
		}, {
			id: "call-listener/secure-off", title: "a call to the device's server: TLS with plain RTP",
			direction: plan.FromVendor, area: "srtp", levers: device.Levers{Media: device.RTP},
			script: []step{callListener(edge.Outbound{}), hear(), vendorHangsUp(), settle()},
			asks:   []judge.Check{ask(t.row("TW-SRTP-09", "TW-URI-03"), "takes TLS with plain RTP when it is told to", judge.All(judge.Answered, judge.ClearMedia))},
		},
	}
	if !t.voice {
		scenes = append(scenes,
			refused("caller-id", "a From that was not verified", "TW-REJ-02", 403, t.secured("caller_id", "unverified")),
			scene{
				id: "call-out/moved", title: "the vendor's name moves to another address",
				direction: plan.ToVendor, area: "routing", settings: t.secured(),
				script: []step{callOut(), deviceHangsUp(), settle(), move(), callOut(), settle()},
				asks:   []judge.Check{ask("TW-URI-07", "looks the name up again when its time to live is over", judge.Follows(observation.NewAddress))},
			},
			scene{
				id: "call-out/number", title: "a number in E.164",
				direction: plan.ToVendor, area: "signalling", settings: t.secured(), script: talk,
				asks: []judge.Check{ask("TW-URI-06", "calls a number in E.164 with its plus sign", judge.All(numbered, judge.Called))},
			}, scene{
				id: "call-listener/secure", title: "secure trunking: a call to the device's server",
				direction: plan.FromVendor, area: "srtp", settings: t.secured(),
				script: []step{callListener(edge.Outbound{}), hear(), vendorHangsUp(), settle()},
				asks:   []judge.Check{ask("TW-URI-02", "takes TLS with SRTP on its own listener", judge.All(judge.Answered, judge.SecureMedia))},
			})
	}
	return scenes
}

// pinging has the device connect and then send OPTIONS.
func (t twilioProduct) pinging() []step {
	if t.voice {
		return []step{register(), options(), idle(), settle()}
	}
	return []step{options(), idle(), settle()}
}
