package waivers

import (
	"cmp"
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/userfile"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// written is a waiver as people write it.
type written struct {
	Scenario    string `yaml:"scenario"`    // an ID, or a pattern of [plan.Matches]
	Labels      string `yaml:"labels"`      // a label expression, such as "vendor:twilio && area:srtp"
	Requirement string `yaml:"requirement"` // such as RF-SR-01
	Cause       string `yaml:"cause"`
	Reason      string `yaml:"reason"`
	Owner       string `yaml:"owner"`
	Expiry      string `yaml:"expiry"` // the last day that it holds, YYYY-MM-DD
}

// Load reads the file of waivers at a path, a list in YAML. The error has all that is wrong with it, with its lines.
func Load(ctx context.Context, path string) (*List, error) {
	data, err := userfile.ReadFile(ctx, path, userfile.MaxText)
	if err != nil {
		return nil, err
	}
	return parse(path, data)
}

func parse(name string, data []byte) (*List, error) {
	document, fault := yamlfile.Parse(name, data, "a list of waivers")
	if fault != nil {
		return nil, fault
	}
	if document.Root.Kind != yaml.SequenceNode {
		return nil, document.Fault(nil, `the file is not a list: begin each waiver with "- scenario: …"`)
	}
	for i, n := range document.Root.Content {
		if n.Kind != yaml.MappingNode { // a null would decode to a waiver without fields
			return nil, document.Fault(yamlfile.Path{i}, `this is not a waiver: begin it with "- scenario: …"`)
		}
	}
	var all []written
	if faults := document.Decode(&all); faults != nil {
		return nil, joined(faults)
	}
	l := &List{file: name}
	var faults []*yamlfile.Fault
	for i, w := range all {
		e, wrong := w.entry(document, yamlfile.Path{i})
		faults = append(faults, wrong...)
		if slices.ContainsFunc(l.all, func(o entry) bool { return o.Waiver == e.Waiver }) {
			faults = append(faults, document.Fault(yamlfile.Path{i}, "the same waiver stands above: remove one of them"))
		}
		l.all = append(l.all, e)
	}
	if len(faults) > 0 {
		return nil, joined(faults)
	}
	return l, nil
}

// entry returns the waiver at a path, and what is wrong with it.
func (w written) entry(d *yamlfile.Document, at yamlfile.Path) (e entry, wrong []*yamlfile.Fault) {
	fault := func(field, format string, args ...any) {
		wrong = append(wrong, d.Fault(at.To(field), format, args...))
	}
	e.line = d.Line(at)
	e.Waiver = results.Waiver{
		Scenario: w.Scenario, Labels: w.Labels, Requirement: w.Requirement, Cause: w.Cause,
		Reason: strings.TrimSpace(w.Reason), Owner: strings.TrimSpace(w.Owner), Expiry: w.Expiry,
	}
	if cmp.Or(w.Scenario, w.Labels, w.Requirement, w.Cause) == "" {
		fault("scenario", "the waiver is for every fault: name a scenario, labels, a requirement or a cause")
	}
	if _, err := path.Match(strings.TrimSuffix(w.Scenario, "**"), ""); err != nil {
		fault("scenario", "%q is not a pattern: write an ID, or one with * for a part of it or ** for its rest", w.Scenario)
	}
	var err error
	if e.selects, err = plan.Filter(w.Labels); err != nil {
		fault("labels", "%v", err)
	}
	if e.Reason == "" {
		fault("reason", "the waiver has no reason: write why the fault is accepted")
	}
	if e.Owner == "" {
		fault("owner", "the waiver has no owner: write who accepts the fault")
	}
	switch _, err := time.Parse(time.DateOnly, w.Expiry); {
	case w.Expiry == "":
		fault("expiry", "the waiver has no expiry: write the last day that it holds, such as 2026-12-31")
	case err != nil:
		fault("expiry", "%q is not a date like 2026-12-31", w.Expiry)
	}
	return e, wrong
}

// joined is the faults as one error, in the order of their lines.
func joined(faults []*yamlfile.Fault) error {
	slices.SortStableFunc(faults, (*yamlfile.Fault).Compare)
	all := make([]error, len(faults))
	for i, f := range faults {
		all[i] = f
	}
	return errors.Join(all...)
}
