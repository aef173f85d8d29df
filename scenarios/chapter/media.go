package chapter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// offered are what a device can be set to offer, with what a vendor sees of it.
var offered = []struct {
	slug   string
	media  device.Media
	fact   string // as profiles' refusals have it
	secure bool   // whether it has a stream of SRTP
}{
	{"rtp", device.RTP, "rtp", false},
	{"srtp", device.SRTP, "srtp", true},
	{"both", device.Both, "both", true},
	{"opportunistic", device.Opportunistic, "opportunistic", false},
}

var transports = []string{observation.UDP, observation.TCP, observation.TLS}

// mediaProfiles are secure media and RTP: a device as it is configured, set to
// each transport and media profile, and called with each. What is asked of a call
// follows from the profile: that it is taken, or that its refusal is taken as final.
func mediaProfiles() family {
	return family{
		id: "{way}/{case}", ways: []string{callOutWay, callInWay, listenerWay},
		cases: func(e *entry) []string {
			if e.way.inbound() {
				return []string{"secure", "rtp", "clear-offer", "back-to-rtp"}
			}
			names := []string{"secure", "rtp"}
			for _, transport := range transports {
				for _, o := range offered {
					names = append(names, transport+"/"+o.slug)
				}
			}
			return names
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			if e.way.inbound() {
				s, err := e.mediaIn(name)
				return []stimulus{s}, err
			}
			s, err := e.mediaOut(name)
			return []stimulus{s}, err
		},
	}
}

// talk is a call from the device with media.
var talk = []scene.Step{scene.Call(), scene.Hear(), scene.Leave(), scene.Settle()}

func (e *entry) mediaOut(name string) (stimulus, error) {
	s := stimulus{area: "srtp", script: talk}
	if name == "secure" {
		s.title = "a secure call from the device"
		s.expected, s.rule = "sends SRTP that authenticates, and nothing in clear", judge.All(e.way.served, judge.SecureMedia)
		return s, nil
	}
	transport, slug, both := strings.Cut(name, "/")
	if !both {
		transport, slug = observation.TLS, name
	}
	for _, o := range offered {
		if o.slug != slug {
			continue
		}
		s.title = fmt.Sprintf("a call over %s from a device that is set to %s", transport, slug)
		s.device.Levers.Media = o.media
		facts := map[string]string{profile.FactMedia: o.fact, profile.FactCrypto: "none"}
		if o.secure {
			facts[profile.FactCrypto] = "acceptable"
		}
		if transport != observation.TLS { // which is how the device is configured
			s.device.Levers.Transport = transport
			facts[profile.FactTransport], facts[profile.FactTLSAllowed] = transport, "not-tls"
		}
		secure, err := e.secure()
		if err != nil {
			return s, err
		}
		refusal, refused := e.refused("INVITE", facts, nil)
		switch {
		case refused:
			s.refused = true
			s.expected, s.rule = refusedMedia(refusal, transport, slug)
		case o.secure && secure:
			s.expected, s.rule = "sends SRTP that authenticates, and nothing in clear", judge.All(e.way.served, judge.SecureMedia)
		case transport == observation.TLS:
			s.expected, s.rule = "settles on RTP, over TLS", judge.All(e.way.overTLS(), judge.ClearMedia)
		default:
			s.expected, s.rule = "settles on RTP", judge.All(e.way.served, judge.ClearMedia)
		}
	}
	return s, nil
}

// refusedMedia asks that a device whose call is refused for its media or its
// transport does not look for a way round.
func refusedMedia(refusal profile.Refusal, transport, slug string) (string, judge.Rule) {
	status := refusal.Status
	var rules []judge.Rule
	if _, forTransport := refusal.When[profile.FactTransport]; slug == "srtp" && !forTransport {
		rules = append(rules, judge.NoClearOffer(status))
	}
	if transport == observation.TLS {
		rules = append(rules, judge.NoClearSignalling)
	}
	rules = append(rules, judge.NoneServed("INVITE"), judge.NoClearMedia, judge.TakesAsFinal("INVITE", status))
	return fmt.Sprintf("takes the %d as final", status), judge.After("INVITE", status, rules...)
}

func (e *entry) mediaIn(name string) (stimulus, error) {
	clear := edge.Outbound{MediaProfile: string(device.RTP)}
	s := stimulus{area: "srtp"}
	if secure, err := e.secure(); err != nil || secure == (name == "rtp") {
		setting := e.product.Offer.SecureSetting
		return s, errors.Join(err, fmt.Errorf("the case %s is not what the vendor offers while %s is as it is", name, setting))
	}
	switch name {
	case "secure":
		s.title, s.expected = "a secure call to the device", "answers with SRTP, and sends nothing in clear"
		s.rule = judge.All(judge.Answered, judge.Given(judge.OneCrypto, judge.SecureMedia))
	case "rtp":
		values, err := e.values(nil)
		if err != nil {
			return s, err
		}
		over := strings.ToUpper(e.product.Offer.Over(values))
		s.title, s.expected = "a call with RTP to a device that is set to it", fmt.Sprintf("takes %s with RTP", over)
		s.device.Levers.Media = device.RTP
		if over != "TLS" { // over which devices are called as they are configured
			s.title, s.device.Levers.Transport = s.title+", over "+over, strings.ToLower(over)
		}
		s.rule = judge.All(judge.Answered, judge.ClearMedia)
	case "clear-offer":
		s.title, s.expected, s.refused = "RTP offered to the device where calls are secure", "refuses RTP, or sends none", true
		s.rule, s.script = judge.RefusesCall("clear-offer"), e.way.taken(clear, scene.React())
	case "back-to-rtp":
		s.title, s.expected, s.refused = "a secure call that goes back to RTP by a new offer", "follows, refuses, or ends the call", true
		s.rule, s.script = judge.GoesBackToRTP, e.way.taken(edge.Outbound{}, scene.Hear(), scene.Reoffer(clear), scene.React())
	}
	return s, nil
}

// secure tells whether the vendor's calls are secure in the entry's settings.
func (e *entry) secure() (bool, error) {
	values, err := e.values(nil)
	return values[e.product.Offer.SecureSetting] == profile.On, err
}
