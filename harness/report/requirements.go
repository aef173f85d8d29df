package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
)

// requirement is one row of the page's section on requirements.
type requirement struct {
	ID    string
	Known *asked // nil if it is not known
	// Verdict is the gravest of its judgements; empty if there are only remarks.
	Verdict   verdict.Verdict
	Counts    []cell // those that are not zero
	Judged    []judgement
	Remarked  []judgement
	Conflicts []string // the run's requirements that contradict it
}

// Decisive returns up to three of the judgements that gave the requirement its verdict.
func (r *requirement) Decisive() []judgement {
	var all []judgement
	for _, j := range r.Judged {
		if j.Verdict == r.Verdict && len(all) < 3 {
			all = append(all, j)
		}
	}
	return all
}

// Unmet returns the judgements that are not passes, the gravest first.
func (r *requirement) Unmet() []judgement {
	unmet := slices.DeleteFunc(slices.Clone(r.Judged), func(j judgement) bool { return j.Verdict == verdict.Pass })
	slices.SortStableFunc(unmet, func(a, b judgement) int { return verdict.Compare(a.Verdict, b.Verdict) })
	return unmet
}

// Met returns the passes.
func (r *requirement) Met() []judgement {
	return slices.DeleteFunc(slices.Clone(r.Judged), func(j judgement) bool { return j.Verdict != verdict.Pass })
}

type vendor struct {
	Name         string
	Requirements []*requirement
	Counts       []cell
}

type unexercised struct {
	Reason       string
	Requirements []*asked
}

// requirements returns the requirements that the run judged or remarked on, by ID.
func (p *page) requirements() map[string]*requirement {
	all := make(map[string]*requirement)
	of := func(id string) *requirement {
		r := all[id]
		if r == nil {
			r = &requirement{ID: id, Known: p.asked[id]}
			all[id] = r
		}
		return r
	}
	for _, s := range p.Scenarios {
		for _, f := range judgements(s.Result) {
			r := of(f.Requirement)
			r.Judged = append(r.Judged, judgement{f, s, r.Known})
		}
		for _, f := range s.Remarks {
			r := of(f.Requirement)
			r.Remarked = append(r.Remarked, judgement{f, s, r.Known})
		}
	}
	for _, r := range all {
		cells := noCells()
		findings := make([]verdict.Finding, len(r.Judged))
		for i, j := range r.Judged {
			findings[i] = j.Finding
			tally(cells, j.Verdict)
		}
		r.Counts = filled(cells)
		if len(findings) > 0 {
			r.Verdict, _ = verdict.Gravest(findings)
		}
		if r.Known != nil {
			for _, id := range r.Known.ConflictsWith {
				if all[id] != nil {
					r.Conflicts = append(r.Conflicts, id)
				}
			}
		}
	}
	return all
}

// vendorOf returns a requirement's vendor: by the catalogue, or else by the prefix of
// the ID.
func vendorOf(r *requirement) string {
	if r.Known != nil {
		return r.Known.Vendor
	}
	prefix, _, _ := strings.Cut(r.ID, "-")
	return prefix
}

func (p *page) addVendors(all map[string]*requirement) {
	byName := make(map[string][]*requirement)
	for _, r := range all {
		name := vendorOf(r)
		byName[name] = append(byName[name], r)
	}
	for name, list := range byName {
		slices.SortFunc(list, func(a, b *requirement) int { return cmp.Compare(a.ID, b.ID) })
		cells := noCells()
		for _, r := range list {
			tally(cells, r.Verdict)
		}
		p.Vendors = append(p.Vendors, vendor{name, list, filled(cells)})
	}
	slices.SortFunc(p.Vendors, func(a, b vendor) int {
		return cmp.Or(cmp.Compare(standing(a.Name), standing(b.Name)), cmp.Compare(a.Name, b.Name))
	})
}

// standing sorts vendors before the standards, which hold for all of them.
func standing(vendor string) int { return slices.Index([]string{"rfc", "stack"}, vendor) }

func (p *page) addNotExercised(all map[string]*requirement) {
	var notTestable, low, left []*asked
	for id, r := range p.asked {
		switch {
		case all[id] != nil, p.Unsolicited != "" && r.Vendor != p.Run.Unsolicited.Vendor && standing(r.Vendor) < 0: // another vendor's
		case r.NotTestable != "":
			notTestable = append(notTestable, r)
		case !r.Binding():
			low = append(low, r)
		default:
			left = append(left, r)
		}
	}
	leftOut := "No scenario of this plan asks for them"
	if p.Unsolicited != "" {
		leftOut = "Not asked: what was seen does not show them, and nothing was planted"
	}
	if f := p.Run.Plan.Filter; f != "" {
		leftOut += " (filter: " + f + ")"
	}
	for _, group := range []unexercised{
		{leftOut, left},
		{"Cannot be seen on the wire", notTestable},
		{"Not known well enough to judge a device by", low},
	} {
		if len(group.Requirements) > 0 {
			slices.SortFunc(group.Requirements, func(a, b *asked) int { return cmp.Compare(a.ID, b.ID) })
			p.NotExercised = append(p.NotExercised, group)
		}
	}
}
