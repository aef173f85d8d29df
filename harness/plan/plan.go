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
	// selected ones have as their control.
	Controls  []string
	Revisions []Revision
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
		return nil, fmt.Errorf("%w: %q; `sipconform list` shows the labels that there are", ErrNothingSelected, o.Filter)
	}
	for _, s := range all {
		for c := byID[s.Control]; chosen[s.ID] && c != nil && !chosen[c.ID]; c = byID[c.Control] {
			chosen[c.ID] = true
			p.Controls = append(p.Controls, c.ID)
		}
	}
	for _, s := range all {
		if chosen[s.ID] {
			p.Scenarios = append(p.Scenarios, s)
		}
	}
	used := make(map[Revision]bool)
	for _, s := range p.Scenarios {
		for _, r := range s.Revisions {
			used[Revision{s.Vendor, s.Product, r}] = true
		}
	}
	p.Revisions = slices.DeleteFunc(p.Revisions, func(one Revision) bool { return !used[one] })
	p.Hash = p.hash()
	return p, nil
}

func (p *Plan) hash() string {
	h := sha256.New()
	for _, s := range p.Scenarios {
		fmt.Fprintln(h, s.ID, strings.Join(s.Labels(), " "), s.Control)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// Missing returns the capabilities that a scenario needs and the device lacks.
func Missing(s *Scenario, d device.Device) []device.Capability {
	return d.Capabilities().Missing(s.Needs...)
}

// Lint checks scenarios before any of them runs: IDs are unique and well formed,
// controls exist and form no circle, and every scenario asks something.
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
			if c.Expected == "" || c.Rule == nil {
				errs = append(errs, fmt.Errorf("scenario %s: the check of %s lacks a rule, or does not say what it expects", s.ID, c.Requirement))
			}
		}
	}
	for _, s := range all {
		control := byID[s.Control]
		switch {
		case s.Control == "":
		case control == nil:
			errs = append(errs, fmt.Errorf("scenario %s: its control %s does not exist", s.ID, s.Control))
		case s.Control == s.ID:
			errs = append(errs, fmt.Errorf("scenario %s is its own control", s.ID))
		case circular(s, byID):
			errs = append(errs, fmt.Errorf("scenario %s: its controls lead back to it", s.ID))
		}
	}
	return errors.Join(errs...)
}

// circular reports whether a scenario is among the controls of its control. The
// scenarios of such a circle would wait for each other for ever.
func circular(s *Scenario, byID map[string]*Scenario) bool {
	c := byID[s.Control]
	for range byID { // a path without a circle is not longer
		if c == nil || c.Control == "" {
			return false
		}
		if c = byID[c.Control]; c == s {
			return true
		}
	}
	return false // it leads into a circle without being part of it
}
