// Package scenarios is what is asked of a device: one file a subject, each
// scenario a requirement, a stimulus and what a conforming device is seen to
// do. How a scenario is staged is in stage.go; who may act how in steps.go.
package scenarios

import (
	"errors"
	"fmt"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"

	"github.com/sipconform/sipconform/harness/results"
)

// Library is everything that can be asked, with what it is asked by.
type Library struct {
	Requirements *catalogue.Catalogue
	Products     []*profile.Product
	Scenarios    []*plan.Scenario
	// NotEmulated is what this machine's TLS engines lack, for the products.
	NotEmulated []results.NotEmulated
}

// vendors maps each vendor to what writes the scenes of one of its products.
func vendors() map[string]func(*profile.Product) []scene {
	return map[string]func(*profile.Product) []scene{"twilio": twilio, "genesys": genesys, "cisco": cisco, "infobip": infobip}
}

// Load reads the embedded fixtures and builds every scenario.
func Load() (*Library, error) {
	requirements, err := catalogue.Load(fixtures.FS)
	if err != nil {
		return nil, err
	}
	products, err := profile.Load(fixtures.FS, "profiles")
	if err != nil {
		return nil, err
	}
	l := &Library{Requirements: requirements, Products: products}
	for _, p := range products {
		write, known := vendors()[p.Vendor]
		if !known {
			return nil, fmt.Errorf("scenarios: nobody writes scenes for %s", p.Vendor)
		}
		for _, s := range write(p) {
			l.Scenarios = append(l.Scenarios, s.build(p))
		}
		for _, u := range vendor.NotEmulated(p.Revisions[len(p.Revisions)-1]) {
			l.NotEmulated = append(l.NotEmulated, results.NotEmulated{Vendor: p.Vendor, Product: p.Product, What: u.What, Reason: u.Reason})
		}
	}
	for _, s := range l.Scenarios {
		l.level(s)
	}
	return l, errors.Join(plan.Lint(l.Scenarios), l.accounted())
}

// level gives a scenario the level of its gravest requirement.
func (l *Library) level(s *plan.Scenario) {
	s.Level = catalogue.May
	for _, id := range s.Requirements() {
		r, _ := l.Requirements.Lookup(id)
		if r.Binding() && (r.Level == catalogue.Must || s.Level == catalogue.May) {
			s.Level = r.Level
		}
	}
}

// Exercised maps requirement IDs to the scenarios that ask about them.
func (l *Library) Exercised() map[string][]string {
	by := make(map[string][]string)
	for _, s := range l.Scenarios {
		for _, id := range s.Requirements() {
			by[id] = append(by[id], s.ID)
		}
	}
	return by
}

// accounted checks that scenarios ask only about rows that there are.
func (l *Library) accounted() error {
	var errs []error
	for _, stray := range catalogue.Strays(l.Requirements.All(), l.Exercised()) {
		errs = append(errs, fmt.Errorf("scenarios ask about %s, which the catalogue lacks", stray))
	}
	return errors.Join(errs...)
}
