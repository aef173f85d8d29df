package stub

import "github.com/sipconform/sipconform/harness/device"

// https are devices that know pages and no SIP.
func https() []Stub {
	fetches := map[device.Verb]device.Verb{device.HTTPSGet: device.HTTPSGet}
	return []Stub{
		{
			Name:   "fetches pages from anybody",
			Device: altered{name: "fetches", set: unverified, does: fetches},
		},
		{
			Name:   "connects for pages and never asks for one",
			Device: altered{name: "https-silent", does: map[device.Verb]device.Verb{device.HTTPSGet: device.TLSConnect}},
		},
	}
}
