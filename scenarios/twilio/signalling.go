package twilio

import (
	"regexp"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// vendorPatience is how long the vendor waits for any response before it turns
// to the next address (TW-URI-13).
const vendorPatience = 4 * time.Second

// pingInterval is what the vendor asks for between keep-alives (TW-URI-15).
const pingInterval = 10 * time.Second

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

var (
	addressed = judge.RequestURI("INVITE", "address-in-request-uri", "domain-in-request-uri", func(u sipwire.URI) bool { return !judge.IsIP(u.Host) })
	schemed   = judge.RequestURI("INVITE", "sips-request-uri", "sip-request-uri", func(u sipwire.URI) bool { return u.Scheme == "sip" })
	numbered  = judge.RequestURI("INVITE", "number-not-e164", "number-e164", func(u sipwire.URI) bool { return e164.MatchString(u.User) })
)

// registration is what a SIP Domain's registrar asks.
func (t twilioProduct) registration() []scene.Scene {
	if !t.voice {
		return []scene.Scene{{
			ID: "call-out/no-register", Title: "a trunk takes no REGISTER",
			Direction: plan.ToVendor, Area: "signalling", Settings: t.secured(), Script: []scene.Step{scene.CallOut(), scene.DeviceHangsUp(), scene.Settle()},
			Asks: []judge.Check{scene.Ask("TW-URI-16", "does not register at a trunk", judge.NoRequest("REGISTER"))},
		}}
	}
	enrol := []scene.Step{scene.Register(), scene.Settle()}
	scenes := []scene.Scene{{
		ID: "register/challenge", Title: "a REGISTER challenged with 407",
		Direction: plan.Register, Area: "signalling", Script: enrol,
		Asks: []judge.Check{scene.Ask("TW-REG-04", "answers a 407 to REGISTER", judge.All(judge.AnswersChallenge("REGISTER"), judge.Registered))},
	}, {
		ID: "register/too-brief", Title: "an interval below the registrar's minimum",
		Direction: plan.Register, Area: "signalling", Levers: device.Levers{Expires: 60}, Script: enrol,
		Asks: []judge.Check{scene.Ask("TW-REG-01", "asks again for at least Min-Expires", judge.All(judge.HeedsMinExpires, judge.Registered))},
	}, {
		ID: "register/capped", Title: "a registration granted for less than was asked",
		Direction: plan.Register, Area: "signalling", Levers: device.Levers{Expires: 7200}, Grant: scene.ShortGrant,
		Script: []scene.Step{scene.Register(), scene.Refreshed(), scene.Settle()},
		Asks:   []judge.Check{scene.Ask("TW-REG-02", "registers again within what it was granted", judge.Refreshes)},
	}, {
		ID: "register/not-supported", Title: "registration switched off",
		Direction: plan.Register, Area: "signalling", Settings: map[string]string{"registration": "off"}, Script: enrol, Control: scene.Base,
		Asks: []judge.Check{scene.Ask("TW-URI-05", "takes a 403 as final", judge.After("REGISTER", 403, judge.TakesAsFinal("REGISTER", 403), judge.NoClearSignalling))},
	}, {
		ID: "call-in/insecure-binding", Title: "a secure call to a device that registered in clear",
		Direction: plan.FromVendor, Area: "signalling", Settings: t.secured(), Script: []scene.Step{scene.Register(), scene.CallIn(edge.Outbound{}), scene.Settle()},
		Asks: []judge.Check{scene.Ask("TW-SRTP-17", "registers over TLS, and so gets secure calls", judge.All(judge.RegisteredSecurely, judge.Answered))},
	}}
	return scenes
}

// signalling is calls, routes, refusals and keep-alives.
func (t twilioProduct) signalling() []scene.Scene {
	refused := func(id, title, requirement string, status int, settings map[string]string) scene.Scene {
		return scene.Scene{
			ID: "call-out/refused-" + id, Title: title, Direction: plan.ToVendor, Area: "signalling", Settings: settings,
			Script: []scene.Step{scene.CallOut(), scene.Settle()}, Control: calledBase,
			Asks: []judge.Check{scene.Ask(requirement, "takes the refusal as final and stays on TLS",
				judge.After("INVITE", status, judge.TakesAsFinal("INVITE", status), judge.NoClearSignalling, judge.NoCall))},
		}
	}
	scenes := []scene.Scene{
		{
			ID: "call-out/wrong-password", Title: "credentials that the vendor refuses",
			Direction: plan.ToVendor, Area: "signalling", Settings: t.secured(), WrongPassword: true, Script: []scene.Step{scene.CallOut(), scene.Settle()}, Control: calledBase,
			Asks: []judge.Check{scene.Ask("TW-REJ-04", "does not send refused credentials again",
				judge.After("INVITE", 403, judge.TakesAsFinal("INVITE", 403), judge.NoClearSignalling))},
		},
		refused("acl", "a source that is not in the vendor's list", "TW-REJ-01", 403, t.secured("acl", "unlisted")),
		{
			ID: "call-in/route", Title: "a double Record-Route and a private Contact: the device hangs up",
			Direction: plan.FromVendor, Area: "routing", Settings: t.secured(), Script: t.ringIn(edge.Outbound{}, scene.Hear(), scene.DeviceHangsUp(), scene.Settle()),
			Asks: []judge.Check{scene.Ask("TW-URI-09", "keeps to the route set and the connection of the call", judge.FollowsRoute)},
		}, {
			ID: "call-in/custom-headers", Title: "headers of the customer's own",
			Direction: plan.FromVendor, Area: "signalling", Settings: t.secured(),
			Script: t.ringIn(edge.Outbound{Headers: []sipwire.Header{{Name: "X-Order", Value: "42"}, {Name: "X-Empty", Value: ""}}}, scene.VendorHangsUp(), scene.Settle()),
			Asks: []judge.Check{
				scene.Ask("TW-URI-10", "takes headers that it does not know", judge.Answered),
				scene.Ask("TW-URI-12", "takes custom X- headers", judge.Answered),
			},
		}, {
			ID: "connect/options", Title: "OPTIONS and keep-alives",
			Direction: plan.ToVendor, Area: "signalling", Settings: t.secured(), Script: t.pinging(),
			Asks: []judge.Check{scene.Ask("TW-URI-15", "asks with OPTIONS, and pings no more often than every 10 s", judge.All(judge.Did("OPTIONS"), judge.PingInterval(pingInterval)))},
		}, {
			ID: "call-listener/secure-off", Title: "a call to the device's server: TLS with plain RTP",
			Direction: plan.FromVendor, Area: "srtp", Levers: device.Levers{Media: device.RTP},
			Script: []scene.Step{scene.CallListener(edge.Outbound{}), scene.Hear(), scene.VendorHangsUp(), scene.Settle()},
			Asks:   []judge.Check{scene.Ask(t.row("TW-SRTP-09", "TW-URI-03"), "takes TLS with plain RTP when it is told to", judge.All(judge.Answered, judge.ClearMedia))},
		},
	}
	if !t.voice {
		scenes = append(scenes,
			refused("caller-id", "a From that was not verified", "TW-REJ-02", 403, t.secured("caller_id", "unverified")),
			scene.Scene{
				ID: "call-out/moved", Title: "the vendor's name moves to another address",
				Direction: plan.ToVendor, Area: "routing", Settings: t.secured(),
				Script: []scene.Step{scene.CallOut(), scene.DeviceHangsUp(), scene.Settle(), scene.Move(), scene.CallOut(), scene.Settle()},
				Asks:   []judge.Check{scene.Ask("TW-URI-07", "looks the name up again when its time to live is over", judge.Follows("new-address"))},
			},
			scene.Scene{
				ID: "call-out/number", Title: "a number in E.164",
				Direction: plan.ToVendor, Area: "signalling", Settings: t.secured(), Script: scene.Talk,
				Asks: []judge.Check{scene.Ask("TW-URI-06", "calls a number in E.164 with its plus sign", judge.All(numbered, judge.Called))},
			}, scene.Scene{
				ID: "call-listener/secure", Title: "secure trunking: a call to the device's server",
				Direction: plan.FromVendor, Area: "srtp", Settings: t.secured(),
				Script: []scene.Step{scene.CallListener(edge.Outbound{}), scene.Hear(), scene.VendorHangsUp(), scene.Settle()},
				Asks:   []judge.Check{scene.Ask("TW-URI-02", "takes TLS with SRTP on its own listener", judge.All(judge.Answered, judge.SecureMedia))},
			})
	}
	return scenes
}

// pinging has the device connect and then send OPTIONS.
func (t twilioProduct) pinging() []scene.Step {
	if t.voice {
		return []scene.Step{scene.Register(), scene.Options(), scene.Idle(), scene.Settle()}
	}
	return []scene.Step{scene.Options(), scene.Idle(), scene.Settle()}
}
