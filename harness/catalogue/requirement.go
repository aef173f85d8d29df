// Package catalogue holds the requirements that devices are judged by, read from
// YAML files such as fixtures/requirements and checked.
//
// The package serves this module and may change.
package catalogue

// Level is how binding a requirement is, in the words of RFC 2119.
type Level string

// The levels.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// Confidence is how well it is known that a vendor requires something.
type Confidence string

// The confidences. Only High and Medium can fail a device.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// Requirement is one obligation of the device.
type Requirement struct {
	// ID names the requirement, such as TW-TLS-05. It never changes.
	ID       string   `yaml:"id"`
	Vendor   string   `yaml:"vendor"`   // twilio …, or "rfc", "stack"
	Products []string `yaml:"products"` // empty: all of the vendor's
	Area     string   `yaml:"area"`
	// Directions are what it is about: device-to-vendor, vendor-to-device, register, https, admin.
	Directions []string `yaml:"directions"`
	// Title says in a few words, Text in a sentence what the device has to do or, if
	// the row is about the vendor alone, what the mock does.
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
	Level Level  `yaml:"level"`
	// Sources are citations: "seed 000", "doc T2", "RFC 4568 §6.1", "field F1",
	// "inferred", "unknown".
	Sources    []string   `yaml:"sources"`
	Confidence Confidence `yaml:"confidence"`
	// Revisions are those in which it holds; empty means all.
	Revisions []string `yaml:"profiles,omitempty"`
	// ConflictsWith are requirements that cannot be met together with this one.
	ConflictsWith []string `yaml:"conflicts_with,omitempty"`
	// Concerns are capabilities: reports on devices that have one include the row as
	// advice, whatever the verdicts.
	Concerns []string `yaml:"concerns,omitempty"`
	// Releases are releases of programs: reports on devices that say that they are one
	// include the row as advice, too.
	Releases []Release `yaml:"releases,omitempty"`
	// NotTestable is the reason why a test on the wire cannot see it. Every row of
	// high or medium confidence has either a scenario or this reason, not both.
	NotTestable string `yaml:"not_testable,omitempty"`
}

// Binding reports whether the requirement can fail a device.
func (r Requirement) Binding() bool {
	return r.Confidence == High || r.Confidence == Medium
}
