// Package sarif writes a run in SARIF 2.1.0, the format in which code hosts take what tools have found: a rule for each
// requirement that a device missed, and a result for each scenario in which it did.
//
// The package serves this module and may change.
package sarif

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/causes"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// The format, and where its schema is.
const (
	version = "2.1.0"
	schema  = "https://json.schemastore.org/sarif-2.1.0.json"
)

// Options say what the results do not.
type Options struct {
	Requirements []catalogue.Requirement
	// Artifact is the file that results are shown at, such as the device's descriptor: a path with slashes, relative to the root of
	// a repository. Without it a result has no place in a file, and GitHub takes none of that kind.
	Artifact string
}

// The parts of the format that are written; the names are the format's.
type (
	document struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []run  `json:"runs"`
	}
	run struct {
		Tool              tool           `json:"tool"`
		AutomationDetails automation     `json:"automationDetails"`
		Invocations       []invocation   `json:"invocations"`
		Results           []result       `json:"results"`
		Properties        map[string]any `json:"properties"`
	}
	automation struct {
		ID string `json:"id"`
	}
	tool struct {
		Driver driver `json:"driver"`
	}
	driver struct {
		Name           string `json:"name"`
		Version        string `json:"version"`
		InformationURI string `json:"informationUri"`
		Rules          []rule `json:"rules"`
	}
	rule struct {
		ID                   string         `json:"id"`
		Name                 string         `json:"name,omitempty"`
		ShortDescription     text           `json:"shortDescription"`
		FullDescription      text           `json:"fullDescription"`
		Help                 text           `json:"help"`
		HelpURI              string         `json:"helpUri,omitempty"`
		DefaultConfiguration configuration  `json:"defaultConfiguration"`
		Properties           map[string]any `json:"properties"`
	}
	configuration struct {
		Level level `json:"level"`
	}
	text struct {
		Text string `json:"text"`
	}
	invocation struct {
		ExecutionSuccessful bool           `json:"executionSuccessful"`
		ExitCode            int            `json:"exitCode"`
		ExitCodeDescription string         `json:"exitCodeDescription"`
		StartTimeUTC        string         `json:"startTimeUtc"`
		EndTimeUTC          string         `json:"endTimeUtc"`
		Notifications       []notification `json:"toolExecutionNotifications"`
	}
	notification struct {
		Level     level      `json:"level"`
		Message   text       `json:"message"`
		Locations []location `json:"locations,omitempty"`
	}
	result struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        level             `json:"level"`
		Message      text              `json:"message"`
		Locations    []location        `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Suppressions []suppression     `json:"suppressions,omitempty"`
		Properties   map[string]any    `json:"properties"`
	}
	location struct {
		Physical *physical `json:"physicalLocation,omitempty"`
		Logical  []logical `json:"logicalLocations"`
	}
	physical struct {
		Artifact artifact `json:"artifactLocation"`
		Region   region   `json:"region"`
	}
	artifact struct {
		URI string `json:"uri"`
	}
	region struct {
		StartLine int `json:"startLine"`
	}
	logical struct {
		Name          string `json:"name"`
		QualifiedName string `json:"fullyQualifiedName"`
		Kind          string `json:"kind"`
	}
	suppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
	level string
)

// The levels.
const (
	asError   level = "error"
	asWarning level = "warning"
)

// writer makes the document of a run.
type writer struct {
	run     *results.Run
	options Options
	causes  *causes.Set
	sources catalogue.Sources
	rules   []rule
}

// Write writes a run as SARIF. A fail of a must is an error; a deviation is a warning. A fail whose waiver is in force is
// suppressed. What was not concluded, and the harness's own faults, are notifications, which are no results.
func Write(out io.Writer, r *results.Run, o Options) error {
	w := &writer{run: r, options: o}
	var err error
	if w.causes, err = causes.Load(fixtures.FS); err != nil {
		return err
	}
	if w.sources, err = catalogue.LoadSources(fixtures.FS); err != nil {
		return err
	}
	outcome, why := results.Decide(r)
	begun := r.Started.UTC()
	one := run{
		AutomationDetails: automation{"sipconform/" + plain(r.Device.Name) + "/"},
		Invocations: []invocation{{
			ExecutionSuccessful: outcome != results.HarnessError && r.CutShort() == "",
			ExitCode:            results.ExitCode(outcome), ExitCodeDescription: plain(string(outcome) + ": " + why),
			StartTimeUTC: stamp(begun), EndTimeUTC: stamp(begun.Add(time.Duration(r.DurationMS) * time.Millisecond)),
			Notifications: w.notifications(),
		}},
		Results: []result{},
		Properties: map[string]any{
			"device": plain(strings.TrimSpace(r.Device.Name + " " + r.Device.Version)), "outcome": outcome, "asOf": r.AsOf, "plan": r.Plan.Hash,
			"filter": plain(r.Plan.Filter), "summary": r.Summary,
		},
	}
	for i := range r.Results {
		switch r.Results[i].Verdict {
		case verdict.Fail, verdict.Deviation:
			one.Results = append(one.Results, w.result(&r.Results[i]))
		}
	}
	one.Tool.Driver = driver{
		Name: "sipconform", Version: plain(r.Harness.Version), InformationURI: "https://github.com/sipconform/sipconform", Rules: w.rules,
	}
	if w.rules == nil {
		one.Tool.Driver.Rules = []rule{}
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(document{Schema: schema, Version: version, Runs: []run{one}})
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

// plain writes words of a device or of a record as text in which a reader of SARIF finds no link.
func plain(words string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(printable.Line(words))
}

// notifications are what keeps the run from being whole.
func (w *writer) notifications() []notification {
	all := []notification{}
	if cut := w.run.CutShort(); cut != "" {
		all = append(all, notification{Level: asError, Message: text{"The run is incomplete: " + plain(cut) + "."}})
	}
	for i := range w.run.Results {
		if r := &w.run.Results[i]; r.Verdict == verdict.Error {
			all = append(all, notification{
				Level: asError, Message: text{plain(fmt.Sprintf("%s: the harness failed: %s: %s", r.Name(), r.Cause, r.Observed))},
				Locations: []location{{Logical: scenario(r)}},
			})
		}
	}
	return all
}

func scenario(r *results.Result) []logical {
	return []logical{{Name: plain(r.Name()), QualifiedName: plain(r.Name()), Kind: "scenario"}}
}

// result is a scenario in which the device missed something.
func (w *writer) result(r *results.Result) result {
	f := gravest(r)
	one := result{
		RuleIndex: w.rule(f.Requirement, r.Level), Level: levelOf(r), Message: text{w.message(r, f)},
		Locations: []location{{Logical: scenario(r)}}, Fingerprints: fingerprints(r.Name()),
		Properties: map[string]any{"verdict": r.Verdict, "cause": plain(f.Cause), "requirements": r.Requirements, "evidence": r.Evidence.First()},
	}
	one.RuleID = w.rules[one.RuleIndex].ID
	if w.options.Artifact != "" {
		one.Locations[0].Physical = &physical{artifact{(&url.URL{Path: w.options.Artifact}).EscapedPath()}, region{1}}
	}
	if r.Waived.Holds(w.run.AsOf) {
		one.Suppressions = []suppression{{"external", "accepted",
			plain(fmt.Sprintf("%s (%s, until %s)", r.Waived.Reason, r.Waived.Owner, r.Waived.Expiry))}}
	}
	return one
}

// gravest is the finding that the verdict rests on; the result's own words if none is recorded.
func gravest(r *results.Result) verdict.Finding {
	for _, f := range r.Findings {
		if f.Verdict == r.Verdict {
			return f
		}
	}
	f := verdict.Finding{Verdict: r.Verdict, Cause: r.Cause, Expected: r.Expected, Observed: r.Observed, Hint: r.Hint}
	if len(r.Requirements) > 0 {
		f.Requirement = r.Requirements[0]
	}
	return f
}

func levelOf(r *results.Result) level {
	if r.Verdict == verdict.Fail && r.Level == string(catalogue.Must) {
		return asError
	}
	return asWarning
}

// message says what was seen, what should have been, and what to do.
func (w *writer) message(r *results.Result, f verdict.Finding) string {
	hint := f.Hint
	if e, known := w.causes.Lookup(f.Cause); known && hint == "" {
		hint = e.Hint()
	}
	var parts []string
	for _, p := range []struct{ name, words string }{
		{"", r.Name() + ": " + f.Cause}, {"Observed: ", f.Observed}, {"Expected: ", f.Expected}, {"To do: ", hint},
	} {
		if words := strings.TrimSuffix(plain(p.words), "."); words != "" {
			parts = append(parts, p.name+words+".")
		}
	}
	return strings.Join(parts, " ")
}

// rule returns the index of a requirement's rule, and adds it at its first result.
func (w *writer) rule(id, ofLevel string) int {
	if id == "" {
		id = "unknown-requirement"
	}
	if i := slices.IndexFunc(w.rules, func(r rule) bool { return r.ID == plain(id) }); i >= 0 {
		return i
	}
	title := text{plain(id)}
	one := rule{
		ID: title.Text, ShortDescription: title, FullDescription: title, Help: title, DefaultConfiguration: configuration{asWarning},
		Properties: map[string]any{"tags": []string{"sip", plain(ofLevel)}},
	}
	if i := slices.IndexFunc(w.options.Requirements, func(r catalogue.Requirement) bool { return r.ID == id }); i >= 0 {
		w.describe(&one, w.options.Requirements[i])
	}
	w.rules = append(w.rules, one)
	return len(w.rules) - 1
}

// describe fills in a rule from what is known of the requirement.
func (w *writer) describe(one *rule, r catalogue.Requirement) {
	one.Name, one.ShortDescription.Text, one.FullDescription.Text = r.ID, plain(r.Title), plain(r.Title)
	if r.Text != "" {
		one.FullDescription.Text = plain(r.Text)
	}
	if r.Level == catalogue.Must {
		one.DefaultConfiguration.Level = asError
	}
	var sources []string
	for _, citation := range r.Sources {
		s, known := w.sources.Lookup(citation)
		if !known {
			sources = append(sources, citation)
			continue
		}
		sources = append(sources, s.String())
		if one.HelpURI == "" {
			one.HelpURI = s.Address
		}
	}
	help := fmt.Sprintf("%s (%s) %s", one.FullDescription.Text, r.Level, "rests on "+plain(strings.Join(sources, "; "))+".")
	if len(r.ConflictsWith) > 0 {
		help += " It cannot be met together with " + strings.Join(r.ConflictsWith, ", ") + "."
	}
	one.Help.Text = help + " sipconform explain " + r.ID + " says more."
	one.Properties["tags"] = []string{"sip", r.Vendor, r.Area, string(r.Level)}
	one.Properties["precision"] = string(r.Confidence)
}
