// Package scene is the vocabulary in which scenarios are written, and the stage
// on which they are run: the vendor's side, the device's side, a script of steps,
// and what is asked of what was seen. It serves this module and may change.
package scene

import (
	"context"
	"slices"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// Scene is a scenario as it is written down: one literal.
type Scene struct {
	ID        string // below vendor and product
	Title     string
	Direction plan.Direction
	Area      string
	// Revisions are those that the scene is true of; nil: all of the product's.
	// The mock obeys the first.
	Revisions []string
	// Control is the ID, below vendor and product, of the same scene without the
	// planted fault; empty for a base scene.
	Control string
	// Presumes are the IDs, below vendor and product, of the scenes whose fail explains
	// one in this.
	Presumes []string

	Vendor Vendor
	Device Device
	Script []Step
	Asks   []judge.Check
}

// Vendor is how the mock is set. The zero value is the vendor as its profile has it.
type Vendor struct {
	Settings map[string]string // by name; the profile's defaults where absent
	// Suites and Groups replace those of the revision.
	Suites, Groups []uint16
	// Version is the one version of TLS that the vendor has, whatever its settings
	// say; 0 leaves it to them.
	Version uint16
	Shows   Presentation
	Names   Arrangement
	Answer  edge.AnswerFault
	// Calls says whether the vendor's calls are secure, where that is said call by call.
	Calls CallSecurity
	// Grant is the longest registration that the registrar grants, in seconds; 0
	// leaves it to the profile.
	Grant int
}

// CallSecurity is whether the calls of a vendor are secure that are secured one by one.
type CallSecurity int

// The zero value is secure calls where the vendor's setting has the device's calls
// secure.
const (
	Secured   CallSecurity = iota + 1 // with secure=true, whatever the setting says
	Unsecured                         // without
)

// Device is how the device under test is set. The zero value is the device as its
// user has configured it.
type Device struct {
	Levers device.Levers
	// Needs are capabilities that the scene needs beyond those of its levers and
	// steps.
	Needs []device.Capability
	// Enable are the SRTP suites that a device with a lever for them is set to, those
	// that it claims. One without the lever is asked as it is.
	Enable []string
	// Trusts are the names of the roots of the product's bundle that the device
	// imports; nil: all.
	Trusts []string
	// Own is how the device's own certificate differs.
	Own Own
	// OtherPort sets a device that has a lever for it to take TLS at another port than
	// 5061. One without the lever is asked as it is.
	OtherPort bool
	// WrongPassword configures a password that the vendor does not know.
	WrongPassword bool
}

// Presentation is the certificate that the mock shows. The zero value is the one
// that the profile describes.
type Presentation struct {
	Root   string // a root of the product's bundle; empty: the first
	Next   bool   // issued by the intermediate that replaces the one in use
	Slot   string // names the leaf's key; another slot is another key
	Common string // common name of the subject; empty: the first of the names
	// Exact is a certificate for the host's own name alone, in which a wildcard or a
	// second name cannot be mistaken for the planted defect.
	Exact bool
	// SIPURI is a certificate whose only alternative name is the sip: URI of the host's
	// domain.
	SIPURI  bool
	Recipe  string     // defect to plant, a name of [certs.Recipes]
	Other   int        // how many hosts further the host is whose certificate is shown
	Status  Revocation // where the device can learn whether it is revoked
	Revoked bool       // what it learns there
}

// Ask returns a check: what a conforming device is seen to do, and the rule that
// looks for it.
func Ask(requirement, expected string, rule judge.Rule) judge.Check {
	return judge.Check{Requirement: requirement, Expected: expected, Rule: rule}
}

// AskRefusal is [Ask] for a rule that a device passes by a refusal: see [judge.Check].
func AskRefusal(requirement, expected string, rule judge.Rule) judge.Check {
	return judge.Check{Requirement: requirement, Expected: expected, Rule: rule, Refusal: true}
}

// Build makes a scenario of the scene for a product.
func (s Scene) Build(p *profile.Product) *plan.Scenario {
	if s.Revisions == nil {
		for _, r := range p.Revisions {
			s.Revisions = append(s.Revisions, r.Revision)
		}
	}
	prefix := p.Vendor + "/" + p.Product + "/"
	built := &plan.Scenario{
		ID: prefix + s.ID, Title: s.Title, Vendor: p.Vendor, Product: p.Product, Revisions: s.Revisions,
		Direction: s.Direction, Area: s.Area, Needs: s.needs(p), Checks: s.Asks, Served: s.served(),
		Changes: s.Device.changes(), Configuration: s.Device.configuration,
		NoCalls: !p.TakesCalls(), Usual: s.usual(p),
		Run: func(ctx context.Context, b *bench.Bench) error { return s.run(ctx, b, p) },
	}
	if s.Control != "" {
		built.Control = prefix + s.Control
	}
	for _, step := range s.Script {
		built.Idle += step.idle
	}
	for _, id := range s.Presumes {
		built.Presumes = append(built.Presumes, prefix+id)
	}
	return built
}

// asked are what devices do at a vendor, with the method of the request.
var asked = map[device.Capability]string{device.CanRegister: "REGISTER", device.CanCall: "INVITE"}

// served asks that what a scene is about came to pass: a device that only registers has
// not shown that it takes calls, and one that refuses every offer refuses the faulty
// one too.
func (s Scene) served() judge.Rule {
	switch s.Direction {
	case plan.Register:
		return judge.Registered
	case plan.FromVendor:
		return judge.Answered
	case plan.HTTPS:
		return judge.Fetched
	}
	switch {
	case s.does(device.CanConnect):
		return judge.Connected
	case s.does(device.CanOptions) && !s.does(device.CanCall) && !s.does(device.CanRegister):
		return judge.OverTLS("OPTIONS", judge.Did("OPTIONS"))
	}
	return judge.Did("INVITE")
}

// does tells whether a step of the script needs a capability.
func (s Scene) does(can device.Capability) bool {
	return slices.ContainsFunc(s.Script, func(step Step) bool { return slices.Contains(step.needs, can) })
}

// needs are the capabilities of levers, device and steps, and those that the vendor
// asks for where the device comes to it: each once.
func (s Scene) needs(p *profile.Product) []device.Capability {
	needs := append(s.Device.Levers.Needs(), s.Device.Needs...)
	for _, step := range s.Script {
		needs = append(needs, step.needs...)
		if p.MutualAt(step.port) {
			needs = append(needs, device.CanIdentify)
		}
	}
	for can, method := range asked {
		if !slices.Contains(needs, can) {
			continue
		}
		if p.MutualAt(profile.SIPSPort) {
			needs = append(needs, device.CanIdentify)
		}
		if s.challenged(p, method) {
			needs = append(needs, device.CanDigest)
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// challenged tells whether the vendor asks for credentials before it serves a
// request of that method.
func (s Scene) challenged(p *profile.Product, method string) bool {
	for _, revision := range s.Revisions {
		r, err := p.Named(revision)
		if err != nil {
			continue
		}
		facts, err := p.SettingValues(r, s.Vendor.Settings)
		if err != nil || facts[vendor.Digest] == profile.Off {
			continue // what is wrong with a setting is said where the scene is made
		}
		facts[profile.FactCredentials] = "none"
		if slices.ContainsFunc(r.Refusals, func(r profile.Refusal) bool { return r.Challenge && r.Matches(method, facts) }) {
			return true
		}
	}
	return false
}
