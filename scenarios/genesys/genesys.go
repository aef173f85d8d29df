// Package genesys is what the harness asks of devices at Genesys Cloud that no
// chapter can say. The rest is data: fixtures/profiles/genesys-*.yaml. The package
// serves this module and may change.
package genesys

import (
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/scenarios/chapter"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Chapters are the vendor's own.
func Chapters() chapter.Own {
	return chapter.Own{"genesys/trunk-group": trunkGroup, "genesys/trunk-names": trunkNames, "genesys/clear-call": clearCall,
		"genesys/keys-in-clear": keysInClear, "genesys/own-certificate": ownCertificate,
	}
}

// hosted holds of a Request-URI whose transport, if it names one, is in the host part, and is the trunk's.
var hosted = judge.RequestURI("INVITE", "transport-misplaced", "transport-in-host-part", hasTransport)

func hasTransport(u sipwire.URI) bool {
	named, has := u.Params.Lookup("transport")
	return !strings.Contains(strings.ToLower(u.User), ";transport=") && (!has || strings.EqualFold(named, observation.TLS))
}

// grouped holds of a Request-URI with a trunk group where RFC 4904 §4 wants it.
var grouped = judge.RequestURI("INVITE", "parameters-not-in-user-part", "trunk-group-in-user-part", hasGroup)

func hasGroup(u sipwire.URI) bool {
	_, parameters, _ := strings.Cut(u.User, ";")
	return strings.Contains(parameters, "tgrp=") && strings.Contains(parameters, "trunk-context=") && !u.Params.Has("tgrp")
}

// trunkGroup is how a call names its trunk by a group.
func trunkGroup(*profile.Product) []scene.Scene {
	return []scene.Scene{{
		ID: "routing/trunk-group", Title: "a trunk group in the user part, and a proxy's name as host",
		Direction: plan.ToVendor, Area: "routing",
		Script: []scene.Step{scene.Call(), scene.Leave(), scene.Settle()},
		Asks: []judge.Check{
			scene.Ask("GE-URI-01", "puts tgrp and trunk-context into the user part", grouped),
			scene.Ask("GE-URI-01", "puts no transport but the trunk's into the host part, and none into the user part", hosted),
			scene.Ask("RF-TLS-08", "puts tgrp and trunk-context into the user part", grouped),
			scene.Ask("GE-URI-02", "reaches its trunk by the group, at a name of the certificate",
				judge.Beside(judge.Called, grouped)),
		},
	}}
}

// trunkNames are how a call finds its trunk without a group: by a name that no
// certificate holds, or by the number alone.
func trunkNames(*profile.Product) []scene.Scene {
	unverified := scene.Device{Levers: device.Levers{VerifyOff: true}}
	return []scene.Scene{
		{
			ID: "routing/trunk-host", Title: "the customer's own name, verification switched off",
			Direction: plan.ToVendor, Area: "routing", Control: "connect/default", Device: unverified,
			Script: []scene.Step{scene.CallTrunkHost(), scene.Leave(), scene.Settle()},
			Asks:   []judge.Check{scene.Ask("GE-URI-05", "reaches its trunk by the host", judge.Called)},
		}, {
			ID: "routing/number", Title: "a proxy's address and the number alone, verification switched off",
			Direction: plan.ToVendor, Area: "routing", Control: "connect/default",
			Vendor: scene.Vendor{Settings: map[string]string{"dnis": profile.On}}, Device: unverified,
			Script: []scene.Step{scene.CallAddress(), scene.Leave(), scene.Settle()},
			Asks:   []judge.Check{scene.Ask("GE-URI-06", "reaches its trunk by the number", judge.Called)},
		}, {
			ID: "routing/number-by-name", Title: "a proxy's name and the number alone",
			Direction: plan.ToVendor, Area: "routing", Control: "connect/default",
			Vendor: scene.Vendor{Settings: map[string]string{"dnis": profile.On}},
			Script: []scene.Step{scene.CallNumber(), scene.Leave(), scene.Settle()},
			Asks:   []judge.Check{scene.Ask("GE-URI-06", "reaches its trunk by the number", judge.Called)},
		},
	}
}

// clearCall are calls to the device's port for TLS that do not use the trunk's transport.
func clearCall(*profile.Product) []scene.Scene { return scene.ClearCalls("GE-URI-07") }

// keysInClear are calls that do not use the trunk's transport, at a vendor that lets them in: keys stay off them all
// the same.
func keysInClear(*profile.Product) []scene.Scene {
	var all []scene.Scene
	for _, transport := range []string{observation.UDP, observation.TCP} {
		all = append(all, scene.Scene{
			ID: "routing/keys-in-clear-" + transport, Title: "the device set to " + strings.ToUpper(transport) + ", which the vendor lets in",
			Direction: plan.ToVendor, Area: "sdes", Revisions: []string{"newer", "current"}, Control: "connect/default",
			Device: scene.Device{Levers: device.Levers{Transport: transport}},
			Script: []scene.Step{scene.Call(), scene.Leave(), scene.Settle()},
			Asks: []judge.Check{
				scene.Ask("RF-SD-05", "offers a call without a key", judge.Given(judge.ParsableOffer, judge.NoKeysInClear)),
			},
		})
	}
	return all
}
