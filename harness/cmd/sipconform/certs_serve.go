package main

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/certfiles"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/scenarios/chapter"
)

// serves returns what the scenarios of a product ask by means of a certificate. For a defect that none of them plants, it is the
// requirement of an RFC that the defect breaks.
func serves(p *profile.Product, name string, all []*plan.Scenario) certfiles.Service {
	var s certfiles.Service
	for _, c := range p.Chapters {
		for _, row := range c.Rows {
			for _, planted := range row.Case {
				slug, is := plants(&c, &row, planted, name)
				if !is {
					continue
				}
				id := p.Vendor + "/" + p.Product + "/" + strings.ReplaceAll(form(&c, &row), "{case}", slug)
				if i := slices.IndexFunc(all, func(s *plan.Scenario) bool { return s.ID == id }); i >= 0 {
					s.Scenarios = append(s.Scenarios, id)
					s.Requirements = append(s.Requirements, requirements(&row, all[i])...)
				}
			}
		}
	}
	if _, defect := certs.RecipeByName(name); defect && len(s.Requirements) == 0 {
		if r := chapter.Breaks(name, p.HTTPS == nil); r != "" {
			s.Requirements = []string{r}
		}
	}
	return certfiles.Service{Requirements: sorted(s.Requirements), Scenarios: sorted(s.Scenarios)}
}

func sorted(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// form is how the IDs of a row's scenarios are made.
func form(c *profile.Chapter, row *profile.Row) string {
	switch {
	case row.ID != "":
		return row.ID
	case c.ID != "":
		return c.ID
	case c.Chapter == "device-certificate":
		return "call-listener/{case}"
	}
	return "certificate/{case}"
}

// requirements are those that a row names; those of its scenario if it leaves them to the case.
func requirements(row *profile.Row, s *plan.Scenario) []string {
	if len(row.Requirement) > 0 {
		return row.Requirement
	}
	return s.Requirements()
}

// revocations are the cases that show a revoked leaf, by how the device learns of it.
var revocations = []string{"revoked-crl", "revoked-crl-known", "revoked-ocsp"}

// plants tells whether a case of a row shows the certificate of that name, and what stands for the case in IDs.
func plants(c *profile.Chapter, row *profile.Row, planted, name string) (slug string, is bool) {
	if c.Chapter == "device-certificate" {
		return planted, planted == "certificate" && name == "device"
	}
	wildcard := slices.Contains(row.Ask, "refuses-wildcard")
	switch {
	case c.Chapter != "certificates":
		return "", false
	case planted == "as-configured":
		return planted, wildcard && name == "wildcard" || !wildcard && name == planted
	case planted == "other-root":
		slug, is = strings.CutPrefix(name, "root-")
		return slug, is
	case slices.Contains(revocations, planted):
		return planted, name == "revoked"
	}
	return planted, planted == name
}
