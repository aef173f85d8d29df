package causes

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// stacks are those that options are named of, as their makers write them.
var stacks = []string{"OpenSSL", "GnuTLS", "Mbed TLS", "PJSIP", "Sofia-SIP", "FreeSWITCH", "Kamailio", "re", "baresip", "libsrtp"}

// faults are the words for [Fault].
var faults = []Fault{Device, Network, Harness, SetUp, Open}

// form is what a cause or a pattern looks like.
var form = regexp.MustCompile(`^(\*|[A-Za-z0-9.]+)(-(\*|[A-Za-z0-9.]+))*$`)

// most is how many characters a text of an entry may have.
const most = 300

// UnmarshalYAML reads a mapping of stacks to names, and keeps its order.
func (o *Options) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return yamlfile.Wrong(node, "options is %s: write the option's name beside each stack", yamlfile.Describe(node))
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		stack, name := node.Content[i], node.Content[i+1]
		switch {
		case !slices.Contains(stacks, stack.Value):
			return yamlfile.Wrong(stack, "there is no stack %q; there are %s", stack.Value, yamlfile.Choice(stacks))
		case name.Kind != yaml.ScalarNode || strings.TrimSpace(name.Value) == "":
			return yamlfile.Wrong(name, "the option of %s has no name: write it as the stack has it, or leave it out", stack.Value)
		}
		*o = append(*o, Option{stack.Value, name.Value})
	}
	return nil
}

// check returns what is wrong with the entries, and indexes them.
func (s *Set) check(document *yamlfile.Document) []*yamlfile.Fault {
	var wrong []*yamlfile.Fault
	fault := func(at yamlfile.Path, format string, args ...any) {
		wrong = append(wrong, document.Fault(at, format, args...))
	}
	for i := range s.entries {
		e, at := &s.entries[i], yamlfile.Path{i}
		if len(e.Causes) == 0 {
			fault(at, "the entry has no causes: name those that it explains")
		}
		for j, cause := range e.Causes {
			place := at.To("causes", j)
			switch _, taken := s.index[cause]; {
			case !form.MatchString(cause) || strings.Count(cause, "*") > 1 || cause == "*":
				fault(place, `the cause %q has another form than no-ack or "refused-*"`, cause)
			case taken:
				fault(place, "%s is here a second time: keep one", cause)
			}
			s.index[cause] = i
		}
		if !slices.Contains(faults, e.Fault) {
			fault(at.To("fault"), "there is no fault %q: write %s", e.Fault, yamlfile.Choice(faults))
		}
		for _, text := range []struct{ field, value string }{{"means", e.Means}, {"do", e.Do}} {
			switch n := len([]rune(text.value)); {
			case strings.TrimSpace(text.value) == "":
				fault(at.To(text.field), "%s is empty: write a sentence", text.field)
			case n > most:
				fault(at.To(text.field), "%s has %d characters: write %d at most", text.field, n, most)
			}
		}
	}
	return wrong
}
