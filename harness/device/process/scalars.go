package process

import (
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/internal/usertemplate"
	"github.com/sipconform/sipconform/internal/yamlfile"
)

// Text is a text/template over [Data].
type Text struct {
	source   string
	line     int
	template *usertemplate.Template
}

// parseText parses a template, which begins at line.
func parseText(source string, line int) (Text, error) {
	t, err := usertemplate.Parse(source, functions)
	if err != nil {
		return Text{}, errors.New("has a broken template: " + templateMessage(err))
	}
	return Text{source, line, t}, nil
}

// UnmarshalYAML accepts any scalar.
func (t *Text) UnmarshalYAML(node *yaml.Node) (err error) {
	if node.Kind != yaml.ScalarNode {
		return yamlfile.Wrong(node, "found %s where text belongs", yamlfile.Describe(node))
	}
	if *t, err = parseText(node.Value, node.Line); err != nil {
		return yamlfile.Wrong(node, "%v", err)
	}
	return nil
}

// Addresses is a list of IP addresses.
type Addresses []netip.Addr

// UnmarshalYAML accepts a list, or one address.
func (a *Addresses) UnmarshalYAML(node *yaml.Node) error {
	items := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		items = node.Content
	}
	for _, item := range items {
		address, err := netip.ParseAddr(item.Value)
		if err != nil {
			return yamlfile.Wrong(item, "found %s where an IP address belongs: write one such as 192.0.2.20", yamlfile.Describe(item))
		}
		*a = append(*a, address.Unmap())
	}
	return nil
}

// IsZero tells whether the text was not given.
func (t Text) IsZero() bool { return t.template == nil }

// render executes the template.
func (t Text) render(data *Data) (string, error) {
	if t.IsZero() {
		return "", nil
	}
	data = data.forText()
	rendered, err := t.template.Execute(data.budget, data)
	if err != nil {
		return "", &renderError{t.line, err}
	}
	return rendered, nil
}

// renderAll renders texts in order.
func renderAll(texts []Text, data *Data) ([]string, error) {
	rendered := make([]string, len(texts))
	for i, t := range texts {
		var err error
		if rendered[i], err = t.render(data); err != nil {
			return nil, err
		}
	}
	return rendered, nil
}

// renderError is an error of rendering, with the line in device.yaml, or 0 for a template file.
type renderError struct {
	line int
	err  error
}

func (e *renderError) Error() string { return templateMessage(e.err) }
func (e *renderError) Unwrap() error { return e.err }

// templateMessage returns the message of an error of package template without its prefix, such as
// `template: :1:12: executing "" `.
func templateMessage(err error) string {
	message := err.Error()
	if m := templatePrefix.FindStringSubmatch(message); m != nil {
		message = m[1]
	}
	return message
}

var templatePrefix = regexp.MustCompile(`^template: [^:]*:\d+(?::\d+)?: (?:executing "[^"]*" )?(.*)$`)

// Pattern is a regular expression, in the syntax of package regexp.
type Pattern struct{ *regexp.Regexp }

// UnmarshalYAML compiles the expression.
func (p *Pattern) UnmarshalYAML(node *yaml.Node) (err error) {
	if len(node.Value) > maxPattern {
		return yamlfile.Wrong(node, "has a regular expression of %d characters, and %d are the maximum: write a shorter one",
			len(node.Value), maxPattern)
	}
	if p.Regexp, err = regexp.Compile(node.Value); err != nil || node.Kind != yaml.ScalarNode {
		return yamlfile.Wrong(node, "has a broken regular expression: %v", err)
	}
	return nil
}

// IsZero tells whether the pattern was not given.
func (p Pattern) IsZero() bool { return p.Regexp == nil }

// matches returns false for a pattern that was not given.
func (p Pattern) matches(s string) bool { return p.Regexp != nil && p.MatchString(s) }

// Size is a number of bytes, written such as 512MiB.
type Size int64

// UnmarshalYAML accepts a number with the unit B, KiB, MiB or GiB.
func (s *Size) UnmarshalYAML(node *yaml.Node) error {
	for shift, unit := range []string{"KiB", "MiB", "GiB", "B"} {
		digits, found := strings.CutSuffix(node.Value, unit)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 32)
		if err != nil {
			break
		}
		*s = Size(n << (10 * ((shift + 1) % 4)))
		return nil
	}
	return yamlfile.Wrong(node, "found %s where a size belongs: write one such as 512MiB", yamlfile.Describe(node))
}

// Message is a control message: text, or a JSON object whose strings are templates. A string with the tag !json is a template
// for any JSON value.
type Message struct {
	text   Text
	object map[string]any // Text, jsonText, scalars, []any and map[string]any
}

// jsonText is a template for a JSON value.
type jsonText struct{ Text }

// UnmarshalYAML accepts a scalar or a mapping.
func (m *Message) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return m.text.UnmarshalYAML(node)
	}
	tree, err := messageTree(node)
	if err != nil {
		return err
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return yamlfile.Wrong(node, "found %s where text or a mapping belongs", yamlfile.Describe(node))
	}
	m.object = object
	return nil
}

// messageTree returns a node of a message with its templates parsed.
func messageTree(node *yaml.Node) (any, error) {
	switch {
	case node.Kind == yaml.MappingNode:
		object := make(map[string]any, len(node.Content)/2)
		for i := 0; i+1 < len(node.Content); i += 2 {
			value, err := messageTree(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			object[node.Content[i].Value] = value
		}
		return object, nil
	case node.Kind == yaml.SequenceNode:
		list := make([]any, len(node.Content))
		for i, item := range node.Content {
			var err error
			if list[i], err = messageTree(item); err != nil {
				return nil, err
			}
		}
		return list, nil
	case node.Kind != yaml.ScalarNode:
		return nil, yamlfile.Wrong(node, "has an alias inside a control message: write the value out")
	case node.Tag == "!json":
		var text jsonText
		err := text.UnmarshalYAML(node)
		return text, err
	case node.Tag == "!!str":
		var text Text
		err := text.UnmarshalYAML(node)
		return text, err
	}
	var scalar any
	err := node.Decode(&scalar)
	return scalar, err
}

// render executes the templates. The result is text, or JSON in which tokenField, unless it is "", has the token.
func (m *Message) render(data *Data, tokenField, token string) ([]byte, error) {
	if m.object == nil {
		text, err := m.text.render(data)
		return []byte(text), err
	}
	value, err := renderTree(m.object, data)
	if err != nil {
		return nil, err
	}
	object := value.(map[string]any)
	if tokenField != "" {
		object[tokenField] = token
	}
	return json.Marshal(object)
}

// renderTree renders a node of [messageTree].
func renderTree(value any, data *Data) (any, error) {
	switch value := value.(type) {
	case Text:
		return value.render(data)
	case jsonText:
		text, err := value.Text.render(data)
		if err != nil {
			return nil, err
		}
		if !json.Valid([]byte(text)) {
			return nil, &renderError{value.line, errors.New("the result of !json is not JSON: " + text)}
		}
		return json.RawMessage(text), nil
	case map[string]any:
		object := make(map[string]any, len(value)+1)
		for _, key := range slices.Sorted(maps.Keys(value)) { // sorted, so that the first error is always the same
			rendered, err := renderTree(value[key], data)
			if err != nil {
				return nil, err
			}
			object[key] = rendered
		}
		return object, nil
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			var err error
			if list[i], err = renderTree(item, data); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return value, nil
}
