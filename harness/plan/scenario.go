// Package plan is what a run asks: scenarios, and their selection by filter,
// date and what the device can do. A plan can be listed without being run.
package plan

import (
	"context"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
)

// Scenario is one reproducible stimulus with what is asked of the device in it.
type Scenario struct {
	// ID is a slug that never changes, such as twilio/voice/register/tls1.1/deprecated-off.
	ID    string
	Title string

	Vendor, Product string
	// Profiles are the revisions that it is true of.
	Profiles  []string
	Direction Direction
	Area      string
	// Level is that of the gravest requirement.
	Level catalogue.Level
	// Needs are the capabilities without which it is not applicable.
	Needs []device.Capability
	// Control is the ID of the paired good case: same device, same settings,
	// nothing wrong. Without it passed, a refusal proves nothing.
	Control string
	// Run stages the scenario and returns when there is nothing more to see.
	Run func(context.Context, *bench.Bench) error
	// Checks are applied to what was seen.
	Checks []judge.Check
}

// Direction is who acts, as labels spell it.
type Direction string

// The directions.
const (
	ToVendor   Direction = "device-to-vendor"
	FromVendor Direction = "vendor-to-device"
	Register   Direction = "register"
	HTTPS      Direction = "https"
)

// Requirements are those that the checks ask about, in order.
func (s *Scenario) Requirements() []string {
	var ids []string
	for _, c := range s.Checks {
		if !slices.Contains(ids, c.Requirement) {
			ids = append(ids, c.Requirement)
		}
	}
	return ids
}

// Labels are what a filter selects by. The grammar of filters has no slash in
// a label, so an ID is written with colons: id:twilio:voice:register:….
func (s *Scenario) Labels() []string {
	labels := []string{"vendor:" + s.Vendor, "product:" + s.Product}
	for _, p := range s.Profiles {
		labels = append(labels, "profile:"+p)
	}
	labels = append(labels, "direction:"+string(s.Direction), "area:"+s.Area, "level:"+string(s.Level))
	for _, r := range s.Requirements() {
		labels = append(labels, "req:"+r)
	}
	return append(labels, s.Label())
}

// Label is the scenario's own: "id:" and its ID as a label can hold it.
func (s *Scenario) Label() string { return "id:" + strings.ReplaceAll(s.ID, "/", ":") }
