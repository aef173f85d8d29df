package twilio

import (
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// securedCalls are calls to the device with secure=true and without, beside each value
// of the switch for the device's own calls that other chapters do not have.
func securedCalls(p *profile.Product) []scene.Scene {
	set := func(value string, calls scene.CallSecurity) scene.Vendor {
		return scene.Vendor{Settings: map[string]string{p.Offer.SecureSetting: value}, Calls: calls}
	}
	off, on := set(profile.Off, scene.Secured), set(profile.On, scene.Unsecured)
	neither := set(profile.Off, scene.Unsecured)
	over := []scene.Step{scene.Hear(), scene.EndCall(), scene.Settle()}
	registered := ring(p, edge.Outbound{}, over...)
	listening := slices.Concat([]scene.Step{scene.RingListener(edge.Outbound{})}, over)
	plain := scene.Device{Levers: device.Levers{Media: device.RTP}}
	const (
		secure    = "a call with secure=true, while the domain's Secure Media is off"
		insecure  = "a call without secure=true, while the domain's Secure Media is on"
		unsecured = "a call without secure=true, while the domain's Secure Media is off"
	)
	return []scene.Scene{
		{
			ID: "call-in/secure-true/media-off", Title: secure, Direction: plan.FromVendor, Area: "srtp",
			Control: "call-in/secure", Vendor: off, Script: registered, Asks: takes("SRTP", secureMedia),
		}, {
			ID: "call-in/secure-absent/media-on", Title: insecure, Direction: plan.FromVendor, Area: "srtp",
			Control: "call-in/secure", Vendor: on, Device: plain, Script: registered, Asks: takes("RTP", plainMedia),
		}, {
			ID: "call-in/secure-absent/media-off", Title: unsecured, Direction: plan.FromVendor, Area: "srtp",
			Control: "call-in/secure", Vendor: neither, Device: plain, Script: registered, Asks: takes("RTP", plainMedia),
		}, {
			ID: "call-listener/secure-true/media-off", Title: secure, Direction: plan.FromVendor, Area: "srtp",
			Control: "call-listener/tls1.2/deprecated-off", Presumes: []string{"call-in/secure"}, // the same media
			Vendor: off, Script: listening, Asks: takes("SRTP", secureMedia),
		}, {
			ID: "call-listener/secure-absent/media-on", Title: insecure, Direction: plan.FromVendor, Area: "srtp",
			Control: "call-listener/tls1.2/deprecated-off", Vendor: on, Device: plain, Script: listening, Asks: takes("RTP", plainMedia),
		},
	}
}

// What a device is seen to do in a call that is secured, and in one that is not.
var (
	secureMedia = judge.All(judge.Answered, judge.Given(judge.OneCrypto, judge.SecureMedia))
	plainMedia  = judge.All(judge.Answered, judge.ClearMedia)
)

func takes(media string, rule judge.Rule) []judge.Check {
	return []judge.Check{scene.Ask("TW-SRTP-22", "takes the call over TLS, with "+media, rule)}
}
