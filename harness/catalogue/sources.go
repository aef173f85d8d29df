package catalogue

import (
	"errors"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// sourcesFile holds the sources, in the file system of the embedded requirements.
const sourcesFile = "sources.yaml"

// Source is what a citation of a requirement's stands for.
type Source struct {
	Citation string `yaml:"source"` // as requirements have it: "doc T2"
	Title    string `yaml:"title"`
	Address  string `yaml:"address,omitempty"` // a URL; empty if none is known
	Date     string `yaml:"date,omitempty"`    // YYYY-MM-DD: when it was last changed; empty if not known
}

// String returns title, date and address in a line.
func (s Source) String() string {
	text := s.Title
	if s.Date != "" {
		text += ", " + s.Date
	}
	if s.Address != "" {
		text += ", " + s.Address
	}
	return text
}

// Sources are sources by their citations.
type Sources map[string]Source

// LoadSources reads sources.yaml of a file system, such as fixtures.FS, and the titles of its
// seeds, which [Catalogue.Seeds] checks. The error joins a [*Fault] for each fault, in the
// order of lines.
func LoadSources(fsys fs.FS) (Sources, error) {
	var seeds []Seed
	if _, err := decodeList(fsys, seedsFile, "a list of documents", `each document with "- seed: …"`, &seeds); err != nil {
		return nil, err
	}
	var listed []Source
	document, err := decodeList(fsys, sourcesFile, "a list of sources", `each source with "- source: …"`, &listed)
	if err != nil {
		return nil, err
	}
	all := make(Sources, len(seeds)+len(listed))
	for _, s := range seeds {
		all[s.Citation] = Source{Citation: s.Citation, Title: s.Title}
	}
	var faults []*Fault
	for i, s := range listed {
		if err := all.add(s); err != nil {
			faults = append(faults, withoutID(document.Fault(yamlfile.Path{i}, "%v", err))...)
		}
	}
	if len(faults) > 0 {
		return nil, join(faults)
	}
	return all, nil
}

// decodeList reads a file that is a list. Begin says how each of its elements begins.
func decodeList(fsys fs.FS, name, content, begin string, list any) (*yamlfile.Document, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	document, wrong := yamlfile.Parse(name, data, content)
	if wrong != nil {
		return nil, join(withoutID(wrong))
	}
	if document.Root.Kind != yaml.SequenceNode {
		return nil, join(withoutID(document.Fault(nil, "the file is not a list: begin %s", begin)))
	}
	if wrong := document.Decode(list); wrong != nil {
		return nil, join(withoutID(wrong...))
	}
	return document, nil
}

// add adds a source that is as it should be.
func (all Sources) add(s Source) error {
	address, err := url.Parse(s.Address)
	_, undated := time.Parse(time.DateOnly, s.Date)
	switch _, taken := all[s.Citation]; {
	case !sourceForm.MatchString(s.Citation) || rfcForm.MatchString(s.Citation):
		return errors.New("the source " + s.Citation + " has another form than doc T2: write it as requirements cite it, and leave out RFCs")
	case taken:
		return errors.New(s.Citation + " is here a second time, or among the seeds: keep one")
	case strings.TrimSpace(s.Title) == "":
		return errors.New(s.Citation + " has no title: write what it is called")
	case s.Address != "" && (err != nil || address.Scheme != "https" || address.Host == ""):
		return errors.New("the address of " + s.Citation + " is no https URL: mend it, or leave it out")
	case s.Date != "" && undated != nil:
		return errors.New("the date of " + s.Citation + " is none: write YYYY-MM-DD, or leave it out")
	}
	all[s.Citation] = s
	return nil
}

// rfcForm has the number and the section of an RFC.
var rfcForm = regexp.MustCompile(`^RFC ([0-9]+)(?: §([0-9A-Z]+(?:\.[0-9]+)*))?$`)

// Lookup returns the source of a citation. RFCs are not listed: their addresses follow from
// their numbers.
func (all Sources) Lookup(citation string) (Source, bool) {
	m := rfcForm.FindStringSubmatch(citation)
	if m == nil {
		s, ok := all[citation]
		return s, ok
	}
	s := Source{Citation: citation, Title: citation, Address: "https://www.rfc-editor.org/rfc/rfc" + m[1]}
	switch section := m[2]; {
	case section == "":
	case section[0] >= 'A':
		s.Address += "#appendix-" + section
	default:
		s.Address += "#section-" + section
	}
	return s, true
}
