package scenarios

import (
	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
)

// ciscoDefects are what a device must refuse in the vendor's certificate.
var ciscoDefects = []struct{ recipe, title string }{
	{"unknown-ca", "a certificate of an authority that was not imported"},
	{"self-signed", "a self-signed certificate that was not imported"},
	{"bad-signature", "a certificate whose signature is broken"},
}

// certificates are those of both ends.
func (c ciscoProduct) certificates() []scene {
	var scenes []scene
	for _, d := range ciscoDefects {
		s := outward("certificate/"+d.recipe, "certificate", d.title, callOut(), settle())
		s.shows.recipe, s.control = d.recipe, base
		s.asks = []judge.Check{ask("CU-TRK-04", "refuses the connection, and does not go on in clear", judge.All(judge.RejectsServer(d.recipe), judge.NoClearSignalling))}
		scenes = append(scenes, s)
	}
	turned := func(id, title, requirement, cause string, settings map[string]string) scene {
		s := outward(id, "identity", title, callOut(), settle())
		s.settings, s.control = settings, base
		s.asks = []judge.Check{ask(requirement, "gets nothing through, and stays off UDP and TCP", judge.Turned(cause, judge.NoCall, judge.NoClearSignalling))}
		return s
	}
	listed := outward("identity/listed", "identity", "the device's name in a list of names", through(callOut())...)
	listed.settings = map[string]string{"subject_name": "listed"}
	listed.asks = []judge.Check{ask("CU-TRK-07", "is served", judge.All(judge.Identifies, judge.Called))}
	own := inward("call-listener/certificate", "certificate", "the certificate of the device's server, judged by the vendor", ringListener(edge.Outbound{})...)
	own.asks = []judge.Check{
		ask("CU-TRK-04", "shows a certificate of the authority that the vendor was given", judge.Presents(certs.CauseUnknownCA, certs.CauseSelfSigned, certs.CauseIncompleteChain, certs.CauseBadSignature)),
	}
	foreign := inward("call-listener/unknown-ca", "identity", "a vendor whose certificate is of an authority that was not imported", callListener(edge.Outbound{}), settle())
	foreign.shows.recipe, foreign.control = "unknown-ca", "call-listener/certificate"
	foreign.asks = []judge.Check{ask("CU-TRK-05", "its server asks for the vendor's certificate and refuses it", judge.RejectsClient("unknown-ca"))}
	return append(scenes,
		turned("identity/not-uploaded", "a device whose certificate the vendor was not given", "CU-TRK-04", certs.CauseUnknownCA, map[string]string{"certificate_uploaded": "off"}),
		turned("identity/other-name", "a trunk that knows the device by another name", "CU-TRK-06", certs.CauseNameMismatch, map[string]string{"subject_name": "other"}),
		listed, own, foreign)
}
