package chapter

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// legal are certificates and names that a device has to take.
var legal = []struct {
	name, title, area string
	vendor            scene.Vendor
	device            scene.Device
	step              *scene.Step // instead of the way's first
	expected          string
}{
	{name: "as-configured", title: "the certificate that the vendor shows"},
	{name: "unverified", title: "the vendor's certificate, with verification switched off",
		device: scene.Device{Levers: device.Levers{VerifyOff: true}}, expected: "works with the vendor while verification is off"},
	{name: "other-common-name", title: "the name in the subjectAltName, and another in the common name",
		vendor: scene.Vendor{Shows: scene.Presentation{Common: "voice.region.test"}}, expected: "finds the name in the subjectAltName"},
	{name: "srv-target", title: "SRV records whose target is a name that the certificate lacks", area: "identity",
		vendor: scene.Vendor{Names: scene.OtherTarget}, device: scene.Device{Needs: []device.Capability{device.CanSRV}},
		expected: "compares the domain that it wanted, not the SRV target"},
	{name: "by-domain", title: "the device finds the vendor's hosts by SRV records of the domain", area: "identity",
		device: scene.Device{Needs: []device.Capability{device.CanSRV}}, step: step(scene.CallDomain()),
		expected: "looks for the domain in the certificate, and not for the records' name"},
}

func step(s scene.Step) *scene.Step { return &s }

// illegal are certificates and names that a device has to refuse, beside the
// defects of package certs.
var illegal = []struct {
	name, title, area string
	vendor            scene.Vendor
	device            scene.Device
	step              *scene.Step
	rule              judge.Rule // nil: the way's, for the case
}{
	{name: "other-proxy", title: "a host that shows the certificate of the next", area: "identity",
		vendor: scene.Vendor{Shows: scene.Presentation{Other: 1}}},
	{name: "address", title: "the device calls a host by its address", area: "identity", step: step(scene.CallAddress())},
	{name: "trunk-host", title: "the device calls the customer's own name, which no certificate holds", area: "identity",
		step: step(scene.CallTrunkHost())},
	{name: "revoked-crl", title: "a certificate that is on the list it names",
		vendor: scene.Vendor{Shows: scene.Presentation{Revoked: scene.ByList}},
		rule:   judge.All(judge.RejectsRevoked(observation.ListFetched), judge.NoClearSignalling)},
	{name: "revoked-ocsp", title: "a certificate that is revoked, says the responder it names",
		vendor: scene.Vendor{Shows: scene.Presentation{Revoked: scene.ByResponder}},
		device: scene.Device{Needs: []device.Capability{device.CanOCSP}},
		rule:   judge.All(judge.RejectsRevoked(observation.ResponderAsked), judge.NoClearSignalling)},
}

// certificates are what the vendor shows: legal, renewed, re-issued under another
// root, and with each defect.
func certificates() family {
	return family{
		id: "certificate/{case}", way: connectWay,
		cases: func(e *entry) []string {
			names := []string{"renewed-key", "other-root", "root-not-imported"}
			for _, l := range legal {
				names = append(names, l.name)
			}
			for _, i := range illegal {
				names = append(names, i.name)
			}
			for _, r := range certs.Recipes() {
				names = append(names, r.Name)
			}
			return names
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			switch name {
			case "renewed-key":
				return []stimulus{e.renewed()}, nil
			case "other-root":
				return e.otherRoots(), nil
			case "root-not-imported":
				return e.rootNotImported()
			}
			for _, l := range legal {
				if l.name == name {
					return []stimulus{{
						title: l.title, area: or(l.area, "certificate"), vendor: l.vendor, device: l.device, script: e.beginning(l.step),
						expected: or(l.expected, "is served"), rule: e.way.served,
					}}, nil
				}
			}
			for _, i := range illegal {
				if i.name == name {
					s := stimulus{title: i.title, area: or(i.area, "certificate"), refused: true,
						vendor: i.vendor, device: i.device, script: e.beginning(i.step)}
					s.expected, s.rule = e.way.refuses(name)
					if i.rule != nil {
						s.rule = i.rule
					}
					return []stimulus{s}, nil
				}
			}
			return []stimulus{e.defective(name)}, nil
		},
	}
}

// beginning is the way's script with another first step; nil if there is none.
func (e *entry) beginning(first *scene.Step) []scene.Step {
	if first == nil {
		return nil
	}
	return append([]scene.Step{*first}, e.way.script[1:]...)
}

// defective is a certificate with one defect.
func (e *entry) defective(recipe string) stimulus {
	r, _ := certs.RecipeByName(recipe)
	s := stimulus{title: "a defective certificate: " + strings.TrimSuffix(r.Defect, "."), area: "certificate", refused: true}
	s.vendor.Shows.Recipe = recipe
	s.expected, s.rule = e.way.refuses(recipe)
	return s
}

// renewed is the same name with a new key, in the life of the device.
func (e *entry) renewed() stimulus {
	s := stimulus{title: "the same name with a new key, in the life of the device", area: "rotation", refused: true}
	again := e.way.script[0]
	s.script = append(append([]scene.Step(nil), e.way.script...),
		scene.Renew(scene.Presentation{Slot: "renewed"}), again, scene.Settle(), scene.UnlessBack(again), scene.Settle())
	s.expected, s.rule = "does not pin the leaf", e.servedUnder(2)
	return s
}

// otherRoots are the leaf re-issued under each further root of the bundle.
func (e *entry) otherRoots() []stimulus {
	var all []stimulus
	for _, root := range e.product.Certificate.Roots[1:] {
		s := stimulus{title: "the leaf re-issued under " + root.CommonName, area: "rotation", slug: root.Name}
		s.vendor.Shows.Root = root.Name
		s.expected, s.rule = "takes the re-issue under another root of the bundle", e.way.served
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
	for _, root := range e.product.Certificate.Roots[1:] {
		s.device.Trusts = append(s.device.Trusts, root.Name)
	}
	s.expected, s.rule = e.way.refuses("unknown-root")
	return []stimulus{s}, nil
}
