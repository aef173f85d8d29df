// Package yamlfile reads YAML files that people write. It decodes strictly, and says what is wrong in plain words: the file,
// the line, what the mistake is, and what to do about it.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// Document is the one document of a file.
type Document struct {
	Root *yaml.Node
	name string
	data []byte
}

// Parse reads the file of that name without decoding it. Content is what such a file holds, such as "a list of
// requirements"; it tells the author of an empty file what to write.
func Parse(name string, data []byte, content string) (*Document, *Fault) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if empty := errors.Is(err, io.EOF); empty || err == nil && document.Content[0].ShortTag() == "!!null" {
		return nil, &Fault{name, 1, fmt.Sprintf("the file is empty: write %s, or remove it", content)}
	}
	if err != nil {
		return nil, syntaxFault(name, data, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &Fault{name, second.Line, `a second document begins here: keep one, with no "---" below it`}
	case !errors.Is(err, io.EOF):
		return nil, syntaxFault(name, data, err)
	}
	return &Document{document.Content[0], name, data}, nil
}

// Decode stores the document in what value points to. Fields that value's types lack are faults, and so are keys that a
// mapping has twice.
func (d *Document) Decode(value any) []*Fault {
	decoder := yaml.NewDecoder(bytes.NewReader(d.data))
	decoder.KnownFields(true)
	err := decoder.Decode(value)
	if err == nil {
		return nil
	}
	return d.explain(err, value)
}

// Fault returns a fault at a path.
func (d *Document) Fault(path Path, format string, args ...any) *Fault {
	return &Fault{d.name, d.Line(path), fmt.Sprintf(format, args...)}
}

// Wrong returns an error for the UnmarshalYAML method of a type. Decode reports it as a fault at the node's line.
func Wrong(node *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s", node.Line, fmt.Sprintf(format, args...))}}
}

// Describe says what a node is: "a list", "a mapping", or the scalar in quotes.
func Describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a mapping"
	case yaml.AliasNode:
		return Describe(node.Alias)
	}
	return fmt.Sprintf("%q", node.Value)
}
