package scenarios

import (
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// The groups of GE-TLS-07: the vendor's only one, and one that devices like.
const (
	secp256r1 uint16 = 23
	secp384r1 uint16 = 24
)

// suiteRows are the rows with the suites of each revision.
var suiteRows = map[string]string{"seed-era": "GE-TLS-04", "newer": "GE-TLS-05", "current": "GE-TLS-06"}

// handshakes are versions, groups, ports and client certificates.
func (g genesysProduct) handshakes() []scene {
	scenes := []scene{
		outward(base, "tls", "the device as configured, and the vendor as it is", through(callOut())...),
		outward("connect/group/secp384r1", "tls", "the device set to the vendor's group", through(callOut())...),
		outward("connect/group/secp256r1", "tls", "the device set to a group that the vendor lacks, with suites that need one", callOut(), settle()),
		{
			id: "call-listener/tls1.2", title: "a call to the device's server",
			direction: plan.FromVendor, area: "tls", script: ringListener(edge.Outbound{}),
			asks: []judge.Check{
				ask("GE-TLS-01", "its server takes TLS 1.2", judge.All(judge.Negotiated(tls.VersionTLS12), judge.Answered)),
				ask("GE-TLS-07", "its server is able to use a suite and group of the vendor's", judge.Answered),
				ask("GE-TLS-11", "its server takes a vendor without client certificate", judge.TakesAnonymous),
			},
		},
	}
	scenes[0].asks = []judge.Check{
		ask("GE-TLS-01", "offers TLS 1.2 and is served", judge.All(judge.OffersVersion(tls.VersionTLS12), judge.Called)),
		ask("GE-TLS-03", "does not want TLS 1.3", judge.OffersVersion(tls.VersionTLS12)),
		ask("GE-TLS-07", "offers secp384r1", judge.OffersGroup(secp384r1)),
		ask("GE-TLS-09", "speaks TLS from the start on the port for TLS", judge.NoPlainOnTLS),
		ask("RF-SD-05", "sends no key and no SIP in clear", judge.All(judge.NoKeysInClear, judge.NoClearSignalling)),
	}
	ecdhe := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}
	scenes[1].levers = device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12, Suites: ecdhe, Groups: []uint16{secp384r1}}
	scenes[1].asks = []judge.Check{ask("GE-TLS-07", "is served over ECDHE with secp384r1", judge.All(judge.NegotiatedGroup(secp384r1), judge.Called))}
	scenes[2].levers = device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12, Suites: ecdhe, Groups: []uint16{secp256r1}}
	scenes[2].control = "connect/group/secp384r1"
	scenes[2].asks = []judge.Check{ask("GE-TLS-07", "fails, and does not go on in clear", judge.Unserved(judge.NoCall, judge.NoClearSignalling))}
	for _, v := range tlsVersions {
		scenes = append(scenes, g.version(v.slug, v.name, v.number))
	}
	return scenes
}

// version is the device set to one version.
func (g genesysProduct) version(slug, name string, number uint16) scene {
	s := outward("call-out/"+slug, "tls", "a call at "+name, callOut(), settle())
	s.levers = device.Levers{TLSMin: number, TLSMax: number}
	switch {
	case number == tls.VersionTLS12:
		s.script = through(callOut())
		s.asks = []judge.Check{ask("GE-TLS-01", "is served at TLS 1.2", judge.All(judge.Negotiated(number), judge.Called))}
		return s
	case number == tls.VersionTLS13:
		s.asks = []judge.Check{ask("GE-TLS-03", "gets nothing through, and stays off UDP and TCP", judge.Unserved(judge.NoCall, judge.NoClearSignalling))}
	default:
		s.asks = []judge.Check{ask("GE-TLS-02", "gets nothing through, and stays off UDP and TCP", judge.Unserved(judge.NoCall, judge.NoClearSignalling))}
	}
	s.control = "call-out/tls1.2"
	return s
}

// suites are each revision's suites: all of them, and one at a time where this
// machine can be without the others.
func (g genesysProduct) suites() []scene {
	var scenes []scene
	for _, r := range g.product.Revisions {
		listed := numbers(r.TLS.Suites)
		s := outward("connect/suites-"+r.Revision, "tls", "the suites of the revision "+r.Revision, through(callOut())...)
		s.revisions = []string{r.Revision}
		s.asks = []judge.Check{ask(suiteRows[r.Revision], "offers a suite of the vendor's list, and is served", judge.All(judge.OffersSuite(listed), judge.Called))}
		scenes = append(scenes, s)
		missing := vendor.NotEmulated(r)
		for _, suite := range listed {
			if !lacks(missing, suite) {
				scenes = append(scenes, g.alone(r.Revision, suite))
			}
		}
	}
	return scenes
}

// alone is the vendor with one suite of a revision's.
func (g genesysProduct) alone(revision string, suite uint16) scene {
	name := tlspeer.SuiteName(suite)
	slug := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "TLS_"), "_", "-"))
	s := outward(fmt.Sprintf("connect/suite-%s/%s", revision, slug), "tls", "a vendor with "+name+" alone", through(callOut())...)
	s.revisions, s.suites = []string{revision}, []uint16{suite}
	group := uint16(0)
	if strings.HasPrefix(name, "TLS_ECDHE_") {
		group = secp384r1
	}
	s.asks = []judge.Check{ask(suiteRows[revision], "is served over the suite if it offers it", judge.UsesSuite(suite, group, judge.Called))}
	return s
}

// numbers are suites by IANA's numbers.
func numbers(names []string) []uint16 {
	var all []uint16
	for _, name := range names {
		if number, ok := tlspeer.SuiteByOpenSSLName(name); ok {
			all = append(all, number)
		}
	}
	return all
}

func lacks(missing []tlspeer.Unavailable, suite uint16) bool {
	for _, m := range missing {
		if m.Subject == tlspeer.Suite && m.Number == suite {
			return true
		}
	}
	return false
}
