package chapter

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// shown is a certificate, or a name that the device looks for in it.
type shown struct {
	name, title, area string
	requirement       string // of an RFC, if it has a rule for it
	vendor            scene.Vendor
	device            scene.Device
	step              *scene.Step // instead of the way's first
	expected          string      // of a legal one; empty: that it is served
	rule              judge.Rule  // of an illegal one; nil: the way's, for the case
	lacks             func(*profile.Product) string
}

// legal are those that a device has to take.
var legal = []shown{
	{name: "as-configured", title: "the certificate that the vendor shows"},
	{name: "exact-name", title: "a certificate for the host's own name alone, in which nothing is wrong",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true}}},
	{name: "crl-good", title: "a certificate that names a list, and is not on it",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Status: scene.ByList}}},
	{name: "ocsp-good", title: "a certificate that is good, says the responder it names",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Status: scene.ByResponder}},
		device: scene.Device{Needs: []device.Capability{device.CanOCSP}}},
	{name: "crl-known-good", title: "a certificate that is not on the list which the device was given", requirement: "RF-CRT-05",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Status: scene.Known}},
		device: scene.Device{Needs: []device.Capability{device.LeverCRL}}},
	{name: "sip-uri-only", title: "the domain in a sip: URI alone, as RFC 5922 has it", area: "identity", requirement: "ST-01",
		vendor:   scene.Vendor{Shows: scene.Presentation{SIPURI: true}},
		expected: "finds its domain in the sip: URI of the subjectAltName", lacks: sip},
	{name: "cn-only", title: "the name in the common name alone, and no subjectAltName", area: "identity", requirement: "ST-13",
		vendor:   scene.Vendor{Shows: scene.Presentation{Exact: true, Recipe: "cn-only"}},
		expected: "finds the name in the common name, which it may", lacks: sip},
	{name: "misordered-chain", title: "two intermediates, the upper one before the lower one", requirement: "RF-CRT-04",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Recipe: "misordered-chain"}}, expected: "puts the chain in order"},
	{name: "unrelated-certificate", title: "a certificate in the chain that has nothing to do with it", requirement: "RF-CRT-04",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Recipe: "unrelated-certificate"}}, expected: "builds the chain without it"},
	{name: "unverified", title: "the vendor's certificate, with verification switched off",
		device: scene.Device{Levers: device.Levers{VerifyOff: true}}, expected: "works with the vendor while verification is off"},
	{name: "other-common-name", title: "the name in the subjectAltName, and another in the common name",
		vendor: scene.Vendor{Shows: scene.Presentation{Common: "voice.region.test"}}, expected: "finds the name in the subjectAltName"},
	{name: "srv-target", title: "SRV records whose target is a name that the certificate lacks", area: "identity",
		vendor: scene.Vendor{Names: scene.OtherTarget}, device: scene.Device{Needs: []device.Capability{device.CanSRV}},
		expected: "compares the domain that it wanted, not the SRV target", lacks: sip},
	{name: "by-domain", title: "the device finds the vendor's hosts by SRV records of the domain", area: "identity",
		device: scene.Device{Needs: []device.Capability{device.CanSRV}}, step: step(scene.CallDomain()),
		expected: "looks for the domain in the certificate, and not for the records' name", lacks: sip},
}

// illegal are those that a device has to refuse, beside the defects of package certs.
var illegal = []shown{
	{name: "other-proxy", title: "a host that shows the certificate of the next", area: "identity",
		vendor: scene.Vendor{Shows: scene.Presentation{Other: 1}}, lacks: hosts},
	{name: "address", title: "the device calls a host by its address", area: "identity", step: step(scene.CallAddress()), lacks: sip},
	{name: "trunk-host", title: "the device calls the customer's own name, which no certificate holds", area: "identity",
		step: step(scene.CallTrunkHost()), lacks: trunk},
	{name: "revoked-crl", title: "a certificate that is on the list it names",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Status: scene.ByList, Revoked: true}},
		rule:   judge.All(judge.RejectsRevoked(observation.ListFetched), judge.NoClearSignalling)},
	{name: "revoked-crl-known", title: "a certificate that is on the list which the device was given", requirement: "RF-CRT-05",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Status: scene.Known, Revoked: true}},
		device: scene.Device{Needs: []device.Capability{device.LeverCRL}}},
	{name: "sip-uri-mismatch", title: "a sip: URI of another domain, which goes before the DNS name", area: "identity", requirement: "ST-01",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Recipe: "sip-uri-mismatch"}}, lacks: sip},
	{name: "revoked-ocsp", title: "a certificate that is revoked, says the responder it names",
		vendor: scene.Vendor{Shows: scene.Presentation{Exact: true, Status: scene.ByResponder, Revoked: true}},
		device: scene.Device{Needs: []device.Capability{device.CanOCSP}},
		rule:   judge.All(judge.RejectsRevoked(observation.ResponderAsked), judge.NoClearSignalling)},
}

func step(s scene.Step) *scene.Step { return &s }

// What a product has to have for a case; the functions say what it lacks.
func sip(p *profile.Product) string {
	if p.HTTPS != nil {
		return "is for a product that speaks SIP"
	}
	return ""
}

func hosts(p *profile.Product) string {
	if len(p.Proxies) < 2 {
		return "is for a product with two proxies or more"
	}
	return ""
}

func trunk(p *profile.Product) string {
	if p.Trunk == nil {
		return "is for a product with a trunk"
	}
	return ""
}

// The cases whose fail explains others': a device that takes a certificate of any
// authority verifies none, and one that takes any name compares none.
const (
	verification = "unknown-ca"
	naming       = "wrong-name"
)

// everyShown are the legal ones, and those that are not after them.
var everyShown = slices.Concat(legal, illegal)

// certificates are what the vendor shows: legal, renewed, re-issued under another
// root, and with each defect.
func certificates() family {
	return family{
		id: "certificate/{case}", ways: []string{connectWay, registerWay, callOutWay, fetchWay, connectPortWay, optionsWay},
		cases: func(e *entry) []string {
			names := []string{"renewed-key", "renewed-root", "other-root", "root-not-imported"}
			for _, s := range everyShown {
				names = append(names, s.name)
			}
			return append(names, defects()...)
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			switch name {
			case "renewed-key":
				return e.renewed(name, "the same name with a new key, in the life of the device", scene.Presentation{Slot: "renewed"})
			case "renewed-root":
				return e.renewedRoot()
			case "other-root":
				return e.otherRoots(), nil
			case "root-not-imported":
				return e.rootNotImported()
			}
			for i, s := range everyShown {
				if s.name == name {
					return e.shows(s, i < len(legal))
				}
			}
			return []stimulus{e.defective(name)}, nil
		},
	}
}

// shows is a certificate or a name that is legal or not.
func (e *entry) shows(c shown, isLegal bool) ([]stimulus, error) {
	if c.lacks != nil && c.lacks(e.product) != "" {
		return nil, fmt.Errorf("the case %s %s", c.name, c.lacks(e.product))
	}
	s := stimulus{
		title: c.title, area: or(c.area, "certificate"), requirement: c.requirement, vendor: c.vendor, device: c.device, refused: !isLegal,
	}
	switch {
	case c.step != nil:
		s.script = append([]scene.Step{*c.step}, e.way.script[1:]...)
	case c.vendor.Names != 0:
		s.script = e.byDomain()
	}
	if isLegal {
		s.expected, s.rule = or(c.expected, "takes the certificate"), judge.AcceptsServer
		if c.device.Levers.VerifyOff { // the certificate is not what is asked about
			s.rule = e.way.overTLS()
		}
		return []stimulus{s}, nil
	}
	s.presumes = []string{naming, verification}
	s.expected, s.rule = e.way.refuses(c.name)
	if c.rule != nil {
		s.presumes, s.rule = []string{verification}, c.rule
	}
	if c.vendor.Shows.Status == scene.Known {
		s.presumes = []string{verification}
	}
	return []stimulus{s}, nil
}

// renewedRoot is the same name under the second root of the bundle, in the life of the device.
func (e *entry) renewedRoot() ([]stimulus, error) {
	if len(e.product.Certificate.Roots) < 2 {
		return nil, errors.New("the case renewed-root needs a second root in certificate.roots, which was announced")
	}
	next := e.product.Certificate.Roots[1]
	return e.renewed("renewed-root", "the same name under "+next.CommonName+", in the life of the device",
		scene.Presentation{Root: next.Name, Slot: "renewed"})
}

// renewed is another certificate for the same name, in the life of the device.
func (e *entry) renewed(name, title string, show scene.Presentation) ([]stimulus, error) {
	if e.way.name == fetchWay {
		return nil, fmt.Errorf("the case %s is for a product that speaks SIP", name)
	}
	s := stimulus{title: title, area: "rotation", refused: true}
	again := e.way.script[0]
	s.script = append(append([]scene.Step(nil), e.way.script...),
		scene.Renew(show), again, scene.Settle(), scene.UnlessBack(again), scene.Settle())
	s.expected, s.rule = "is served again under the new certificate", e.servedUnder(2)
	return []stimulus{s}, nil
}

// otherRoots are the leaf re-issued under each further root of the bundle.
func (e *entry) otherRoots() []stimulus {
	var all []stimulus
	for _, root := range e.product.Certificate.Roots[1:] {
		s := stimulus{title: "the leaf re-issued under " + root.CommonName, area: "rotation", slug: root.Name}
		s.vendor.Shows.Root = root.Name
		s.expected, s.rule = "takes the re-issue under another root of the bundle", judge.AcceptsServer
		all = append(all, s)
	}
	return all
}

// rootNotImported is a device that has imported every root but the one in use.
func (e *entry) rootNotImported() ([]stimulus, error) {
	if len(e.product.Certificate.Roots) < 2 {
		return nil, fmt.Errorf("root-not-imported needs a second root in certificate.roots, which the device imports instead")
	}
	s := stimulus{title: "a trust store without the vendor's root", area: "certificate", refused: true}
	s.vendor.Shows.Exact = true
	for _, root := range e.product.Certificate.Roots[1:] {
		s.device.Trusts = append(s.device.Trusts, root.Name)
	}
	s.presumes = []string{verification}
	s.expected, s.rule = e.way.refuses("unknown-root")
	return []stimulus{s}, nil
}
