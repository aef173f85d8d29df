package genesys

import (
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// routing is how a call finds its trunk and its proxy.
func (g genesysProduct) routing() []scene.Scene {
	group := scene.Outward("routing/trunk-group", "routing", "a trunk group in the user part, and a proxy's name as host", scene.Through(scene.CallOut())...)
	group.Asks = []judge.Check{
		scene.Ask("GE-URI-01", "puts tgrp and trunk-context into the user part", grouped),
		scene.Ask("RF-TLS-08", "puts tgrp and trunk-context into the user part", grouped),
		scene.Ask("GE-URI-02", "reaches its trunk by the group, at a name of the certificate", judge.All(grouped, judge.Called)),
	}
	each := scene.Outward("routing/each-proxy", "routing", "one call through each of the four proxies")
	for i := range g.product.Proxies {
		each.Script = append(each.Script, scene.Through(scene.CallHost(i))...)
	}
	each.Asks = []judge.Check{scene.Ask("GE-URI-04", "calls through each proxy, by its own name", judge.CalledEach(len(g.product.Proxies)))}
	failover := scene.Outward("routing/dead-proxy", "routing", "the domain's first proxy refuses connections", scene.Through(scene.CallDomain())...)
	failover.Names, failover.Needs, failover.Control = scene.DeadFirst, []device.Capability{device.CanSRV}, "certificate/by-domain"
	failover.Asks = []judge.Check{scene.Ask("GE-URI-04", "goes on to the next proxy", judge.FailsOver("INVITE"))}
	weighed := scene.Outward("routing/srv-weight", "routing", "targets without weight, listed before those that have it all", slices.Concat(scene.Through(scene.CallHost(0)), scene.Through(scene.CallHost(1)))...)
	weighed.Names, weighed.Needs, weighed.Control = scene.LightFirst, []device.Capability{device.CanSRV}, scene.Base
	weighed.Asks = []judge.Check{scene.Ask("RF-TLS-04", "goes by the weights", judge.Weighs("INVITE", scene.FirstLight, scene.SecondLight))}
	moved := scene.Outward("routing/moved", "routing", "the proxies move to another address", append(scene.Through(scene.CallOut()), scene.Move(), scene.CallOut(), scene.Settle())...)
	moved.Asks = []judge.Check{scene.Ask("RF-TLS-03", "looks the name up again when its time to live is over", judge.Follows("new-address"))}
	host := scene.Outward("routing/trunk-host", "routing", "the customer's own name, verification switched off", scene.Through(scene.CallTrunkHost())...)
	host.Levers.VerifyOff = true
	host.Asks = []judge.Check{scene.Ask("GE-URI-05", "reaches its trunk by the host", judge.Called)}
	number := scene.Outward("routing/number", "routing", "a proxy's address and the number alone, verification switched off", scene.Through(scene.CallAddress())...)
	number.Levers.VerifyOff, number.Settings = true, map[string]string{"dnis": "on"}
	number.Asks = []judge.Check{scene.Ask("GE-URI-06", "reaches its trunk by the number", judge.Called)}
	transport := scene.Outward("routing/transport", "signalling", "a trunk that is set to TLS", scene.Through(scene.CallOut())...)
	transport.Asks = []judge.Check{scene.Ask("GE-URI-07", "uses the trunk's transport", judge.All(judge.NoClearSignalling, judge.Called))}
	clear := scene.Outward("routing/transport-udp", "signalling", "the device set to UDP, and the trunk to TLS", scene.CallOut(), scene.Settle())
	clear.Revisions, clear.Levers.Transport, clear.Control = []string{"seed-era"}, observation.UDP, scene.Base
	clear.Asks = []judge.Check{scene.Ask("GE-URI-07", "takes the refusal as final", judge.After("INVITE", 403, judge.TakesAsFinal("INVITE", 403), judge.NoCall))}
	return []scene.Scene{group, each, failover, weighed, moved, host, number, transport, clear}
}

// media is SRTP both ways, and what comes of RTP.
func (g genesysProduct) media() []scene.Scene {
	secure := scene.Outward("call-out/secure", "srtp", "a secure call from the device", scene.Talk...)
	secure.Enable = []string{scene.Tag80}
	secure.Asks = []judge.Check{
		scene.Ask("GE-SRTP-01", "sends SRTP and nothing in clear", judge.All(judge.Called, judge.SecureMedia)),
		scene.Ask("GE-SRTP-03", "offers AES_CM_128_HMAC_SHA1_80", judge.OffersCrypto("suite-80-not-offered", func(a sdes.Attribute) bool { return a.Suite == scene.Tag80 })),
		scene.Ask("RF-SR-01", "sends SRTP and nothing in clear", judge.SecureMedia),
	}
	clear := scene.Outward("call-out/rtp", "srtp", "the device set to RTP on a secure trunk", scene.CallOut(), scene.Settle())
	clear.Levers.Media, clear.Control = device.RTP, "call-out/secure"
	clear.Asks = []judge.Check{
		scene.Ask("GE-SRTP-02", "takes the 488 for plain RTP as final", judge.After("INVITE", 488, judge.TakesAsFinal("INVITE", 488), judge.NoCall, judge.NoClearMedia)),
	}
	late := clear
	late.ID, late.Title, late.Settings = "call-out/rtp-late", "the device set to RTP on a secure trunk, which fails late", map[string]string{"rtp_refusal": "late"}
	in := scene.Scene{
		ID: "call-listener/secure", Title: "a secure call to the device's server",
		Direction: plan.FromVendor, Area: "srtp", Enable: []string{scene.Tag80}, Script: scene.RingListener(edge.Outbound{}),
		Asks: []judge.Check{scene.Ask("GE-SRTP-01", "answers with SRTP and sends nothing in clear", judge.All(judge.Answered, judge.SecureMedia))},
	}
	plain := scene.Scene{
		ID: "call-listener/rtp", Title: "plain RTP offered to the device's server on a secure trunk",
		Direction: plan.FromVendor, Area: "srtp", Enable: []string{scene.Tag80}, Script: []scene.Step{scene.CallListener(edge.Outbound{Media: "RTP/AVP"}), scene.Reaction(), scene.VendorHangsUp(), scene.Settle()},
		Control: "call-listener/secure",
		Asks:    []judge.Check{scene.Ask("GE-SRTP-01", "refuses plain RTP, or sends none", judge.Rejects("clear-offer"))},
	}
	return []scene.Scene{secure, clear, late, in, plain}
}
