package scenarios

import (
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/results"
)

// configurations returns a device's configurations for the record. A label that one
// gives up and no scenario has is an error, since the scenarios that were meant would
// be judged.
func (l *Library) configurations(d device.Device) ([]results.Configuration, error) {
	configurable, ok := d.(device.Configurable)
	if !ok {
		return nil, nil
	}
	labels := make(map[string]bool)
	for _, s := range l.Scenarios {
		for _, label := range s.Labels() {
			labels[label] = true
		}
	}
	var all []results.Configuration
	for _, c := range configurable.Configurations() {
		for _, label := range c.GivesUp {
			if !labels[label] {
				return nil, fmt.Errorf("device %s: the configuration %s gives up %s, a label that no scenario has", d.Name(), c.Name, label)
			}
		}
		all = append(all, results.Configuration{Name: c.Name, GivesUp: slices.Clone(c.GivesUp)})
	}
	return all, nil
}
