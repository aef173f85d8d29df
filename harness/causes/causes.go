// Package causes holds what the causes mean that results give, read from fixtures/causes.yaml: what happened, whose fault that
// is, and what to do about it, with the option's name in the common stacks.
//
// The package serves this module and may change.
package causes

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// file holds the causes, in the file system of the embedded requirements.
const file = "causes.yaml"

// Fault is where to look for what has to be mended.
type Fault string

// The faults.
const (
	Device  Fault = "device"
	Network Fault = "network"
	Harness Fault = "harness" // or the machine that it runs on
	SetUp   Fault = "set-up"  // of the device or of the run
	Open    Fault = "open"    // the cause does not tell
)

// Option is what a stack calls the setting that mends a cause.
type Option struct{ Stack, Name string }

// Options are in the order of the file, in which a mapping has them by stack.
type Options []Option

// Entry is what is known of a cause, or of several that mean the same.
type Entry struct {
	// Causes are slugs as results have them. A "*" stands for any text that is not empty: "refused-*".
	Causes []string `yaml:"causes"`
	Means  string   `yaml:"means"`
	Fault  Fault    `yaml:"fault"`
	Do     string   `yaml:"do"`
	// Options may be empty.
	Options Options `yaml:"options,omitempty"`
}

// Hint says in a line what to do, with the options.
func (e *Entry) Hint() string {
	if len(e.Options) == 0 {
		return e.Do
	}
	named := make([]string, len(e.Options))
	for i, o := range e.Options {
		named[i] = "in " + o.Stack + ": " + o.Name
	}
	return e.Do + " I" + strings.Join(named, "; ")[1:] + "."
}

// Set holds the entries of all causes.
type Set struct {
	entries []Entry
	index   map[string]int // by cause or pattern
}

// Load reads causes.yaml of a file system, such as fixtures.FS. The error joins a
// [*yamlfile.Fault] for each fault, in the order of lines.
func Load(fsys fs.FS) (*Set, error) {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	document, wrong := yamlfile.Parse(file, data, "a list of causes")
	if wrong != nil {
		return nil, wrong
	}
	if document.Root.Kind != yaml.SequenceNode {
		return nil, document.Fault(nil, `the file is not a list: begin each entry with "- causes: […]"`)
	}
	s := &Set{index: make(map[string]int)}
	faults := document.Decode(&s.entries)
	if len(faults) == 0 {
		faults = s.check(document)
	}
	if len(faults) == 0 {
		return s, nil
	}
	slices.SortStableFunc(faults, (*yamlfile.Fault).Compare)
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return nil, errors.Join(errs...)
}

// Lookup returns the entry of a cause: its own, or else that of the longest pattern that it fits.
func (s *Set) Lookup(cause string) (*Entry, bool) {
	if i, ok := s.index[cause]; ok {
		return &s.entries[i], true
	}
	best := ""
	for pattern := range s.index {
		if fits(pattern, cause) && (len(pattern) > len(best) || len(pattern) == len(best) && pattern < best) {
			best = pattern
		}
	}
	if best == "" {
		return nil, false
	}
	return &s.entries[s.index[best]], true
}

// Causes returns all causes and patterns, in the order of the file.
func (s *Set) Causes() []string {
	var all []string
	for _, e := range s.entries {
		all = append(all, e.Causes...)
	}
	return all
}

// fits tells whether a cause is one of those that a pattern means.
func fits(pattern, cause string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	return wild && len(cause) > len(before)+len(after) && strings.HasPrefix(cause, before) && strings.HasSuffix(cause, after)
}
