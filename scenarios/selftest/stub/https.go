package stub

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
)

// https are devices that know pages and no SIP.
func https() []Stub {
	return []Stub{
		{
			Name: "fetches pages from anybody",
			Device: altered{name: "fetches", set: unverified, options: reference.Options{Answer: nothing},
				does: map[device.Verb]device.Verb{device.HTTPSGet: device.HTTPSGet}},
			Passes: []Shown{
				{"infobip/rest/**", "it fetched the page, or was turned away and did not go on in clear"},
				{"cisco/*/ports/443/**", "it fetched the page, or was turned away and did not go on in clear"},
				{"cisco/*/ports/8443/**", "it fetched the page, or was turned away and did not go on in clear"},
				ownCertificate,
			},
			Lacks: badCertificates(),
		},
		{
			Name: "connects for pages and never asks for one",
			Device: altered{name: "https-silent", options: reference.Options{Answer: nothing},
				does: map[device.Verb]device.Verb{device.HTTPSGet: device.TLSConnect}},
			Passes: []Shown{ownCertificate},
		},
	}
}
