package genesys

import (
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// suiteRows are the rows with the suites of each revision.
var suiteRows = map[string]string{"seed-era": "GE-TLS-04", "newer": "GE-TLS-05", "current": "GE-TLS-06"}

// handshakes are versions, groups, ports and client certificates.
func (g genesysProduct) handshakes() []scene.Scene {
	scenes := []scene.Scene{
		scene.Outward(scene.Base, "tls", "the device as configured, and the vendor as it is", scene.Through(scene.CallOut())...),
		scene.Outward("connect/group/secp384r1", "tls", "the device set to the vendor's group", scene.Through(scene.CallOut())...),
		scene.Outward("connect/group/secp256r1", "tls", "the device set to a group that the vendor lacks, with suites that need one", scene.CallOut(), scene.Settle()),
		{
			ID: "call-listener/tls1.2", Title: "a call to the device's server",
			Direction: plan.FromVendor, Area: "tls", Script: scene.RingListener(edge.Outbound{}),
			Asks: []judge.Check{
				scene.Ask("GE-TLS-01", "its server takes TLS 1.2", judge.All(judge.Negotiated(tls.VersionTLS12), judge.Answered)),
				scene.Ask("GE-TLS-07", "its server is able to use a suite and group of the vendor's", judge.Answered),
				scene.Ask("GE-TLS-11", "its server takes a vendor without client certificate", judge.TakesAnonymous),
			},
		},
	}
	scenes[0].Asks = []judge.Check{
		scene.Ask("GE-TLS-01", "offers TLS 1.2 and is served", judge.All(judge.OffersVersion(tls.VersionTLS12), judge.Called)),
		scene.Ask("GE-TLS-03", "does not want TLS 1.3", judge.OffersVersion(tls.VersionTLS12)),
		scene.Ask("GE-TLS-07", "offers secp384r1", judge.OffersGroup(scene.Secp384r1)),
		scene.Ask("GE-TLS-09", "speaks TLS from the start on the port for TLS", judge.NoPlainOnTLS),
		scene.Ask("RF-SD-05", "sends no key and no SIP in clear", judge.All(judge.NoKeysInClear, judge.NoClearSignalling)),
	}
	ecdhe := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}
	scenes[1].Levers = device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12, Suites: ecdhe, Groups: []uint16{scene.Secp384r1}}
	scenes[1].Asks = []judge.Check{scene.Ask("GE-TLS-07", "is served over ECDHE with secp384r1", judge.All(judge.NegotiatedGroup(scene.Secp384r1), judge.Called))}
	scenes[2].Levers = device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12, Suites: ecdhe, Groups: []uint16{scene.Secp256r1}}
	scenes[2].Control = "connect/group/secp384r1"
	scenes[2].Asks = []judge.Check{scene.Ask("GE-TLS-07", "fails, and does not go on in clear", judge.Unserved(judge.NoCall, judge.NoClearSignalling))}
	for _, v := range scene.TLSVersions {
		scenes = append(scenes, g.version(v.Slug, v.Name, v.Number))
	}
	return scenes
}

// version is the device set to one version.
func (g genesysProduct) version(slug, name string, number uint16) scene.Scene {
	s := scene.Outward("call-out/"+slug, "tls", "a call at "+name, scene.CallOut(), scene.Settle())
	s.Levers = device.Levers{TLSMin: number, TLSMax: number}
	switch {
	case number == tls.VersionTLS12:
		s.Script = scene.Through(scene.CallOut())
		s.Asks = []judge.Check{scene.Ask("GE-TLS-01", "is served at TLS 1.2", judge.All(judge.Negotiated(number), judge.Called))}
		return s
	case number == tls.VersionTLS13:
		s.Asks = []judge.Check{scene.Ask("GE-TLS-03", "gets nothing through, and stays off UDP and TCP", judge.Unserved(judge.NoCall, judge.NoClearSignalling))}
	default:
		s.Asks = []judge.Check{scene.Ask("GE-TLS-02", "gets nothing through, and stays off UDP and TCP", judge.Unserved(judge.NoCall, judge.NoClearSignalling))}
	}
	s.Control = "call-out/tls1.2"
	return s
}

// suites are each revision's suites: all of them, and one at a time where this
// machine can be without the others.
func (g genesysProduct) suites() []scene.Scene {
	var scenes []scene.Scene
	for _, r := range g.product.Revisions {
		listed := scene.Numbers(r.TLS.Suites)
		s := scene.Outward("connect/suites-"+r.Revision, "tls", "the suites of the revision "+r.Revision, scene.Through(scene.CallOut())...)
		s.Revisions = []string{r.Revision}
		s.Asks = []judge.Check{scene.Ask(suiteRows[r.Revision], "offers a suite of the vendor's list, and is served", judge.All(judge.OffersSuite(listed), judge.Called))}
		scenes = append(scenes, s)
		missing := edge.NotEmulated(r)
		for _, suite := range listed {
			if !scene.Lacks(missing, suite) {
				scenes = append(scenes, g.alone(r.Revision, suite))
			}
		}
	}
	return scenes
}

// alone is the vendor with one suite of a revision's.
func (g genesysProduct) alone(revision string, suite uint16) scene.Scene {
	name := tlspeer.SuiteName(suite)
	slug := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "TLS_"), "_", "-"))
	s := scene.Outward(fmt.Sprintf("connect/suite-%s/%s", revision, slug), "tls", "a vendor with "+name+" alone", scene.Through(scene.CallOut())...)
	s.Revisions, s.Suites = []string{revision}, []uint16{suite}
	group := uint16(0)
	if strings.HasPrefix(name, "TLS_ECDHE_") {
		group = scene.Secp384r1
	}
	s.Asks = []judge.Check{scene.Ask(suiteRows[revision], "is served over the suite if it offers it", judge.UsesSuite(suite, group, judge.Called))}
	return s
}
