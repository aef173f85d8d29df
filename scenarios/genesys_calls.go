package scenarios

import (
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// routing is how a call finds its trunk and its proxy.
func (g genesysProduct) routing() []scene {
	group := outward("routing/trunk-group", "routing", "a trunk group in the user part, and a proxy's name as host", through(callOut())...)
	group.asks = []judge.Check{
		ask("GE-URI-01", "puts tgrp and trunk-context into the user part", grouped),
		ask("RF-TLS-08", "puts tgrp and trunk-context into the user part", grouped),
		ask("GE-URI-02", "reaches its trunk by the group, at a name of the certificate", judge.All(grouped, judge.Called)),
	}
	each := outward("routing/each-proxy", "routing", "one call through each of the four proxies")
	for i := range g.product.Proxies {
		each.script = append(each.script, through(callHost(i))...)
	}
	each.asks = []judge.Check{ask("GE-URI-04", "calls through each proxy, by its own name", judge.CalledEach(len(g.product.Proxies)))}
	failover := outward("routing/dead-proxy", "routing", "the domain's first proxy refuses connections", through(callDomain())...)
	failover.names, failover.needs, failover.control = deadFirst, []device.Capability{device.CanSRV}, "certificate/by-domain"
	failover.asks = []judge.Check{ask("GE-URI-04", "goes on to the next proxy", judge.FailsOver("INVITE"))}
	weighed := outward("routing/srv-weight", "routing", "targets without weight, listed before those that have it all", slices.Concat(through(callHost(0)), through(callHost(1)))...)
	weighed.names, weighed.needs, weighed.control = lightFirst, []device.Capability{device.CanSRV}, base
	weighed.asks = []judge.Check{ask("RF-TLS-04", "goes by the weights", judge.Weighs("INVITE", observation.FirstLight, observation.SecondLight))}
	moved := outward("routing/moved", "routing", "the proxies move to another address", append(through(callOut()), move(), callOut(), settle())...)
	moved.asks = []judge.Check{ask("RF-TLS-03", "looks the name up again when its time to live is over", judge.Follows(observation.NewAddress))}
	host := outward("routing/trunk-host", "routing", "the customer's own name, verification switched off", through(callTrunkHost())...)
	host.levers.VerifyOff = true
	host.asks = []judge.Check{ask("GE-URI-05", "reaches its trunk by the host", judge.Called)}
	number := outward("routing/number", "routing", "a proxy's address and the number alone, verification switched off", through(callAddress())...)
	number.levers.VerifyOff, number.settings = true, map[string]string{"dnis": "on"}
	number.asks = []judge.Check{ask("GE-URI-06", "reaches its trunk by the number", judge.Called)}
	transport := outward("routing/transport", "signalling", "a trunk that is set to TLS", through(callOut())...)
	transport.asks = []judge.Check{ask("GE-URI-07", "uses the trunk's transport", judge.All(judge.NoClearSignalling, judge.Called))}
	clear := outward("routing/transport-udp", "signalling", "the device set to UDP, and the trunk to TLS", callOut(), settle())
	clear.revisions, clear.levers.Transport, clear.control = []string{"seed-era"}, observation.UDP, base
	clear.asks = []judge.Check{ask("GE-URI-07", "takes the refusal as final", judge.After("INVITE", 403, judge.TakesAsFinal("INVITE", 403), judge.NoCall))}
	return []scene{group, each, failover, weighed, moved, host, number, transport, clear}
}

// media is SRTP both ways, and what comes of RTP.
func (g genesysProduct) media() []scene {
	secure := outward("call-out/secure", "srtp", "a secure call from the device", talk...)
	secure.enable = []string{tag80}
	secure.asks = []judge.Check{
		ask("GE-SRTP-01", "sends SRTP and nothing in clear", judge.All(judge.Called, judge.SecureMedia)),
		ask("GE-SRTP-03", "offers AES_CM_128_HMAC_SHA1_80", judge.OffersCrypto("suite-80-not-offered", func(a sdes.Attribute) bool { return a.Suite == tag80 })),
		ask("RF-SR-01", "sends SRTP and nothing in clear", judge.SecureMedia),
	}
	clear := outward("call-out/rtp", "srtp", "the device set to RTP on a secure trunk", callOut(), settle())
	clear.levers.Media, clear.control = device.RTP, "call-out/secure"
	clear.asks = []judge.Check{
		ask("GE-SRTP-02", "takes the 488 for plain RTP as final", judge.After("INVITE", 488, judge.TakesAsFinal("INVITE", 488), judge.NoCall, judge.NoClearMedia)),
	}
	late := clear
	late.id, late.title, late.settings = "call-out/rtp-late", "the device set to RTP on a secure trunk, which fails late", map[string]string{"rtp_refusal": "late"}
	in := scene{
		id: "call-listener/secure", title: "a secure call to the device's server",
		direction: plan.FromVendor, area: "srtp", enable: []string{tag80}, script: ringListener(edge.Outbound{}),
		asks: []judge.Check{ask("GE-SRTP-01", "answers with SRTP and sends nothing in clear", judge.All(judge.Answered, judge.SecureMedia))},
	}
	plain := scene{
		id: "call-listener/rtp", title: "plain RTP offered to the device's server on a secure trunk",
		direction: plan.FromVendor, area: "srtp", enable: []string{tag80}, script: []step{callListener(edge.Outbound{Media: "RTP/AVP"}), reaction(), vendorHangsUp(), settle()},
		control: "call-listener/secure",
		asks:    []judge.Check{ask("GE-SRTP-01", "refuses plain RTP, or sends none", judge.RefusesCall("clear-offer"))},
	}
	return []scene{secure, clear, late, in, plain}
}
