package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The yaml package gives lines and causes only in the text of its errors.
var (
	placed        = regexp.MustCompile(`(?s)^(?:yaml: )?(?:line (\d+): )?(.*)$`)
	unknownField  = regexp.MustCompile(`(?s)^field (.*) not found in type (.*)$`)
	repeatedKey   = regexp.MustCompile(`(?s)^mapping key (.*) already defined at line (\d+)$`)
	wrongKind     = regexp.MustCompile("(?s)^cannot unmarshal (\\S+)(?: `(.*)`)? into (.*)$")
	mergeOfOther  = regexp.MustCompile(`^map merge requires map`)
	ownAnchor     = regexp.MustCompile(`^anchor '(.*)' value contains itself$`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
	unreadable    = regexp.MustCompile(`UTF-|Unicode|control characters`)
	// The parser counts lines from 0, unlike the scanner, whose texts are others.
	parserError = regexp.MustCompile(`^did not find expected (?:<document start>|node content|'-' indicator|key|',' or '[\]}]')$`)
)

// split returns the line and the rest of an error's text. The line is 0 if the text has none.
func split(text string) (line int, what string) {
	m := placed.FindStringSubmatch(text)
	line, _ = strconv.Atoi(m[1])
	return line, m[2]
}

// syntaxFault explains why a file is no YAML.
func syntaxFault(name string, data []byte, err error) *Fault {
	line, what := split(err.Error())
	if m := unknownAnchor.FindStringSubmatch(what); m != nil {
		before, _, _ := bytes.Cut(data, []byte("*"+m[1]))
		line = 1 + bytes.Count(before, []byte("\n"))
		return &Fault{name, line, fmt.Sprintf("*%s refers to a value that nothing above marks with &%[1]s: write the value out", m[1])}
	}
	switch {
	case unreadable.MatchString(what):
		line = unreadableLine(data)
	case parserError.MatchString(what), line == 0:
		line++
	}
	last := 1 + bytes.Count(bytes.TrimRight(data, "\r\n"), []byte("\n"))
	return &Fault{name, min(line, last), "this is not valid YAML, here or just below: " + what}
}

// unreadableLine returns the first line with what YAML does not allow as a character.
func unreadableLine(data []byte) int {
	forbidden := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) }
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if !utf8.Valid(line) || bytes.ContainsFunc(line, forbidden) {
			return number
		}
	}
	return 1
}

// explain returns the faults for which the document could not be decoded into value.
func (d *Document) explain(err error, value any) []*Fault {
	texts := []string{err.Error()}
	if mismatch, ok := errors.AsType[*yaml.TypeError](err); ok {
		texts = mismatch.Errors
	}
	known := make(map[string]reflect.Type)
	collect(reflect.TypeOf(value), known)
	faults := make([]*Fault, len(texts))
	for i, text := range texts {
		line, what := split(text)
		if m := unknownField.FindStringSubmatch(what); m != nil {
			what = fmt.Sprintf("the field %q is unknown: use %s", m[1], Choice(fields(known[m[2]])))
		} else if m := repeatedKey.FindStringSubmatch(what); m != nil {
			what = fmt.Sprintf("%s is here a second time, after line %s: keep one of the two", m[1], m[2])
		} else if m := wrongKind.FindStringSubmatch(what); m != nil {
			what = wrongValue(m[1], d.whole(line, m[2]), known[m[3]])
		} else if mergeOfOther.MatchString(what) {
			if n := find(d.Root, badMerge); n != nil {
				_, line = child(n, "<<")
			}
			what = `"<<" can merge nothing but mappings: write the fields out`
		} else if m := ownAnchor.FindStringSubmatch(what); m != nil {
			if n := find(d.Root, func(n *yaml.Node) bool { return n.Kind == yaml.AliasNode && n.Value == m[1] }); n != nil {
				line = n.Line
			}
			what = fmt.Sprintf("*%s stands inside the value that &%[1]s marks: write the value out", m[1])
		}
		faults[i] = &Fault{d.name, line, what}
	}
	return faults
}

// badMerge matches a mapping that merges what is no mapping.
func badMerge(n *yaml.Node) bool {
	merged, _ := child(n, "<<")
	return merged != nil && !mergeable(merged)
}

func mergeable(n *yaml.Node) bool {
	switch n.Kind {
	case yaml.AliasNode:
		return n.Alias.Kind == yaml.MappingNode
	case yaml.SequenceNode:
		return !slices.ContainsFunc(n.Content, func(n *yaml.Node) bool { return !mergeable(n) })
	}
	return n.Kind == yaml.MappingNode
}

// whole returns the value of a line's scalar that the yaml package has cut short.
func (d *Document) whole(line int, value string) string {
	head, short := strings.CutSuffix(value, "...")
	if !short {
		return value
	}
	n := find(d.Root, func(n *yaml.Node) bool {
		return n.Kind == yaml.ScalarNode && n.Line == line && strings.HasPrefix(n.Value, head)
	})
	if n == nil {
		return value
	}
	return n.Value
}

// wrongValue explains that a value of a tag, such as "!!seq", stands where a type belongs.
func wrongValue(tag, value string, wanted reflect.Type) string {
	found := fmt.Sprintf("%q", value)
	switch tag {
	case "!!seq":
		found = "a list"
	case "!!map":
		found = "a mapping"
	}
	what := fmt.Sprintf("found %s where %s belongs", found, kind(wanted))
	switch {
	case wanted == reflect.TypeFor[time.Duration]():
		what += ": write one such as 1500ms or 10s"
	case wanted != nil && wanted.Kind() == reflect.Slice && tag != "!!seq" && tag != "!!map":
		what += fmt.Sprintf(": write [%s]", value)
	}
	return what
}

// kind returns the word for the values of a type.
func kind(t reflect.Type) string {
	switch {
	case t == nil:
		return "another kind of value"
	case t == reflect.TypeFor[time.Duration]():
		return "a duration"
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a mapping"
	case reflect.Bool:
		return "true or false"
	case reflect.Uint8, reflect.Uint16:
		return fmt.Sprintf("a whole number from 0 to %d", 1<<t.Bits()-1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "text"
}

// collect adds a type, and those of its parts, by the names that the yaml package gives them.
func collect(t reflect.Type, known map[string]reflect.Type) {
	if _, ok := known[t.String()]; ok {
		return
	}
	known[t.String()] = t
	switch t.Kind() {
	case reflect.Map:
		collect(t.Key(), known)
		collect(t.Elem(), known)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		collect(t.Elem(), known)
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() {
				collect(f.Type, known)
			}
		}
	}
}

// fields returns the names in YAML of a struct's fields.
func fields(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case options == "inline" && f.Type.Kind() == reflect.Struct:
			names = append(names, fields(f.Type)...)
		case name == "":
			names = append(names, strings.ToLower(f.Name))
		default:
			names = append(names, name)
		}
	}
	return names
}
