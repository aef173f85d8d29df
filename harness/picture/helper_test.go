package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// The elements and attributes that fragments have.
var (
	elements = []string{
		"section", "h2", "h3", "h4", "h5", "h6", "div", "span", "p", "b", "i", "small", "ol", "ul", "li", "dl", "dt", "dd",
		"details", "summary", "pre", "code", "mark", "br", "table", "thead", "tbody", "tr", "th", "td", "svg", "title", "rect",
		"circle", "line", "text",
	}
	attributes = []string{
		"class", "id", "aria-labelledby", "aria-hidden", "open", "scope", "colspan", "role", "width", "height", "x", "y", "x1",
		"x2", "y1", "y2", "cx", "cy", "r", "text-anchor",
	}
)

// element is what a test reads of a fragment: each element's classes, and the text within it.
type element struct {
	name, class, id string
	text            strings.Builder
}

// read reads a fragment, and fails the test if it is not well formed or has what no fragment may have.
func read(t testing.TB, fragment []byte) []*element {
	t.Helper()
	if len(fragment) > MaxSize {
		t.Errorf("%d bytes, %d are the maximum", len(fragment), MaxSize)
	}
	decoder := xml.NewDecoder(bytes.NewReader(fragment))
	var all, open []*element
	ids := make(map[string]bool)
	var labels []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local}
			if !slices.Contains(elements, e.name) {
				t.Errorf("there is an element %s", e.name)
			}
			for _, a := range token.Attr {
				switch {
				case !slices.Contains(attributes, a.Name.Local):
					t.Errorf("%s has an attribute %s", e.name, a.Name.Local)
				case a.Name.Local == "class":
					e.class = a.Value
					for class := range strings.FieldsSeq(a.Value) {
						if class != "pic" && !strings.HasPrefix(class, "pic-") {
							t.Errorf("%s has the class %s", e.name, class)
						}
					}
				case a.Name.Local == "id":
					if e.id = a.Value; ids[e.id] || identifier(e.id) != e.id {
						t.Errorf("the id %q is there twice, or is none", e.id)
					}
					ids[e.id] = true
				case a.Name.Local == "aria-labelledby":
					labels = append(labels, a.Value)
				}
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text.Write(token)
			}
		default:
			t.Errorf("there is a %T", token)
		}
	}
	for _, l := range labels {
		if !ids[l] {
			t.Errorf("nothing has the id %s", l)
		}
	}
	return all
}

// draw draws events, and returns what the test reads of them.
func draw(t testing.TB, events []observation.Event, about About) []*element {
	t.Helper()
	var b bytes.Buffer
	if err := Draw(&b, numbered(events), about); err != nil {
		t.Fatal(err)
	}
	return read(t, b.Bytes())
}

// numbered gives events their places, and times that rise where there are none.
func numbered(events []observation.Event) []observation.Event {
	for i := range events {
		events[i].Seq = i
		if events[i].At == 0 {
			events[i].At = time.Duration(i+1) * 10 * time.Millisecond
		}
	}
	return events
}

var spaces = regexp.MustCompile(`\s+`)

// texts returns the texts of the elements with a class, or of a name if it begins with "<".
func texts(all []*element, class string) []string {
	var found []string
	for _, e := range all {
		name, byName := strings.CutPrefix(class, "<")
		if byName && e.name == name || !byName && slices.Contains(strings.Fields(e.class), class) {
			found = append(found, strings.TrimSpace(spaces.ReplaceAllString(e.text.String(), " ")))
		}
	}
	return found
}

// failing is a finding that blames the device for events.
func failing(cause, words string, events ...int) About {
	return About{Prefix: "p", Findings: []verdict.Finding{
		{Requirement: "R-1", Verdict: verdict.Fail, Cause: cause, Observed: words, Events: events}}}
}
