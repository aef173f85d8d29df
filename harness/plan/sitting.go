package plan

import (
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// Sitting is what a device is asked that is configured once, as long as it is configured for one product.
type Sitting struct {
	Vendor, Product string
	Settings        []SetUp
}

// SetUp is what is asked while the device is set to one thing.
type SetUp struct {
	// Configuration is what it is set to, in words; empty for its own set-up.
	Configuration string
	Scenarios     []*Scenario
}

// Course is the order in which a device that is configured once goes through a plan.
type Course []Sitting

// Sittings orders scenarios so that a device with these capabilities is set as seldom as possible: all of a product's
// together, first those of its own set-up, and then all of one setting at a time. Scenarios that do not apply to it are
// among those of its own set-up, for they take no time.
func Sittings(all []*Scenario, has device.Capabilities) Course {
	var course Course
	sitting := func(s *Scenario) *Sitting {
		for i := range course {
			if course[i].Vendor == s.Vendor && course[i].Product == s.Product {
				return &course[i]
			}
		}
		course = append(course, Sitting{Vendor: s.Vendor, Product: s.Product, Settings: []SetUp{{}}})
		return &course[len(course)-1]
	}
	for _, s := range all {
		set := ""
		if s.Configuration != nil && len(Missing(s, has)) == 0 {
			set = s.Configuration(has)
		}
		in := sitting(s)
		i := 0
		for i < len(in.Settings) && in.Settings[i].Configuration != set {
			i++
		}
		if i == len(in.Settings) {
			in.Settings = append(in.Settings, SetUp{Configuration: set})
		}
		in.Settings[i].Scenarios = append(in.Settings[i].Scenarios, s)
	}
	return course
}

// Scenarios returns them in order.
func (c Course) Scenarios() []*Scenario {
	var all []*Scenario
	for _, sitting := range c {
		for _, set := range sitting.Settings {
			all = append(all, set.Scenarios...)
		}
	}
	return all
}

// Changes is how often the device is set to something else, the first time of each product included.
func (c Course) Changes() int {
	changes := 0
	for _, sitting := range c {
		changes += len(sitting.Settings)
	}
	return changes
}

// Pace is how long things take that no clock of the harness knows.
type Pace struct {
	Change, Scenario time.Duration
}

// Duration estimates how long the course takes a device with these capabilities, at a pace.
func (c Course) Duration(has device.Capabilities, pace Pace) time.Duration {
	total := time.Duration(c.Changes()) * pace.Change
	for _, s := range c.Scenarios() {
		if len(Missing(s, has)) == 0 {
			total += pace.Scenario + s.Idle
		}
	}
	return total
}
