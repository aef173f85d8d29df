package profile

import (
	"go.yaml.in/yaml/v3"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// Chapter is a family of scenarios that the harness makes for the product. Mocks
// do not read it. Package scenarios/chapter says which chapters there are, and
// what cases and asks each has.
type Chapter struct {
	// Chapter is the family's name, or that of a chapter which the vendor's own
	// package writes: "twilio/calls".
	Chapter string `yaml:"chapter"`
	// Way is how the device is brought to the vendor, or the vendor to the device.
	Way string `yaml:"way"`
	// Port is the port of the table that a way leads to which needs one.
	Port uint16 `yaml:"port"`
	// ID is the form of the scenarios' IDs, in which {case} stands for the case;
	// empty: the chapter's own form.
	ID string `yaml:"id"`
	// Revisions, Settings and Control hold for every row that does not say
	// otherwise.
	Revisions []string          `yaml:"revisions"`
	Settings  map[string]string `yaml:"settings"`
	Control   string            `yaml:"control"`
	// Rows are the cases, and what they are asked for. None: every case of the
	// chapter that is about a rule of an RFC, for that rule.
	Rows []Row `yaml:"rows"`

	Line int `yaml:"-"` // in the file
}

// Row asks about requirements in cases of a chapter. Rows of the same scenario add
// to what is asked in it.
type Row struct {
	Case Words `yaml:"case"` // several make a scenario each
	// Ask names rules of the chapters' vocabulary, all of which must hold; none: the
	// case's own.
	Ask Words `yaml:"ask"`
	// Requirement names the rows of the catalogue; none: the case's own.
	Requirement Words `yaml:"requirement"`

	ID        string            `yaml:"id"`       // instead of the chapter's form
	Title     string            `yaml:"title"`    // instead of the case's
	Expected  string            `yaml:"expected"` // instead of the case's
	Area      string            `yaml:"area"`     // instead of the case's
	Revisions []string          `yaml:"revisions"`
	Settings  map[string]string `yaml:"settings"` // beside the chapter's
	Control   string            `yaml:"control"`
	Needs     []string          `yaml:"needs"`   // capabilities of the device
	Suites    []string          `yaml:"suites"`  // SRTP suites by their RFC 4568 names
	Enable    []string          `yaml:"enable"`  // SRTP suites that a device with a lever for them is set to
	Version   string            `yaml:"version"` // TLS version that the case is limited to
	// Columns are those of the table of ports that the case goes through, each with
	// every version.
	Columns Words `yaml:"columns"`

	Line int `yaml:"-"` // in the file
}

// Words is one word, or a list of words.
type Words []string

// UnmarshalYAML reads a scalar as a list of one.
func (w *Words) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*w = Words{node.Value}
		return nil
	}
	var words []string
	if err := node.Decode(&words); err != nil {
		return yamlfile.Wrong(node, "found %s where a word or a list of words belongs", yamlfile.Describe(node))
	}
	*w = words
	return nil
}
