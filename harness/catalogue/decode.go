package catalogue

import (
	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// entry is a requirement and its place in a file.
type entry struct {
	Requirement
	file     string
	document *yamlfile.Document
	position int // in the document's list
}

// decode reads one file: a YAML sequence of requirements.
func decode(file string, data []byte) ([]entry, []*Fault) {
	document, wrong := yamlfile.Parse(file, data, "a list of requirements")
	if wrong != nil {
		return nil, withoutID(wrong)
	}
	if document.Root.Kind != yaml.SequenceNode {
		return nil, withoutID(document.Fault(nil, `the file is not a list: begin each requirement with "- id: …"`))
	}
	for i, n := range document.Root.Content {
		// A null would decode to a requirement without fields, and an alias to one
		// whose ID is taken.
		if n.Kind != yaml.MappingNode {
			return nil, withoutID(document.Fault(yamlfile.Path{i}, `this is not a requirement: begin it with "- id: …"`))
		}
	}
	var requirements []Requirement
	if wrong := document.Decode(&requirements); wrong != nil {
		return nil, withoutID(wrong...)
	}
	entries := make([]entry, len(requirements))
	for i, r := range requirements {
		entries[i] = entry{r, file, document, i}
	}
	return entries, nil
}

// withoutID returns faults that are of no requirement in particular.
func withoutID(wrong ...*yamlfile.Fault) []*Fault {
	all := make([]*Fault, len(wrong))
	for i, w := range wrong {
		all[i] = &Fault{Fault: *w}
	}
	return all
}

// line returns the line of a field, or of element i if the field is a list; without
// the field, the line where the requirement begins.
func (e *entry) line(field string, i int) int {
	return e.document.Line(yamlfile.Path{e.position, field, i})
}

// has reports whether the requirement has the field, even if it is empty.
func (e *entry) has(field string) bool {
	return e.document.Has(yamlfile.Path{e.position, field})
}
