package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/verdict"
)

// shelf has the scenarios of one product.
type shelf struct {
	Vendor, Product string
	Areas           []*areaGroup
	Counts          []cell
}

// Anchor returns the id of the shelf's heading.
func (s *shelf) Anchor() string { return "product/" + s.Vendor + "/" + s.Product }

// Link returns the URL of the shelf's place on the page.
func (s *shelf) Link() string { return "#" + s.Anchor() }

// Filter returns the terms that find the shelf's scenarios.
func (s *shelf) Filter() string { return "vendor:" + s.Vendor + " product:" + s.Product }

// areaGroup has the scenarios of one product in one area, in the plan's order.
type areaGroup struct {
	Shelf     *shelf
	Area      string
	Scenarios []*scenario
	Counts    []cell
}

// Anchor returns the id of the group.
func (g *areaGroup) Anchor() string {
	return "group/" + g.Shelf.Vendor + "/" + g.Shelf.Product + "/" + g.Area
}

// Link returns the URL of the group's place on the page.
func (g *areaGroup) Link() string { return "#" + g.Anchor() }

// Filter returns the terms that find the group's scenarios.
func (g *areaGroup) Filter() string { return g.Shelf.Filter() + " area:" + g.Area }

// Gravest returns the count of the gravest verdict of the group, what did not apply or was only observed left out
// unless there is nothing else.
func (g *areaGroup) Gravest() cell {
	silent := func(v verdict.Verdict) bool { return v == verdict.Observed || v == verdict.NotApplicable }
	if len(g.Counts) == 0 { // the verdicts are words of another version
		return cell{verdict.Error, len(g.Scenarios)}
	}
	return slices.MinFunc(g.Counts, func(a, b cell) int {
		switch {
		case silent(a.Verdict) == silent(b.Verdict):
			return verdict.Compare(a.Verdict, b.Verdict)
		case silent(a.Verdict):
			return 1
		}
		return -1
	})
}

// Words counts the group's verdicts.
func (g *areaGroup) Words() string {
	var parts []string
	for _, c := range g.Counts {
		parts = append(parts, fmt.Sprintf("%d %s", c.N, c.Verdict))
	}
	return strings.Join(parts, ", ")
}

// Labels returns the terms by which the scenario is found, those of its group left out.
func (s *scenario) Labels() string {
	all := []string{
		"verdict:" + string(s.Verdict), "level:" + s.Level, "role:" + s.Role, "direction:" + s.Direction, "id:" + s.Scenario, "cause:" + s.Cause,
	}
	for _, id := range s.Requirements {
		all = append(all, "req:"+id)
	}
	for _, j := range slices.Concat(s.Findings, s.Others) {
		if wrong(s, j.Verdict) && j.Cause != s.Cause {
			all = append(all, "cause:"+j.Cause)
		}
	}
	if s.Blocked != nil {
		all = append(all, "blocked:"+s.Blocked.Cause)
	}
	if s.Change != nil {
		all = append(all, "change:"+s.Change.Mark)
	}
	if s.Waived != nil {
		all = append(all, "waived:yes")
	}
	for i, label := range all {
		all[i] = strings.ReplaceAll(label, " ", "_")
	}
	return strings.Join(all, " ")
}

var areas = catalogue.Areas()

// shelve puts scenarios on shelves: by product in the order of the plan, and by area.
func shelve(all []*scenario) []*shelf {
	var shelves []*shelf
	for _, s := range all {
		at := slices.IndexFunc(shelves, func(h *shelf) bool { return h.Vendor == s.Vendor && h.Product == s.Product })
		if at < 0 {
			at = len(shelves)
			shelves = append(shelves, &shelf{Vendor: s.Vendor, Product: s.Product})
		}
		h := shelves[at]
		in := slices.IndexFunc(h.Areas, func(g *areaGroup) bool { return g.Area == s.Area })
		if in < 0 {
			in = len(h.Areas)
			h.Areas = append(h.Areas, &areaGroup{Shelf: h, Area: s.Area})
		}
		h.Areas[in].Scenarios = append(h.Areas[in].Scenarios, s)
	}
	for _, h := range shelves {
		all := noCells()
		for _, g := range h.Areas {
			own := noCells()
			for _, s := range g.Scenarios {
				tally(own, s.Verdict)
				tally(all, s.Verdict)
			}
			g.Counts = filled(own)
		}
		h.Counts = filled(all)
		slices.SortStableFunc(h.Areas, func(a, b *areaGroup) int { return byArea(a.Area, b.Area) })
	}
	return shelves
}

// byArea sorts areas that are not known behind the others.
func byArea(a, b string) int {
	place := func(area string) int {
		if i := slices.Index(areas, area); i >= 0 {
			return i
		}
		return len(areas)
	}
	return cmp.Or(place(a)-place(b), cmp.Compare(a, b))
}

// grid is a table of verdicts, with a row for each product and a column for each area.
type grid struct {
	Areas []string
	Rows  []gridRow
}

type gridRow struct {
	Shelf *shelf
	Cells []*areaGroup // nil where the product has nothing in the area
}

func newGrid(shelves []*shelf) grid {
	var g grid
	for _, h := range shelves {
		for _, a := range h.Areas {
			if !slices.Contains(g.Areas, a.Area) {
				g.Areas = append(g.Areas, a.Area)
			}
		}
	}
	slices.SortFunc(g.Areas, byArea)
	for _, h := range shelves {
		row := gridRow{h, make([]*areaGroup, len(g.Areas))}
		for _, a := range h.Areas {
			row.Cells[slices.Index(g.Areas, a.Area)] = a
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}
