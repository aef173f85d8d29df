// Package stub has devices that always do one trivial thing, and what each of them
// has to be seen to pass: no more than it has shown. A judge that lets one pass
// anything else takes silence, or the mock's own doing, for conformance.
//
// The package serves this module and may change.
package stub

import (
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
)

// Stub is a device that always does one trivial thing.
type Stub struct {
	Name   string
	Device device.Device
	// Passes are the scenarios that it passes, but for those that it Lacks.
	Passes, Lacks []Shown
}

// Shown is scenarios that a stub passes, or lacks, with what it has or has not shown.
type Shown struct {
	// Scenarios is a pattern of [plan.Matches] for IDs, such as "twilio/*/register/**".
	// Patterns that begin with "!" may follow: those scenarios are not meant.
	Scenarios string
	Why       string
}

// Shows tells whether the stub has to pass a scenario.
func (s Stub) Shows(scenario string) bool {
	meant := func(shown Shown) bool { return shown.matches(scenario) }
	return slices.ContainsFunc(s.Passes, meant) && !slices.ContainsFunc(s.Lacks, meant)
}

// Idle returns the patterns that match none of the scenarios.
func (s Stub) Idle(scenarios []string) []string {
	var idle []string
	for _, shown := range slices.Concat(s.Passes, s.Lacks) {
		if !slices.ContainsFunc(scenarios, shown.matches) {
			idle = append(idle, shown.Scenarios)
		}
	}
	return idle
}

// ownCertificate is what a device shows whose server completes the vendor's handshake.
var ownCertificate = Shown{"*/*/call-listener/certificate*", "the vendor took the certificate of its server"}

// likeReference is what devices show that do the rest as the reference device does.
var likeReference = Shown{"**", "all else it does as the reference device does, which passes everything"}

func (s Shown) matches(scenario string) bool {
	patterns := strings.Fields(s.Scenarios)
	return plan.Matches(patterns[0], scenario) && !slices.ContainsFunc(patterns[1:], func(but string) bool {
		return plan.Matches(strings.TrimPrefix(but, "!"), scenario)
	})
}

// All returns the stubs, those of one subject together.
func All() []Stub {
	return slices.Concat(still(), connections(), handshakes(), certificates(), signalling(), answers(), media(), https())
}
