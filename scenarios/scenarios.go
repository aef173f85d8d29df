// Package scenarios is the registry of everything that a device can be asked, and
// the way in for Go programs. [Load] builds the scenarios, [Prepare] plans a run of
// some of them, and [Test] makes each a subtest.
//
// The package is there to be imported. Package scene holds the vocabulary that
// scenarios are written in, package chapter the families that any vendor can have,
// and a package for each vendor what only that vendor asks.
package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/chapter"
	"github.com/sipconform/sipconform/scenarios/cisco"
	"github.com/sipconform/sipconform/scenarios/genesys"
	"github.com/sipconform/sipconform/scenarios/infobip"
	"github.com/sipconform/sipconform/scenarios/twilio"
)

// Library is every requirement, product and scenario.
type Library struct {
	Requirements *catalogue.Catalogue
	Products     []*profile.Product
	Scenarios    []*plan.Scenario
	// NotEmulated is what this machine's TLS engines cannot do, by product.
	NotEmulated []results.NotEmulated
}

// Labels returns the labels of a scenario, nil for one that the library does not have.
func (l *Library) Labels(scenario string) []string {
	for _, s := range l.Scenarios {
		if s.ID == scenario {
			return s.Labels()
		}
	}
	return nil
}

// own returns the chapters of the vendors' packages.
func own() chapter.Own {
	all := make(chapter.Own)
	for _, chapters := range []chapter.Own{cisco.Chapters(), genesys.Chapters(), infobip.Chapters(), twilio.Chapters()} {
		maps.Copy(all, chapters)
	}
	return all
}

// Load builds every scenario of the embedded vendors, and of the vendors in more: file
// systems with *.yaml in the folders profiles and requirements.
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
	l := &Library{Products: products}
	if err := l.read(systems); err != nil {
		return nil, err
	}
	for _, p := range products {
		for _, u := range vendor.NotEmulated(p.Revisions[len(p.Revisions)-1]) {
			l.NotEmulated = append(l.NotEmulated, results.NotEmulated{Vendor: p.Vendor, Product: p.Product, What: u.What, Reason: u.Reason})
		}
	}
	for _, s := range l.Scenarios {
		l.level(s)
	}
	return l, errors.Join(plan.Lint(l.Scenarios), l.accounted(), l.core())
}

// read reads the requirements and writes the scenarios of every product, all at once: none of them needs another.
func (l *Library) read(systems []fs.FS) error {
	written := make([][]*plan.Scenario, len(l.Products))
	errs := make([]error, 1+len(l.Products))
	var all sync.WaitGroup
	all.Go(func() { l.Requirements, errs[0] = catalogue.Load(catalogue.VendorsOf(l.Products), systems...) })
	for i, p := range l.Products {
		all.Go(func() { written[i], errs[1+i] = write(p) })
	}
	all.Wait()
	l.Scenarios = slices.Concat(written...)
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// write returns the scenarios of a product.
func write(p *profile.Product) ([]*plan.Scenario, error) {
	scenes, err := chapter.Write(p, own())
	if err != nil {
		return nil, err
	}
	all := make([]*plan.Scenario, len(scenes))
	for i, s := range scenes {
		all[i] = s.Build(p)
	}
	return all, nil
}

// core tells each scenario of level must the roles that it is core of. Where a profile
// names no core of a role, every such scenario of the role is.
func (l *Library) core() error {
	var errs []error
	for _, p := range l.Products {
		for _, s := range l.Scenarios {
			if s.Vendor == p.Vendor && s.Product == p.Product && s.Level == catalogue.Must && p.CoreOf(s.Role()) == nil {
				s.CoreOf = append(s.CoreOf, s.Role())
			}
		}
		for _, c := range p.Core {
			for i, pattern := range c.Scenarios {
				if !l.mark(p.Vendor+"/"+p.Product+"/"+pattern, c.Role) {
					const what = "%s:%d: the core of %q names %s, which is no scenario of level must"
					errs = append(errs, fmt.Errorf(what, p.File, c.Lines[i], c.Role, pattern))
				}
			}
		}
	}
	return errors.Join(errs...)
}

// mark adds a role to the scenarios of level must that a pattern matches, and reports
// whether there are any. The profile was checked, so that the pattern is one.
func (l *Library) mark(pattern string, role profile.Role) bool {
	any := false
	fixed := pattern // as far as it has one meaning, which tells most scenarios apart
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		fixed = pattern[:i]
	}
	for _, s := range l.Scenarios {
		if s.Level != catalogue.Must || !strings.HasPrefix(s.ID, fixed) {
			continue
		}
		if matches, _ := path.Match(pattern, s.ID); matches {
			any = true
			if !slices.Contains(s.CoreOf, role) {
				s.CoreOf = append(s.CoreOf, role)
			}
		}
	}
	return any
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

// place returns where a profile names a requirement, such as "profiles/x.yaml:12: ". It
// is empty if none does.
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

// accounted checks that scenarios ask only about requirements that exist.
func (l *Library) accounted() error {
	var errs []error
	for _, stray := range catalogue.Strays(l.Requirements.All(), l.Exercised()) {
		errs = append(errs, fmt.Errorf("%sscenarios ask about %s, which no file of requirements has", l.place(stray), stray))
	}
	return errors.Join(errs...)
}
