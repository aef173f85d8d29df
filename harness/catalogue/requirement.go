// Package catalogue is what can be asked of a device: the requirements and the
// vendors' dated profiles, read from fixtures.
package catalogue

// Level is how binding a requirement is, RFC 2119.
type Level string

// The levels.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// Confidence is how well a requirement is known: vendor-facts, 0.3.
type Confidence string

// The confidences. Only High and Medium can fail a device.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// Requirement is one obligation of the device.
type Requirement struct {
	// ID is the row of the vendor facts, such as TW-TLS-05. It never changes.
	ID       string   `yaml:"id"`
	Vendor   string   `yaml:"vendor"`   // twilio …, or "rfc", "stack"
	Products []string `yaml:"products"` // empty: all of the vendor's
	Area     string   `yaml:"area"`
	// Directions the row is about: device-to-vendor, vendor-to-device, register, https, admin.
	Directions []string `yaml:"directions"`
	// Title says in a few words, Text in a sentence what the device owes (or,
	// for a row about the vendor alone, what the mock does).
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
	Level Level  `yaml:"level"`
	// Sources are citations: "seed 000", "doc T2", "RFC 4568 §6.1", "field F1",
	// "inferred", "unknown".
	Sources    []string   `yaml:"sources"`
	Confidence Confidence `yaml:"confidence"`
	// Profiles the row holds in; empty: all.
	Profiles []string `yaml:"profiles,omitempty"`
	// ConflictsWith are requirements that cannot be met together with this one.
	ConflictsWith []string `yaml:"conflicts_with,omitempty"`
	// Concerns are capabilities of devices that the row is advice for: it stands in
	// their reports whatever the verdicts are.
	Concerns []string `yaml:"concerns,omitempty"`
	// NotTestable is the reason why a wire test cannot see the row. Exactly one
	// of a scenario and this reason is there for every High and Medium row.
	NotTestable string `yaml:"not_testable,omitempty"`
}

// Binding tells whether the requirement can fail a device.
func (r Requirement) Binding() bool {
	return r.Confidence == High || r.Confidence == Medium
}
