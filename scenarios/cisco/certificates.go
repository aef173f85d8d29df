package cisco

import (
	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// ciscoDefects are what a device must refuse in the vendor's certificate.
var ciscoDefects = []struct{ recipe, title string }{
	{"unknown-ca", "a certificate of an authority that was not imported"},
	{"self-signed", "a self-signed certificate that was not imported"},
	{"bad-signature", "a certificate whose signature is broken"},
}

// certificates are those of both ends.
func (c ciscoProduct) certificates() []scene.Scene {
	var scenes []scene.Scene
	for _, d := range ciscoDefects {
		s := scene.Outward("certificate/"+d.recipe, "certificate", d.title, scene.CallOut(), scene.Settle())
		s.Shows.Recipe, s.Control = d.recipe, scene.Base
		s.Asks = []judge.Check{scene.Ask("CU-TRK-04", "refuses the connection, and does not go on in clear", judge.All(judge.Refuses(d.recipe), judge.NoClearSignalling))}
		scenes = append(scenes, s)
	}
	turned := func(id, title, requirement, cause string, settings map[string]string) scene.Scene {
		s := scene.Outward(id, "identity", title, scene.CallOut(), scene.Settle())
		s.Settings, s.Control = settings, scene.Base
		s.Asks = []judge.Check{scene.Ask(requirement, "gets nothing through, and stays off UDP and TCP", judge.Turned(cause, judge.NoCall, judge.NoClearSignalling))}
		return s
	}
	listed := scene.Outward("identity/listed", "identity", "the device's name in a list of names", scene.Through(scene.CallOut())...)
	listed.Settings = map[string]string{"subject_name": "listed"}
	listed.Asks = []judge.Check{scene.Ask("CU-TRK-07", "is served", judge.All(judge.Identifies, judge.Called))}
	own := scene.Inward("call-listener/certificate", "certificate", "the certificate of the device's server, judged by the vendor", scene.RingListener(edge.Outbound{})...)
	own.Asks = []judge.Check{
		scene.Ask("CU-TRK-04", "shows a certificate of the authority that the vendor was given", judge.Presents(certs.CauseUnknownCA, certs.CauseSelfSigned, certs.CauseIncompleteChain, certs.CauseBadSignature)),
	}
	foreign := scene.Inward("call-listener/unknown-ca", "identity", "a vendor whose certificate is of an authority that was not imported", scene.CallListener(edge.Outbound{}), scene.Settle())
	foreign.Shows.Recipe, foreign.Control = "unknown-ca", "call-listener/certificate"
	foreign.Asks = []judge.Check{scene.Ask("CU-TRK-05", "its server asks for the vendor's certificate and refuses it", judge.RefusesDialed("unknown-ca"))}
	return append(scenes,
		turned("identity/not-uploaded", "a device whose certificate the vendor was not given", "CU-TRK-04", certs.CauseUnknownCA, map[string]string{"certificate_uploaded": "off"}),
		turned("identity/other-name", "a trunk that knows the device by another name", "CU-TRK-06", certs.CauseNameMismatch, map[string]string{"subject_name": "other"}),
		listed, own, foreign)
}
