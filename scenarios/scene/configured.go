package scene

import (
	"maps"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
)

// changes are the capabilities that a device which is configured once has to have for what the scene gives it anew.
func (d Device) changes() []device.Capability {
	var all []device.Capability
	for can, needed := range map[device.Capability]bool{
		device.LeverPassword: d.WrongPassword, device.LeverTrust: d.Trusts != nil, device.LeverCertificate: d.Own != Own{},
	} {
		if needed {
			all = append(all, can)
		}
	}
	slices.Sort(all)
	return all
}

// configuration says in words what a device with these capabilities is set to, empty if it is as its user has it.
func (d Device) configuration(has device.Capabilities) string {
	levers := d.Levers
	if able := enabled(d.Enable, has); len(able) > 0 {
		levers.SRTPSuites = able
	}
	var words []string
	values := levers.Values()
	for _, lever := range slices.Sorted(maps.Keys(values)) {
		words = append(words, lever+" "+strings.Join(values[lever], ", "))
	}
	for _, need := range d.Needs {
		if lever, is := strings.CutPrefix(string(need), "lever:"); is && values[lever] == nil {
			words = append(words, lever)
		}
	}
	if d.OtherPort && has.Has(device.LeverPort) {
		words = append(words, "another port")
	}
	for _, change := range d.changes() {
		words = append(words, "another "+strings.TrimPrefix(string(change), "lever:"))
	}
	return strings.Join(words, "; ")
}

// enabled are those of SRTP suites that a device can be set to.
func enabled(suites []string, has device.Capabilities) []string {
	if !has.Has(device.LeverSRTPSuites) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(suites), func(suite string) bool { return !has.Has(device.SRTPSuite(suite)) })
}
