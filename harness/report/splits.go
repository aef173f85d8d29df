package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/harness/verdict"
)

// split is a pair of requirements that cannot both be met.
type split struct {
	Sides [2]*requirement
	Text  string
}

func (p *page) addSplits(all map[string]*requirement) {
	for _, v := range p.Vendors {
		for _, a := range v.Requirements {
			for _, id := range a.Conflicts {
				b := all[id]
				// Conflicts point both ways: the vendor's side leads.
				if b == a || slices.Contains(b.Conflicts, a.ID) && !leads(a, b) {
					continue
				}
				p.Splits = append(p.Splits, split{[2]*requirement{a, b}, describeSplit(a, b)})
			}
		}
	}
}

func leads(a, b *requirement) bool {
	return cmp.Or(cmp.Compare(standing(vendorOf(a)), standing(vendorOf(b))), cmp.Compare(a.ID, b.ID)) < 0
}

func describeSplit(a, b *requirement) string {
	missed := func(r *requirement) bool { return r.Verdict == verdict.Fail || r.Verdict == verdict.Deviation }
	met := func(r *requirement) bool { return r.Verdict == verdict.Pass }
	switch {
	case met(a) && missed(b):
		return fmt.Sprintf("The device does as %s asks, and so departs from %s.", a.ID, b.ID)
	case missed(a) && met(b):
		return fmt.Sprintf("The device does as %s asks, and so departs from %s.", b.ID, a.ID)
	case met(a) && met(b):
		return "The device met each of them, in different scenarios."
	case missed(a) && missed(b):
		return "The device met neither."
	}
	return "What the device does was not fully established."
}
