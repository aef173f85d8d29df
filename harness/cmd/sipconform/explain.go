package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/causes"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/scenarios"
)

// maxNamed is how many scenarios are named of a requirement's.
const maxNamed = 20

// explainer prints what a name of a report means.
type explainer struct {
	known   *scenarios.Library
	causes  *causes.Set
	sources catalogue.Sources
	out     io.Writer
}

func explaining(_ context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: sipconform explain [flags] CAUSE|REQUIREMENT|SCENARIO …\n"+
			"prints what a cause means and what to do about it, what a requirement asks, or what a scenario does;\n"+
			"a scenario is named by its ID, or by its label, which begins with id:")
		flags.PrintDefaults()
	}
	vendors := vendorsFlag(flags)
	if err := parse(flags, args); err != nil {
		return exitUsage, err
	}
	if flags.NArg() == 0 {
		return exitUsage, usage("name a cause, a requirement or a scenario, as the report has it: sipconform explain accepted-expired")
	}
	known, err := library(*vendors)
	if err != nil {
		return exitHarness, err
	}
	explained, err := causes.Load(fixtures.FS)
	if err != nil {
		return exitHarness, err
	}
	sources, err := catalogue.LoadSources(fixtures.FS)
	if err != nil {
		return exitHarness, err
	}
	e := explainer{known, explained, sources, out}
	for i, name := range flags.Args() {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := e.explain(name); err != nil {
			return exitUsage, err
		}
	}
	return exitDone, nil
}

// explain prints one name. A name that nothing has is an error with those that are like it.
func (e *explainer) explain(name string) error {
	if r, ok := e.known.Requirements.Lookup(strings.ToUpper(strings.TrimPrefix(name, "req:"))); ok {
		return e.requirement(r)
	}
	for _, s := range e.known.Scenarios {
		if s.ID == name || s.Label() == name {
			return e.scenario(s)
		}
	}
	if entry, ok := e.causes.Lookup(name); ok {
		return e.cause(name, entry)
	}
	const none = "there is no cause, requirement or scenario %q"
	if like := alike(name, e.names()); len(like) > 0 {
		return usage(none+"; like it are:\n  %s", name, strings.Join(like, "\n  "))
	}
	return usage(none+"; sipconform list prints requirements and scenarios", name)
}

// names are all that can be explained.
func (e *explainer) names() []string {
	all := e.causes.Causes()
	for _, r := range e.known.Requirements.All() {
		all = append(all, r.ID)
	}
	for _, s := range e.known.Scenarios {
		all = append(all, s.ID)
	}
	return all
}

// field prints one line of an explanation; nothing for an empty value.
func (e *explainer) field(name, value string) {
	if value = strings.TrimSpace(value); value != "" {
		fmt.Fprintf(e.out, "  %-11s %s\n", name, value)
	}
}

// faults says whose fault a cause is.
var faults = map[causes.Fault]string{
	causes.Device:  "the device's",
	causes.Network: "the network's",
	causes.Harness: "the harness's, or its machine's",
	causes.SetUp:   "the set-up's: of the device, or of the run",
	causes.Open:    "open: the cause alone does not tell",
}

func (e *explainer) cause(name string, entry *causes.Entry) error {
	fmt.Fprintf(e.out, "cause %s\n", name)
	e.field("means", entry.Means)
	e.field("fault", faults[entry.Fault])
	e.field("do", entry.Do)
	for _, o := range entry.Options {
		e.field("in "+o.Stack, o.Name)
	}
	others := slices.DeleteFunc(slices.Clone(entry.Causes), func(other string) bool { return other == name })
	e.field("as well", strings.Join(others, ", "))
	return nil
}

func (e *explainer) requirement(r catalogue.Requirement) error {
	fmt.Fprintf(e.out, "requirement %s: %s\n", r.ID, r.Title)
	e.field("text", r.Text)
	e.field("of", strings.Join(append([]string{r.Vendor}, r.Products...), " "))
	e.field("level", string(r.Level))
	confidence := string(r.Confidence)
	if !r.Binding() {
		confidence += ": it fails no device"
	}
	e.field("confidence", confidence)
	e.field("revisions", strings.Join(r.Revisions, ", "))
	for _, citation := range r.Sources {
		text := citation
		if s, ok := e.sources.Lookup(citation); ok && s.Title != citation {
			text += ": " + s.String()
		} else if ok {
			text = s.String() // an RFC is called what it is cited as
		}
		e.field("source", text)
	}
	e.field("conflicts", strings.Join(r.ConflictsWith, ", "))
	e.field("not tested", r.NotTestable)
	var asking []string
	for _, s := range e.known.Scenarios {
		if slices.Contains(s.Requirements(), r.ID) {
			asking = append(asking, s.ID)
		}
	}
	for _, id := range asking[:min(len(asking), maxNamed)] {
		e.field("scenario", id)
	}
	if more := len(asking) - maxNamed; more > 0 {
		e.field("", fmt.Sprintf("and %d more; certify -filter req:%s runs them all", more, r.ID))
	}
	return nil
}

func (e *explainer) scenario(s *plan.Scenario) error {
	fmt.Fprintf(e.out, "scenario %s: %s\n", s.ID, s.Title)
	for _, c := range s.Checks {
		r, _ := e.known.Requirements.Lookup(c.Requirement)
		e.field("asks", fmt.Sprintf("%s (%s): the device %s", c.Requirement, r.Level, c.Expected))
	}
	e.field("role", string(s.Role()))
	e.field("revisions", strings.Join(s.Revisions, ", "))
	var needs []string
	for _, n := range s.Needs {
		needs = append(needs, string(n))
	}
	e.field("needs", strings.Join(needs, ", "))
	e.field("control", s.Control)
	for _, id := range s.Presumes {
		e.field("presumes", id)
	}
	e.field("run it", "certify -filter "+s.Label())
	return nil
}
