package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// entry is a requirement and its place in a file.
type entry struct {
	Requirement
	file string
	node *yaml.Node // the requirement's mapping
}

// decode reads one file: a YAML sequence of requirements.
func decode(file string, data []byte) ([]entry, []*Fault) {
	fault := func(line int, what string) []*Fault {
		return []*Fault{{File: file, Line: line, What: what}}
	}

	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, fault(syntaxFault(err))
	}
	if document.IsZero() {
		return nil, fault(1, "the file is empty: write a list of requirements, or remove it")
	}
	list := document.Content[0]
	if list.Kind != yaml.SequenceNode {
		return nil, fault(list.Line, "the file is not a list: begin each requirement with \"- id: …\"")
	}
	for _, n := range list.Content {
		// A null would decode to a requirement without fields, and an alias to one
		// whose ID is taken.
		if n.Kind != yaml.MappingNode {
			return nil, fault(n.Line, "this is not a requirement: begin it with \"- id: …\"")
		}
	}

	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var requirements []Requirement
	if err := decoder.Decode(&requirements); err != nil {
		return nil, decodeFaults(file, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fault(0, "the file holds more than one YAML document: keep one list, without \"---\" after it")
	}

	entries := make([]entry, len(requirements))
	for i, r := range requirements {
		entries[i] = entry{Requirement: r, file: file, node: list.Content[i]}
	}
	return entries, nil
}

// line returns the line of a field, or of element i if the field is a list; without
// the field, the line where the requirement begins.
func (e *entry) line(field string, i int) int {
	for k := 0; k+1 < len(e.node.Content); k += 2 {
		if e.node.Content[k].Value != field {
			continue
		}
		if value := e.node.Content[k+1]; value.Kind == yaml.SequenceNode && i < len(value.Content) {
			return value.Content[i].Line
		}
		return e.node.Content[k].Line
	}
	return e.node.Line
}

// has reports whether the requirement has the field, even if it is empty.
func (e *entry) has(field string) bool {
	for k := 0; k+1 < len(e.node.Content); k += 2 {
		if e.node.Content[k].Value == field {
			return true
		}
	}
	return false
}

// The yaml package gives lines and causes only in the text of its errors.
var (
	lineOf       = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	unknownField = regexp.MustCompile(`^field (.*) not found in type `)
	wrongKind    = regexp.MustCompile("^cannot unmarshal (\\S+)(?: `(.*)`)? into (.*)$")
)

// syntaxFault returns the line and text of a syntax error.
func syntaxFault(err error) (line int, what string) {
	line, what = placed(err.Error())
	// The yaml package's parser, unlike its scanner, counts lines from 0.
	return line, "this is not valid YAML, here or just below: " + what
}

// decodeFaults returns what a strict decode found: fields that are unknown, repeated,
// or of the wrong kind.
func decodeFaults(file string, err error) []*Fault {
	var mismatch *yaml.TypeError
	if !errors.As(err, &mismatch) {
		line, what := placed(err.Error())
		return []*Fault{{File: file, Line: line, What: what}}
	}
	var faults []*Fault
	for _, text := range mismatch.Errors {
		line, what := placed(text)
		if m := unknownField.FindStringSubmatch(what); m != nil {
			what = fmt.Sprintf("%q is not a field of a requirement: use %s", m[1], choice(fields()))
		} else if m := wrongKind.FindStringSubmatch(what); m != nil {
			what = kindFault(m[1], m[2], m[3])
		} else if strings.Contains(what, "already defined") {
			what += ": keep one of the two"
		}
		faults = append(faults, &Fault{File: file, Line: line, What: what})
	}
	return faults
}

func kindFault(found, value, wanted string) string {
	if found != "!!seq" && found != "!!map" && wanted == "[]string" {
		return fmt.Sprintf("one value where a list belongs: write [%s]", value)
	}
	return fmt.Sprintf("found %s where %s belongs", kindName(found), kindName(wanted))
}

// kindName returns the word for a YAML tag or for the Go type of a field.
func kindName(kind string) string {
	switch kind {
	case "!!seq", "[]string":
		return "a list"
	case "!!map":
		return "a mapping"
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp":
		return "a plain value"
	}
	return "text"
}

// placed splits "line 3: what" in two; the line is 0 if text names none.
func placed(text string) (line int, what string) {
	m := lineOf.FindStringSubmatch(text)
	if m == nil {
		return 0, strings.TrimPrefix(text, "yaml: ")
	}
	line, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, m[2]
	}
	return line, m[2]
}

// fields returns the names of a requirement's fields in YAML.
func fields() []string {
	t := reflect.TypeFor[Requirement]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
	}
	return names
}
