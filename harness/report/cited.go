package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/catalogue"
)

// cited returns the sources of the requirements on the page, in the order of their citations. RFCs, which are called what they
// are cited as, are left out, and so is what sources.yaml does not have.
func (p *page) cited(sources catalogue.Sources) []catalogue.Source {
	var all []catalogue.Source
	seen := make(map[string]bool)
	add := func(id string) {
		for _, citation := range p.cites(id) {
			if s, ok := sources[citation]; ok && !seen[citation] {
				seen[citation] = true
				all = append(all, s)
			}
		}
	}
	for _, r := range p.Run.Results {
		for _, f := range slices.Concat(judgements(&r), r.Remarks) {
			add(f.Requirement)
		}
	}
	for _, group := range p.NotExercised {
		for _, r := range group.Requirements {
			add(r.ID)
		}
	}
	slices.SortFunc(all, func(a, b catalogue.Source) int {
		return cmp.Or(strings.Compare(kindOf(a), kindOf(b)), cmp.Compare(len(a.Citation), len(b.Citation)),
			strings.Compare(a.Citation, b.Citation))
	})
	return all
}

// cites returns the citations of a requirement.
func (p *page) cites(id string) []string {
	if a := p.asked[id]; a != nil {
		return a.Sources
	}
	return nil
}

// kindOf is what a citation begins with, and for a vendor's document the vendor's letter: "doc T".
func kindOf(s catalogue.Source) string { return strings.TrimRight(s.Citation, "0123456789") }
