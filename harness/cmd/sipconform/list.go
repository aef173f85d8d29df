package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/scenarios"
)

// listing is what `list --format json` prints.
type listing struct {
	Requirements []listedRequirement `json:"requirements"`
	Scenarios    []listedScenario    `json:"scenarios"`
}

type listedRequirement struct {
	ID            string               `json:"id"`
	Vendor        string               `json:"vendor"`
	Level         catalogue.Level      `json:"level"`
	Confidence    catalogue.Confidence `json:"confidence"`
	Title         string               `json:"title"`
	Sources       []string             `json:"sources"`
	ConflictsWith []string             `json:"conflicts_with,omitempty"`
	State         catalogue.State      `json:"state"`
	Reason        string               `json:"reason,omitempty"`
	Scenarios     []string             `json:"scenarios,omitempty"`
}

type listedScenario struct {
	ID           string   `json:"id"`
	Title        string   `json:"title"`
	Labels       []string `json:"labels"`
	Requirements []string `json:"requirements"`
	Needs        []string `json:"needs,omitempty"`
	Control      string   `json:"control,omitempty"`
	Role         string   `json:"role"`
	CoreOf       []string `json:"core_of,omitempty"` // roles of which nothing is claimed without it
}

func list(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("list", flag.ContinueOnError)
	vendors := vendorsFlag(flags)
	vendor := flags.String("vendor", "", "list only this vendor, and the requirements that its scenarios ask about")
	seeds := flags.Bool("seeds", false, "list what the vendors' documents say, sentence by sentence, and where each is exercised")
	device := flags.String("device", "", "say what certify would ask this device, and of one that is configured once how often "+
		"it is set to something else and how long that takes")
	filter := flags.String("filter", "", "with -device: a label expression, as that of certify")
	asOf := flags.String("as-of", "", "with -device: the date whose revisions are asked, YYYY-MM-DD; today if empty")
	format := flags.String("format", "text", "output format: text, json or markdown")
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() > 0 {
		return exitUsage, usage("%q is not a flag; name the vendor with -vendor", flags.Arg(0))
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	if *device != "" {
		return listCourse(ctx, known, *device, *filter, *asOf, out)
	}
	if *filter != "" || *asOf != "" {
		return exitUsage, usage("-filter and -as-of go with -device: they select what certify asks a device")
	}
	if *seeds {
		return listSeeds(known, *vendor, *format, out)
	}
	l := collect(known, *vendor)
	if len(l.Scenarios) == 0 {
		return exitUsage, usage("there is no vendor %q; there are %s", *vendor, strings.Join(names(known), ", "))
	}
	switch *format {
	case "text":
		return exitDone, l.text(out)
	case "json":
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return exitDone, encoder.Encode(l)
	case "markdown":
		return exitDone, l.markdown(out)
	}
	return exitUsage, unknownFormat(*format)
}

// unknownFormat is the error for a -format that is none.
func unknownFormat(format string) error {
	return usage("-format %q: use one of text, json, markdown", format)
}

// names returns the names of the vendors, in order.
func names(l *scenarios.Library) []string {
	var all []string
	for _, p := range l.Products {
		if !slices.Contains(all, p.Vendor) {
			all = append(all, p.Vendor)
		}
	}
	return all
}

func collect(library *scenarios.Library, vendor string) listing {
	var l listing
	exercised := make(map[string][]string)
	for _, s := range library.Scenarios {
		if vendor != "" && s.Vendor != vendor {
			continue
		}
		for _, r := range s.Requirements() {
			exercised[r] = append(exercised[r], s.ID)
		}
		l.Scenarios = append(l.Scenarios, listed(s))
	}
	for _, a := range catalogue.Coverage(library.Requirements.All(), exercised) {
		r := a.Requirement
		if vendor != "" && r.Vendor != vendor && len(a.Scenarios) == 0 {
			continue
		}
		l.Requirements = append(l.Requirements, listedRequirement{
			ID: r.ID, Vendor: r.Vendor, Level: r.Level, Confidence: r.Confidence, Title: r.Title, Sources: r.Sources,
			ConflictsWith: r.ConflictsWith, State: a.State, Reason: r.NotTestable, Scenarios: a.Scenarios,
		})
	}
	return l
}

func listed(s *plan.Scenario) listedScenario {
	one := listedScenario{ID: s.ID, Title: s.Title, Labels: s.Labels(), Requirements: s.Requirements(),
		Control: s.Control, Role: string(s.Role())}
	for _, n := range s.Needs {
		one.Needs = append(one.Needs, string(n))
	}
	for _, role := range s.CoreOf {
		one.CoreOf = append(one.CoreOf, string(role))
	}
	return one
}

func (l listing) text(out io.Writer) error {
	fmt.Fprintf(out, "%d requirements\n", len(l.Requirements))
	for _, r := range l.Requirements {
		fmt.Fprintf(out, "  %-10s %-6s %-6s %-12s %s [%s]\n", r.ID, r.Level, r.Confidence, r.State, r.Title, strings.Join(r.Sources, "; "))
		if r.Reason != "" {
			fmt.Fprintf(out, "  %-10s not on the wire: %s\n", "", r.Reason)
		}
		for _, s := range r.Scenarios {
			fmt.Fprintf(out, "  %-10s %s\n", "", s)
		}
	}
	fmt.Fprintf(out, "\n%d scenarios\n", len(l.Scenarios))
	for _, s := range l.Scenarios {
		fmt.Fprintf(out, "  %s\n      %s\n      asks %s", s.ID, s.Title, strings.Join(s.Requirements, " "))
		if len(s.Needs) > 0 {
			fmt.Fprintf(out, "; needs %s", strings.Join(s.Needs, " "))
		}
		if len(s.CoreOf) > 0 {
			fmt.Fprintf(out, "; core of %s", strings.Join(s.CoreOf, " "))
		}
		if _, err := fmt.Fprintln(out); err != nil {
			return err
		}
	}
	return nil
}

func (l listing) markdown(out io.Writer) error {
	fmt.Fprintln(out, "| requirement | level | confidence | what | sources | covered by |\n|---|---|---|---|---|---|")
	for _, r := range l.Requirements {
		covered := strings.Join(r.Scenarios, "<br>")
		if covered == "" {
			covered = r.Reason
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s |\n",
			r.ID, r.Level, r.Confidence, cell(r.Title), cell(strings.Join(r.Sources, "; ")), cell(covered))
	}
	fmt.Fprintln(out, "\n| scenario | what | asks | needs |\n|---|---|---|---|")
	for _, s := range l.Scenarios {
		_, err := fmt.Fprintf(out, "| %s | %s | %s | %s |\n",
			s.ID, cell(s.Title), strings.Join(s.Requirements, " "), strings.Join(s.Needs, " "))
		if err != nil {
			return err
		}
	}
	return nil
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
