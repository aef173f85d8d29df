// Package plan selects what a run asks: scenarios, by filter, date and what the
// device can do. A plan can be listed without being run.
//
// The package serves this module and may change.
package plan

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/catalogue"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Scenario is one reproducible stimulus and what is asked of the device in it.
type Scenario struct {
	// ID is a slug that never changes, such as twilio/voice/register/tls1.1/deprecated-off.
	ID    string
	Title string

	Vendor, Product string
	// Revisions are those of the product's profile in which it holds.
	Revisions []string
	Direction Direction
	Area      string
	// NoCalls tells that the vendor takes no calls, so that a device only asks it.
	NoCalls bool
	// Level is the level of its gravest requirement.
	Level catalogue.Level
	// CoreOf are the roles of which nothing can be claimed without this scenario.
	CoreOf []profile.Role
	// Needs are the capabilities without which the scenario is not applicable.
	Needs []device.Capability
	// Changes are those that it needs as well of a device that is [device.ConfiguredOnce].
	Changes []device.Capability
	// Configuration returns what a device with these capabilities has to be set to, in words; empty for its own set-up.
	Configuration func(device.Capabilities) string
	// Control is the ID of the paired scenario: the same device and settings, and
	// nothing wrong. Unless it passes, a refusal in this scenario proves nothing.
	Control string
	// Presumes are the IDs of scenarios whose fail explains one in this: a device that
	// takes a certificate of any authority takes one with a broken signature too.
	Presumes []string
	// Idle is how long the scenario waits for time to pass, and nothing else.
	Idle time.Duration
	// Run stages the scenario and returns when nothing more will happen.
	Run func(context.Context, *bench.Bench) error
	// Served rules, of a scenario that is a control, that the device was served in it;
	// nil: the verdict alone says so.
	Served judge.Rule
	// Checks are applied to what was seen.
	Checks []judge.Check
	// Usual says of a scenario in which nothing is planted, and nothing is asked of the device
	// but what it does in use, when it comes about without anybody's doing; nil for all others.
	Usual *Usual
}

// Usual is when a scenario comes about by itself: at a vendor with these settings, with a
// device that does what the scenario's role says.
type Usual struct {
	// Settings are the vendor's by name, as far as the scenario sets them. The others are
	// as the profile has them.
	Settings map[string]string
	// Media is what the call is offered: by the device that calls, which its user may have
	// set to something else, or by the vendor to the device. Empty: anything.
	Media device.Media
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

// Rests returns the IDs of the scenarios that this one's verdict rests on: its control,
// if it has one, and those that it presumes.
func (s *Scenario) Rests() []string {
	if s.Control == "" {
		return s.Presumes
	}
	return append([]string{s.Control}, s.Presumes...)
}

// Role returns the part that the device takes. A device that the vendor calls either
// has a server of its own, or is called over its registration.
func (s *Scenario) Role() profile.Role {
	switch {
	case s.Direction == Register:
		return profile.Registering
	case s.Direction == ToVendor && slices.Contains(s.Needs, device.CanConnect):
		return profile.Connecting
	case s.Direction == ToVendor && s.NoCalls:
		return profile.Asking
	case s.Direction == ToVendor:
		return profile.CallingOut
	case s.Direction == HTTPS:
		return profile.Fetching
	case slices.Contains(s.Needs, device.CanListen):
		return profile.Listening
	}
	return profile.CalledIn
}

// Requirements returns the IDs of the requirements that the checks ask about, in order.
func (s *Scenario) Requirements() []string {
	var ids []string
	for _, c := range s.Checks {
		if !slices.Contains(ids, c.Requirement) {
			ids = append(ids, c.Requirement)
		}
	}
	return ids
}

// Labels returns what a filter selects by. Filters allow no slash in a label, so an
// ID is written with colons: id:twilio:voice:register:….
func (s *Scenario) Labels() []string {
	labels := []string{"vendor:" + s.Vendor, "product:" + s.Product}
	for _, r := range s.Revisions {
		labels = append(labels, "profile:"+r)
	}
	labels = append(labels, "direction:"+string(s.Direction), "area:"+s.Area, "level:"+string(s.Level))
	for _, r := range s.Requirements() {
		labels = append(labels, "req:"+r)
	}
	return append(labels, s.Label())
}

// Label returns the label that only this scenario has: "id:" and its ID.
func (s *Scenario) Label() string { return "id:" + strings.ReplaceAll(s.ID, "/", ":") }
