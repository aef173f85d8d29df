package scenarios

import (
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/results"
)

// configurations returns a device's configurations for the record. A label that one
// gives up and no scenario has is an error: see [Library.GivesUp].
func (l *Library) configurations(d device.Device) ([]results.Configuration, error) {
	configurable, ok := d.(device.Configurable)
	if !ok {
		return nil, nil
	}
	var all []results.Configuration
	for _, c := range configurable.Configurations() {
		all = append(all, results.Configuration{Name: c.Name, GivesUp: slices.Clone(c.GivesUp)})
	}
	if err := l.GivesUp(all); err != nil {
		return nil, fmt.Errorf("device %s: %w", d.Name(), err)
	}
	return all, nil
}

// GivesUp checks that the labels which configurations give up exist. Of one that no
// scenario has, the scenarios that were meant would be judged.
func (l *Library) GivesUp(configurations []results.Configuration) error {
	if len(configurations) == 0 {
		return nil
	}
	labels := make(map[string]bool)
	for _, s := range l.Scenarios {
		for _, label := range s.Labels() {
			labels[label] = true
		}
	}
	for _, c := range configurations {
		for _, label := range c.GivesUp {
			if !labels[label] {
				return fmt.Errorf("the configuration %s gives up %s, a label that no scenario has", c.Name, label)
			}
		}
	}
	return nil
}
