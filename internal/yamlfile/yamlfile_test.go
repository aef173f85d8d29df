package yamlfile_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// house is something to decode into that has one of everything.
type house struct {
	Name   string          `yaml:"name"`
	Floors int             `yaml:"floors"`
	Door   uint16          `yaml:"door"`
	Height float64         `yaml:"height"`
	Lit    bool            `yaml:"lit"`
	Wait   time.Duration   `yaml:"wait"`
	Rooms  []*room         `yaml:"rooms"`
	Guests map[string]room `yaml:"guests"`
	Colour colour          `yaml:"colour"`
	Common `yaml:",inline"`
	Plain  string
	Hidden string `yaml:"-"`
}

type Common struct {
	Street string `yaml:"street"`
}

type room struct {
	Area  int      `yaml:"area"`
	Names []string `yaml:"names"`
}

type colour string

func (c *colour) UnmarshalYAML(node *yaml.Node) error {
	if node.Value != "red" {
		return yamlfile.Wrong(node, "found %s where a colour belongs: write red", yamlfile.Describe(node))
	}
	*c = "red"
	return nil
}

// TestFaults: whatever is wrong with a file is said with its lines and in plain words.
func TestFaults(t *testing.T) {
	t.Parallel()
	const fields = "use name, floors, door, height, lit, wait, rooms, guests, colour, street or plain"
	for _, test := range []struct {
		name, yaml string
		want       []string
	}{
		{"good", "name: a\nstreet: b\nwait: 3s\nrooms: [{area: 3}]\n", nil},
		{"empty", "", []string{"1: the file is empty: write a house, or remove it"}},
		{"comment", "# nothing\n", []string{"1: the file is empty: write a house, or remove it"}},
		{"null", "---\n", []string{"1: the file is empty: write a house, or remove it"}},
		{"two documents", "name: a\n---\nname: b\n", []string{`2: a second document begins here: keep one, with no "---" below it`}},
		{"broken second document", "name: a\n---\nname: [\n",
			[]string{"3: this is not valid YAML, here or just below: did not find expected node content"}},
		{"scanner, first line", "name: 'a\n", []string{"1: this is not valid YAML, here or just below: found unexpected end of stream"}},
		{"scanner", "name: a\nfloors: @\n",
			[]string{"2: this is not valid YAML, here or just below: found character that cannot start any token"}},
		{"parser, first line", "name: [a\n", []string{"1: this is not valid YAML, here or just below: did not find expected ',' or ']'"}},
		{"parser", "name: a\nrooms: [a\n", []string{"2: this is not valid YAML, here or just below: did not find expected ',' or ']'"}},
		{"control character", "name: a\nfloors: \x01\n",
			[]string{"2: this is not valid YAML, here or just below: control characters are not allowed"}},
		{"no UTF-8", "name: a\n\nfloors: \xff\n", []string{"3: this is not valid YAML, here or just below: invalid leading UTF-8 octet"}},
		{"alias of nothing", "name: a\nplain: *b\n", []string{"2: *b refers to a value that nothing above marks with &b: write the value out"}},
		{"alias inside itself", "rooms:\n  - &r\n    <<: *r\n", []string{"3: *r stands inside the value that &r marks: write the value out"}},
		{"merge of a word", "name: a\n<<: b\n", []string{`2: "<<" can merge nothing but mappings: write the fields out`}},
		{"key twice", "name: a\nfloors: 1\nname: b\n", []string{`3: "name" is here a second time, after line 1: keep one of the two`}},
		{"key of a map twice", "guests:\n  ann: {}\n  ann: {}\n",
			[]string{`3: "ann" is here a second time, after line 2: keep one of the two`}},
		{"unknown field", "name: a\nnmae: b\n", []string{`2: the field "nmae" is unknown: ` + fields}},
		{"unknown field below", "rooms:\n  - area: 1\n    size: 2\n", []string{`3: the field "size" is unknown: use area or names`}},
		{"several", "nmae: b\nfloors: x\n", []string{`1: the field "nmae" is unknown: ` + fields, `2: found "x" where a whole number belongs`}},
		{"list", "- a\n", []string{"1: found a list where a mapping belongs"}},
		{"list for text", "name: [a]\n", []string{"1: found a list where text belongs"}},
		{"mapping for a list", "rooms: {a: b}\n", []string{"1: found a mapping where a list belongs"}},
		{"word for a list", "rooms:\n  - {names: kitchen}\n", []string{`2: found "kitchen" where a list belongs: write [kitchen]`}},
		{"long word for a list", "rooms:\n  - {names: the-old-kitchen}\n",
			[]string{`2: found "the-old-kitchen" where a list belongs: write [the-old-kitchen]`}},
		{"word for a mapping", "guests: ann\n", []string{`1: found "ann" where a mapping belongs`}},
		{"duration", "wait: long\n", []string{`1: found "long" where a duration belongs: write one such as 1500ms or 10s`}},
		{"yes or no", "lit: dimly\n", []string{`1: found "dimly" where true or false belongs`}},
		{"number", "height: tall\n", []string{`1: found "tall" where a number belongs`}},
		{"small number", "door: 70000\n", []string{`1: found "70000" where a whole number from 0 to 65535 belongs`}},
		{"type of its own", "name: a\ncolour: blue\n", []string{`2: found "blue" where a colour belongs: write red`}},
		{"list for a type of its own", "colour: [red]\nfloors: x\n",
			[]string{"1: found a list where a colour belongs: write red", `2: found "x" where a whole number belongs`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range read(test.yaml, new(house)) {
				got = append(got, strings.TrimPrefix(f.Error(), "house.yaml:"))
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}

func read(text string, value any) []*yamlfile.Fault {
	document, fault := yamlfile.Parse("house.yaml", []byte(text), "a house")
	if fault != nil {
		return []*yamlfile.Fault{fault}
	}
	return document.Decode(value)
}

// TestLine: the line of a value is that of its key or list element, or else of what would contain it.
func TestLine(t *testing.T) {
	t.Parallel()
	const text = `# a house
name: a
rooms:
  - area: 1
    names: &n
      - kitchen
  - names: *n
guests:
  ann: {area: 1,
    names: []}
`
	document, fault := yamlfile.Parse("house.yaml", []byte(text), "a house")
	if fault != nil {
		t.Fatal(fault)
	}
	for _, test := range []struct {
		path yamlfile.Path
		line int
		has  bool
	}{
		{nil, 2, true},
		{yamlfile.Path{"name"}, 2, true},
		{yamlfile.Path{"name", "first"}, 2, false},
		{yamlfile.Path{"street"}, 2, false},
		{yamlfile.Path{"rooms"}, 3, true},
		{yamlfile.Path{"rooms", 0}, 4, true},
		{yamlfile.Path{"rooms", 0, "names"}, 5, true},
		{yamlfile.Path{"rooms", 0, "names", 0}, 6, true},
		{yamlfile.Path{"rooms", 0, "names", 1}, 5, false},
		{yamlfile.Path{"rooms", 1, "names", 0}, 6, true}, // where the alias leads
		{yamlfile.Path{"rooms", 1, "area"}, 7, false},
		{yamlfile.Path{"rooms", "0"}, 3, false},
		{yamlfile.Path{"guests", "ann", "names"}, 10, true},
		{yamlfile.Path{"guests", 0}, 8, false},
	} {
		if line, has := document.Line(test.path), document.Has(test.path); line != test.line || has != test.has {
			t.Errorf("%v is on line %d, %v; want %d, %v", test.path, line, has, test.line, test.has)
		}
	}
	if f := document.Fault(yamlfile.Path{"rooms", 1}, "too %s", "small"); f.Error() != "house.yaml:7: too small" {
		t.Error(f)
	}
}

// TestPathTo: paths that continue the same path are independent.
func TestPathTo(t *testing.T) {
	t.Parallel()
	base := append(make(yamlfile.Path, 0, 8), "a")
	one, two := base.To("b"), base.To("c", 1)
	if got := fmt.Sprint(base, one, two); got != "[a] [a b] [a c 1]" {
		t.Error(got)
	}
}

func TestChoice(t *testing.T) {
	t.Parallel()
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := yamlfile.Choice(words); got != want {
			t.Errorf("%q is written %q", words, got)
		}
	}
}

// FuzzDecode: whatever a file holds, it decodes, or the faults name the file and lines that it has.
func FuzzDecode(f *testing.F) {
	f.Add("name: a\nrooms: &r\n  - *r\n")
	f.Add("<<: b\n")
	f.Add("name: [\n---\n")
	f.Add("rooms: [{size: \"\\n\"}]\n\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for _, fault := range read(text, new(house)) {
			last := strings.Count(text, "\n") + strings.Count(text, "\r") + 2
			if fault.File != "house.yaml" || fault.Line < 0 || fault.Line > last || fault.What == "" {
				t.Errorf("%+v", fault)
			}
		}
	})
}
