package scenarios

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// genesys is every scene of one of the vendor's two products.
func genesys(p *profile.Product) []scene {
	g := genesysProduct{p}
	if p.Trunk == nil {
		return g.premises()
	}
	return slices.Concat(g.handshakes(), g.suites(), g.certificates(), g.routing(), g.media())
}

// genesysProduct writes scenes for BYOC Cloud and for an Edge of BYOC Premises.
type genesysProduct struct{ product *profile.Product }

// outward is a call from the device, with the fields of the scenes about it.
func outward(id, area, title string, script ...step) scene {
	return scene{id: id, title: title, direction: plan.ToVendor, area: area, script: script}
}

// through is a call by which a device shows that it is served, from end to end.
func through(call step) []step { return []step{call, deviceHangsUp(), settle()} }

// ringListener is a call to the device's own server that is taken and ended.
func ringListener(o edge.Outbound) []step {
	return []step{callListener(o), hear(), vendorHangsUp(), settle()}
}

// grouped holds of a Request-URI with a trunk group where RFC 4904 §4 wants it.
var grouped = judge.RequestURI("INVITE", "parameters-not-in-user-part", "trunk-group-in-user-part", func(u sipwire.URI) bool {
	_, parameters, _ := strings.Cut(u.User, ";")
	return strings.Contains(parameters, "tgrp=") && strings.Contains(parameters, "trunk-context=") && !u.Params.Has("tgrp")
})

// premises is a trunk to an Edge with a certificate of the organisation's own.
func (g genesysProduct) premises() []scene {
	scenes := []scene{
		outward(base, "certificate", "an Edge with a certificate of the organisation's authority", through(callOut())...),
		outward("certificate/unknown-ca", "certificate", "an Edge with a certificate of another authority", callOut(), settle()),
		outward("certificate/wrong-name", "certificate", "an Edge with a certificate for another name", callOut(), settle()),
		{
			id: "call-listener/secure", title: "a call from the Edge to the device's server",
			direction: plan.FromVendor, area: "certificate", script: ringListener(edge.Outbound{}),
			asks: []judge.Check{ask("GE-SRTP-01", "takes the call with SRTP", judge.All(judge.Answered, judge.SecureMedia))},
		},
	}
	scenes[0].asks = []judge.Check{
		ask("GE-CRT-16", "takes a certificate of the authority that it was given", judge.Called),
		ask("GE-SRTP-01", "has its SRTP accepted", judge.Called),
	}
	for i, recipe := range []string{"unknown-ca", "wrong-name"} {
		s := &scenes[1+i]
		s.shows, s.control = presentation{recipe: recipe}, base
		s.asks = []judge.Check{ask("GE-CRT-16", "refuses the Edge, and does not go on in clear", judge.All(judge.RejectsServer(recipe), judge.NoClearSignalling))}
	}
	return scenes
}
