// Package scenarios is what is asked of a device: one file a subject, each
// scenario a requirement, a stimulus and what a conforming device is seen to
// do. How a scenario is staged is in stage.go; who may act how in steps.go.
package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/chapter"
	"github.com/sipconform/sipconform/scenarios/cisco"
	"github.com/sipconform/sipconform/scenarios/genesys"
	"github.com/sipconform/sipconform/scenarios/infobip"
	"github.com/sipconform/sipconform/scenarios/twilio"

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

// own are the chapters that vendors' packages write.
func own() chapter.Own {
	all := make(chapter.Own)
	for _, chapters := range []chapter.Own{cisco.Chapters(), genesys.Chapters(), infobip.Chapters(), twilio.Chapters()} {
		maps.Copy(all, chapters)
	}
	return all
}

// Load reads the embedded fixtures and builds every scenario.
func Load(more ...fs.FS) (*Library, error) {
	systems := append([]fs.FS{fixtures.FS}, more...)
	var products []*profile.Product
	for _, fsys := range systems {
		found, err := profile.Load(fsys, "profiles")
		if err != nil {
			return nil, err
		}
		products = append(products, found...)
	}
	requirements, err := catalogue.Load(vendors(products), systems...)
	if err != nil {
		return nil, err
	}
	l := &Library{Requirements: requirements, Products: products}
	for _, p := range products {
		scenes, err := chapter.Write(p, own())
		if err != nil {
			return nil, err
		}
		for _, s := range scenes {
			l.Scenarios = append(l.Scenarios, s.Build(p))
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

// vendors are those whose products these are, in the order of their profiles.
func vendors(products []*profile.Product) []catalogue.Vendor {
	var all []catalogue.Vendor
	for _, p := range products {
		i := slices.IndexFunc(all, func(v catalogue.Vendor) bool { return v.Name == p.Vendor && v.Prefix == p.Prefix })
		if i < 0 {
			place := fmt.Sprintf("%s:%d", p.File, p.PrefixLine)
			all, i = append(all, catalogue.Vendor{Name: p.Vendor, Prefix: p.Prefix, Place: place}), len(all)
		}
		all[i].Products = append(all[i].Products, p.Product)
	}
	return all
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

// place is where a profile names a requirement, such as "profiles/x.yaml:12: ";
// empty where none does.
func (l *Library) place(requirement string) string {
	for _, p := range l.Products {
		for _, c := range p.Chapters {
			for _, r := range c.Rows {
				if slices.Contains(r.Requirement, requirement) {
					return fmt.Sprintf("%s:%d: ", p.File, r.Line)
				}
			}
		}
	}
	return ""
}

// accounted checks that scenarios ask only about rows that there are.
func (l *Library) accounted() error {
	var errs []error
	for _, stray := range catalogue.Strays(l.Requirements.All(), l.Exercised()) {
		errs = append(errs, fmt.Errorf("%sscenarios ask about %s, which no file of requirements has", l.place(stray), stray))
	}
	return errors.Join(errs...)
}
