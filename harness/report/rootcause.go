package report

import (
	"cmp"
	"slices"

	"github.com/sipconform/sipconform/harness/causes"
	"github.com/sipconform/sipconform/harness/verdict"
)

// cause is what lies behind the verdicts that are not as they should be: all findings whose causes mean the same, of
// whatever product and scenario.
type cause struct {
	Slugs   []string
	Entry   *causes.Entry // what it means; nil if nothing is known of it
	Verdict verdict.Verdict
	// Hits are the scenarios in which it was found, Blocks those that it leaves inconclusive.
	Hits, Blocks []*scenario
	Products     []string // of the hits
	Waived       int      // of the hits
	Asked        []requirementHit
	Typical      judgement

	found []judgement
}

// requirementHit is a requirement that a cause misses.
type requirementHit struct {
	ID    string
	Known *asked // nil if it is not known
}

// Anchor returns the id of the card.
func (c *cause) Anchor() string { return "cause/" + c.Slugs[0] }

// Link returns the URL of the card.
func (c *cause) Link() string { return "#" + c.Anchor() }

// Filter returns the terms that find the scenarios with the cause.
func (c *cause) Filter() string {
	text := ""
	for i, slug := range c.Slugs {
		if i > 0 {
			text += " "
		}
		text += "cause:" + slug
	}
	return text
}

// Hint returns what the entry of the cause has to say in a line, which is the typical judgement's hint if it had none of its own.
func (c *cause) Hint() string {
	if c.Entry == nil {
		return ""
	}
	return c.Entry.Hint()
}

// AllWaived reports whether somebody accepts every fail of the cause.
func (c *cause) AllWaived() bool { return c.Waived > 0 && c.Waived == len(c.Hits) }

// addCauses groups what is not as it should be by its cause, the gravest and furthest reaching first. What somebody has
// waived comes after what nobody has.
func (p *page) addCauses(explained *causes.Set) {
	bySlug := make(map[string]*cause)
	byEntry := make(map[*causes.Entry]*cause)
	of := func(slug string) *cause {
		if c := bySlug[slug]; c != nil {
			return c
		}
		entry, known := explained.Lookup(slug)
		c := byEntry[entry]
		if !known || c == nil {
			c = &cause{Entry: entry}
			p.Causes = append(p.Causes, c)
		}
		if known {
			byEntry[entry] = c
		}
		bySlug[slug] = c
		c.Slugs = append(c.Slugs, slug)
		return c
	}
	for _, s := range p.Scenarios {
		for _, j := range slices.Concat(s.Findings, s.Others) {
			if wrong(s, j.Verdict) {
				of(j.Cause).hit(j)
			}
		}
	}
	for _, s := range p.Scenarios {
		if s.Blocked == nil {
			continue
		}
		c := bySlug[s.Blocked.Cause]
		if c == nil && s.Root != nil && len(s.Root.Findings) > 0 {
			c = bySlug[s.Root.Findings[0].Cause]
		}
		if c != nil {
			c.Blocks = append(c.Blocks, s)
		}
	}
	for _, c := range p.Causes {
		c.conclude()
	}
	slices.SortStableFunc(p.Causes, func(a, b *cause) int {
		return cmp.Or(accepted(a)-accepted(b), verdict.Compare(a.Verdict, b.Verdict),
			cmp.Compare(len(b.Hits)+len(b.Blocks), len(a.Hits)+len(a.Blocks)))
	})
}

// accepted sorts causes that are waived behind the others.
func accepted(c *cause) int {
	if c.AllWaived() {
		return 1
	}
	return 0
}

// wrong reports whether a judgement of a scenario is one whose cause somebody has to look into.
func wrong(s *scenario, v verdict.Verdict) bool {
	switch v {
	case verdict.Pass, verdict.Observed, verdict.NotApplicable:
		return false
	case verdict.Inconclusive:
		return s.Verdict == verdict.Inconclusive && s.Blocked == nil
	}
	return true
}

func (c *cause) hit(j judgement) {
	c.found = append(c.found, j)
	if !slices.Contains(c.Hits, j.Scenario) {
		c.Hits = append(c.Hits, j.Scenario)
		if j.Scenario.Waived != nil {
			c.Waived++
		}
	}
	if name := title(j.Scenario.Vendor) + " " + j.Scenario.Product; !slices.Contains(c.Products, name) {
		c.Products = append(c.Products, name)
	}
	known := func(r requirementHit) bool { return r.ID == j.Requirement }
	if j.Requirement != "" && !slices.ContainsFunc(c.Asked, known) {
		c.Asked = append(c.Asked, requirementHit{j.Requirement, j.Known})
	}
}

// conclude chooses the verdict, and the observation that most of the findings have.
func (c *cause) conclude() {
	often := make(map[string]int)
	all := make([]verdict.Finding, len(c.found))
	for i, j := range c.found {
		all[i] = j.Finding
	}
	c.Verdict, _ = verdict.Gravest(all)
	for _, j := range c.found {
		if verdict.Compare(j.Verdict, c.Verdict) == 0 {
			often[j.Observed]++
		}
	}
	most := 0
	for _, j := range c.found {
		if verdict.Compare(j.Verdict, c.Verdict) == 0 && often[j.Observed] > most {
			most, c.Typical = often[j.Observed], j
		}
	}
}

// CardOf returns the cause of a scenario that blocks others, nil if there is none.
func (p *page) CardOf(s *scenario) *cause {
	for _, c := range p.Causes {
		if slices.Contains(c.Hits, s) {
			return c
		}
	}
	return nil
}

// mostAsked is how many requirements a cause's card shows at once.
const mostAsked = 3

// First returns the requirements that a card shows at once, and Rest the others.
func (p *page) First(all []requirementHit) []requirementHit { return all[:min(len(all), mostAsked)] }

// Rest returns the requirements that a card shows when it is asked for more.
func (p *page) Rest(all []requirementHit) []requirementHit { return all[min(len(all), mostAsked):] }
