package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/profile"
)

// ErrNothingSelected is wrapped by the error of a plan of no scenarios.
var ErrNothingSelected = errors.New("the filter selects no scenario")

// ErrTooEarly is wrapped by the error of a plan for a day before the first date of any profile that it asks about.
var ErrTooEarly = errors.New("no profile says what held on that date")

// Options says which scenarios a plan selects.
type Options struct {
	// Match reports whether the filter selects a scenario with these labels; nil
	// selects all. Filter is the same as text, for the record.
	Match  func(labels []string) bool
	Filter string
	AsOf   time.Time
}

// Plan is the scenarios of a run, in order.
type Plan struct {
	Filter    string
	Hash      string
	Scenarios []*Scenario
	// Controls are the IDs of scenarios that the filter did not select and that
	// selected ones rest on: see [Scenario.Rests].
	Controls  []string
	Revisions []Revision
	// Parts are what the scenarios are parts of, by product and then by role.
	Parts []Part
}

// Part is what a product asks of devices in one role, on the plan's day and whatever
// its filter leaves out.
type Part struct {
	Vendor, Product string
	Role            profile.Role
	// Scenarios is how many there are of the role.
	Scenarios int
	// Core are the IDs of those without which nothing can be claimed, in order. Some
	// may be of another role.
	Core []string
}

// Revision names a dated part of a product's profile that the plan asks about.
type Revision struct{ Vendor, Product, Revision string }

// New selects scenarios of the seed-era revision and of the one in force at AsOf. A
// scenario that holds in both is run once.
func New(all []*Scenario, products []*profile.Product, o Options) (*Plan, error) {
	p := &Plan{Filter: o.Filter}
	held := make(map[Revision]bool)
	for _, product := range products {
		for _, r := range []profile.Revision{product.Revisions[0], product.InForce(o.AsOf)} {
			one := Revision{product.Vendor, product.Product, r.Revision}
			if !held[one] {
				held[one] = true
				p.Revisions = append(p.Revisions, one)
			}
		}
	}
	inForce := func(s *Scenario) bool {
		return slices.ContainsFunc(s.Revisions, func(r string) bool { return held[Revision{s.Vendor, s.Product, r}] })
	}
	byID := make(map[string]*Scenario, len(all))
	chosen := make(map[string]bool)
	for _, s := range all {
		byID[s.ID] = s
		if inForce(s) && (o.Match == nil || o.Match(s.Labels())) {
			chosen[s.ID] = true
		}
	}
	if len(chosen) == 0 {
		told := append(Mistyped(all, o.Filter), "`sipconform list` shows the labels that there are")
		return nil, fmt.Errorf("%w: %q; %s", ErrNothingSelected, o.Filter, strings.Join(told, "; "))
	}
	var choose func(*Scenario)
	choose = func(s *Scenario) {
		for _, id := range s.Rests() {
			if c := byID[id]; c != nil && !chosen[id] {
				chosen[id] = true
				p.Controls = append(p.Controls, id)
				choose(c)
			}
		}
	}
	for _, s := range all {
		if inForce(s) && (o.Match == nil || o.Match(s.Labels())) {
			choose(s)
		}
	}
	for _, s := range all {
		if chosen[s.ID] {
			p.Scenarios = append(p.Scenarios, s)
		}
	}
	if err := p.begun(products, o.AsOf); err != nil {
		return nil, err
	}
	used := make(map[Revision]bool)
	for _, s := range p.Scenarios {
		for _, r := range s.Revisions {
			used[Revision{s.Vendor, s.Product, r}] = true
		}
	}
	p.Revisions = slices.DeleteFunc(p.Revisions, func(one Revision) bool { return !used[one] })
	p.Parts = parts(slices.DeleteFunc(slices.Clone(all), func(s *Scenario) bool { return !inForce(s) }), p.Scenarios)
	p.Hash = p.hash()
	return p, nil
}

// begun refuses a day before the first of which any profile of the plan tells: nobody knows what held then.
func (p *Plan) begun(products []*profile.Product, asOf time.Time) error {
	first := ""
	for _, product := range products {
		asked := slices.ContainsFunc(p.Scenarios, func(s *Scenario) bool { return s.Vendor == product.Vendor && s.Product == product.Product })
		if from := product.Revisions[0].From; asked && (first == "" || from < first) {
			first = from
		}
	}
	if day := asOf.Format(time.DateOnly); day < first {
		return fmt.Errorf("%w: %s; the first profile that is asked about begins on %s: use that date or a later one", ErrTooEarly, day, first)
	}
	return nil
}

// parts returns the parts that have one of the selected scenarios.
func parts(inForce, selected []*Scenario) []Part {
	asked := make(map[group]bool)
	var products []group
	for _, s := range selected {
		asked[s.group()] = true
		if one := (group{vendor: s.Vendor, product: s.Product}); !slices.Contains(products, one) {
			products = append(products, one)
		}
	}
	var all []Part
	for _, g := range products {
		for _, g.role = range profile.Roles() {
			if !asked[g] {
				continue
			}
			part := Part{Vendor: g.vendor, Product: g.product, Role: g.role}
			for _, s := range inForce {
				if s.Vendor != g.vendor || s.Product != g.product {
					continue
				}
				if s.Role() == g.role {
					part.Scenarios++
				}
				if slices.Contains(s.CoreOf, g.role) {
					part.Core = append(part.Core, s.ID)
				}
			}
			all = append(all, part)
		}
	}
	return all
}

// group is what scenarios have in common that ask the same role of a device at the same
// product.
type group struct {
	vendor, product string
	role            profile.Role
}

func (s *Scenario) group() group { return group{s.Vendor, s.Product, s.Role()} }

// Prior returns the scenario before each one, by ID, of those that ask the same role of a
// device at the same product: first comes what it rests on, and then the plan's order
// counts. One fault of a device is blamed in the first that shows it.
func (p *Plan) Prior() map[string]string {
	prior := make(map[string]string)
	last := make(map[group]string)
	for _, s := range p.Ordered() {
		if before, ok := last[s.group()]; ok {
			prior[s.ID] = before
		}
		last[s.group()] = s.ID
	}
	return prior
}

// Ordered returns the scenarios so that each follows those that it rests on, and in the
// plan's order otherwise.
func (p *Plan) Ordered() []*Scenario {
	byID := make(map[string]*Scenario, len(p.Scenarios))
	for _, s := range p.Scenarios {
		byID[s.ID] = s
	}
	ordered := make([]*Scenario, 0, len(p.Scenarios))
	placed := make(map[string]bool)
	var place func(*Scenario)
	place = func(s *Scenario) {
		if s == nil || placed[s.ID] {
			return
		}
		placed[s.ID] = true
		for _, id := range s.Rests() {
			place(byID[id])
		}
		ordered = append(ordered, s)
	}
	for _, s := range p.Scenarios {
		place(s)
	}
	return ordered
}

func (p *Plan) hash() string {
	h := sha256.New()
	for _, s := range p.Scenarios {
		fmt.Fprintln(h, s.ID, strings.Join(s.Labels(), " "), s.Control, strings.Join(s.Presumes, " "))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// Missing returns the capabilities that a scenario needs and a device lacks.
func Missing(s *Scenario, declared device.Capabilities) []device.Capability {
	needs := s.Needs
	if declared.Has(device.ConfiguredOnce) {
		needs = slices.Concat(needs, s.Changes)
	}
	return declared.Missing(needs...)
}

// Lint checks scenarios before any of them runs: IDs are unique and well formed,
// controls exist and form no circle, refusals have one, and every scenario asks
// something.
func Lint(all []*Scenario) error {
	var errs []error
	byID := make(map[string]*Scenario, len(all))
	for _, s := range all {
		if byID[s.ID] != nil {
			errs = append(errs, fmt.Errorf("scenario %s exists twice: rename one", s.ID))
		}
		byID[s.ID] = s
		slug := strings.Trim(s.ID, "abcdefghijklmnopqrstuvwxyz0123456789-./") == "" && fs.ValidPath(s.ID)
		if !slug || !strings.HasPrefix(s.ID, s.Vendor+"/"+s.Product+"/") {
			errs = append(errs, fmt.Errorf("scenario %s: write the ID as a slug that begins with %s/%s/", s.ID, s.Vendor, s.Product))
		}
		if len(s.Checks) == 0 || s.Run == nil || s.Title == "" || len(s.Revisions) == 0 {
			errs = append(errs, fmt.Errorf("scenario %s needs a title, revisions, a run and checks", s.ID))
		}
		for _, c := range s.Checks {
			if c.Refusal && s.Control == "" {
				errs = append(errs, fmt.Errorf("scenario %s: %s is met by a refusal, which needs a control", s.ID, c.Requirement))
			}
			if c.Expected == "" || c.Rule == nil {
				errs = append(errs, fmt.Errorf("scenario %s: the check of %s lacks a rule, or does not say what it expects", s.ID, c.Requirement))
			}
		}
	}
	for _, s := range all {
		for _, id := range s.Rests() {
			if byID[id] == nil {
				errs = append(errs, fmt.Errorf("scenario %s: it rests on %s, which does not exist", s.ID, id))
			}
		}
		if circular(s, byID) {
			errs = append(errs, fmt.Errorf("scenario %s: what it rests on leads back to it", s.ID))
		}
	}
	return errors.Join(errs...)
}

// circular reports whether a scenario rests on itself, by whatever ways. The scenarios
// of such a circle would wait for each other for ever.
func circular(s *Scenario, byID map[string]*Scenario) bool {
	seen := make(map[string]bool)
	var reaches func(*Scenario) bool
	reaches = func(from *Scenario) bool {
		return slices.ContainsFunc(from.Rests(), func(id string) bool {
			if id == s.ID {
				return true
			}
			known := seen[id]
			seen[id] = true
			return !known && byID[id] != nil && reaches(byID[id])
		})
	}
	return reaches(s)
}
