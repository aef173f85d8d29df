// Package twilio is what the harness asks of devices at Twilio that no chapter can
// say. The rest is data: fixtures/profiles/twilio-*.yaml. The package serves this
// module and may change.
package twilio

import (
	"crypto/tls"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/scenarios/chapter"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Chapters are the vendor's own.
func Chapters() chapter.Own {
	return chapter.Own{"twilio/dialogs": dialogs, "twilio/secured-calls": securedCalls}
}

// pingInterval is what the vendor asks for between keep-alives (TW-URI-15).
const pingInterval = 10 * time.Second

// customHeaders are the customer's own, one of them without a value.
var customHeaders = edge.Outbound{Headers: []sipwire.Header{{Name: "X-Order", Value: "42"}, {Name: "X-Empty", Value: ""}}}

// dialogs are the vendor's routes and headers, and OPTIONS.
func dialogs(p *profile.Product) []scene.Scene {
	secure := scene.Vendor{Settings: map[string]string{p.Offer.SecureSetting: "on"}}
	return append(outdated(p, secure), []scene.Scene{
		{
			ID: "call-in/route", Title: "a double Record-Route and a private Contact: the device hangs up",
			Direction: plan.FromVendor, Area: "routing", Control: "call-in/secure", Vendor: secure,
			Script: ring(p, edge.Outbound{}, scene.Hear(), scene.HangUp(), scene.Settle()),
			Asks: []judge.Check{
				scene.Ask("TW-URI-09", "keeps to the route set and the connection of the call", judge.FollowsRoute),
				scene.Ask("RF-TLS-05", "reuses no connection for a host that its certificate does not name, strictly by RFC 5923",
					judge.ReusesWhereShown),
			},
		}, {
			ID: "call-in/custom-headers", Title: "headers of the customer's own",
			Direction: plan.FromVendor, Area: "signalling", Control: "call-in/secure", Vendor: secure,
			Script: ring(p, customHeaders, scene.EndCall(), scene.Settle()),
			Asks: []judge.Check{
				scene.Ask("TW-URI-10", "takes headers that it does not know", judge.Answered),
				scene.Ask("TW-URI-12", "takes custom X- headers", judge.Answered),
			},
		}, {
			ID: "connect/options", Title: "OPTIONS and keep-alives",
			Direction: plan.ToVendor, Area: "signalling", Control: "connect/default", Vendor: secure, Script: ping(p),
			Asks: []judge.Check{
				scene.Ask("TW-URI-15", "asks the vendor's host with OPTIONS over TLS, and pings no more often than every 10 s",
					judge.All(judge.Did("OPTIONS"), judge.NoClearSignalling, asksHost(p), judge.PingInterval(pingInterval))),
			},
		},
	}...)
}

// outdated are OPTIONS over TLS versions that the account does not allow. The controls
// are what a device is served over TLS 1.2.
func outdated(p *profile.Product, vendor scene.Vendor) []scene.Scene {
	control := "call-out/tls1.2/deprecated-off"
	if p.Registrar != nil {
		control = "register/tls1.2/deprecated-off"
	}
	var scenes []scene.Scene
	for _, v := range []struct {
		slug, name string
		number     uint16
	}{{"tls1.0", "TLS 1.0", tls.VersionTLS10}, {"tls1.1", "TLS 1.1", tls.VersionTLS11}} {
		scenes = append(scenes, scene.Scene{
			ID: "options/" + v.slug + "/deprecated-off", Title: "OPTIONS from the device set to " + v.name,
			Direction: plan.ToVendor, Area: "tls", Revisions: []string{"seed-era"}, Control: control, Vendor: vendor,
			Device: scene.Device{Levers: device.Levers{TLSMin: v.number, TLSMax: v.number}},
			Script: []scene.Step{scene.Options(), scene.Settle()},
			Asks: []judge.Check{scene.AskRefusal("TW-TLS-14", "takes the 403, and stays off UDP and TCP",
				judge.After("OPTIONS", 403, judge.NoClearSignalling, judge.NoneServed("OPTIONS")))},
		})
	}
	return scenes
}

// asksHost asks that OPTIONS goes to the vendor's host, which every run of a scene has
// below the product's domain.
func asksHost(p *profile.Product) judge.Rule {
	return judge.RequestURI("OPTIONS", "other-host-in-request-uri", "host-in-request-uri", func(u sipwire.URI) bool {
		return strings.HasSuffix(strings.ToLower(u.Host), "."+p.Domain)
	})
}

// ring is a call from the vendor: over the registration of a SIP Domain's user, or
// to the server that a trunk's origination URI names.
func ring(p *profile.Product, o edge.Outbound, then ...scene.Step) []scene.Step {
	if p.Registrar == nil {
		return slices.Concat([]scene.Step{scene.RingListener(o)}, then)
	}
	return slices.Concat([]scene.Step{scene.Register(), scene.Ring(o)}, then)
}

// ping has the device send OPTIONS, from where it is registered if it can be.
func ping(p *profile.Product) []scene.Step {
	options := []scene.Step{scene.Options(), scene.Idle(), scene.Settle()}
	if p.Registrar == nil {
		return options
	}
	return slices.Concat([]scene.Step{scene.Register()}, options)
}
