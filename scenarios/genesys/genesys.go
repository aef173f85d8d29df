package genesys

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Scenes is every scene of one of the vendor's two products.
func Scenes(p *profile.Product) []scene.Scene {
	g := genesysProduct{p}
	if p.Trunk == nil {
		return g.premises()
	}
	return slices.Concat(g.handshakes(), g.suites(), g.certificates(), g.routing(), g.media())
}

// genesysProduct writes scenes for BYOC Cloud and for an Edge of BYOC Premises.
type genesysProduct struct{ product *profile.Product }

// grouped holds of a Request-URI with a trunk group where RFC 4904 §4 wants it.
var grouped = judge.RequestURI("INVITE", "parameters-not-in-user-part", "trunk-group-in-user-part", func(u sipwire.URI) bool {
	_, parameters, _ := strings.Cut(u.User, ";")
	return strings.Contains(parameters, "tgrp=") && strings.Contains(parameters, "trunk-context=") && !u.Params.Has("tgrp")
})

// premises is a trunk to an Edge with a certificate of the organisation's own.
func (g genesysProduct) premises() []scene.Scene {
	scenes := []scene.Scene{
		scene.Outward(scene.Base, "certificate", "an Edge with a certificate of the organisation's authority", scene.Through(scene.CallOut())...),
		scene.Outward("certificate/unknown-ca", "certificate", "an Edge with a certificate of another authority", scene.CallOut(), scene.Settle()),
		scene.Outward("certificate/wrong-name", "certificate", "an Edge with a certificate for another name", scene.CallOut(), scene.Settle()),
		{
			ID: "call-listener/secure", Title: "a call from the Edge to the device's server",
			Direction: plan.FromVendor, Area: "certificate", Script: scene.RingListener(edge.Outbound{}),
			Asks: []judge.Check{scene.Ask("GE-SRTP-01", "takes the call with SRTP", judge.All(judge.Answered, judge.SecureMedia))},
		},
	}
	scenes[0].Asks = []judge.Check{
		scene.Ask("GE-CRT-16", "takes a certificate of the authority that it was given", judge.Called),
		scene.Ask("GE-SRTP-01", "has its SRTP accepted", judge.Called),
	}
	for i, recipe := range []string{"unknown-ca", "wrong-name"} {
		s := &scenes[1+i]
		s.Shows, s.Control = scene.Presentation{Recipe: recipe}, scene.Base
		s.Asks = []judge.Check{scene.Ask("GE-CRT-16", "refuses the Edge, and does not go on in clear", judge.All(judge.Refuses(recipe), judge.NoClearSignalling))}
	}
	return scenes
}
