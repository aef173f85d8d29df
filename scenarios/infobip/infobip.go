// Package infobip is what the harness asks of HTTPS clients at Infobip that no
// chapter can say. The rest is data: fixtures/profiles/infobip-rest.yaml. The
// package serves this module and may change.
package infobip

import (
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	mock "github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/chapter"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Chapters are the vendor's own.
func Chapters() chapter.Own {
	return chapter.Own{"infobip/endpoints": endpoints, "infobip/changes": changes}
}

// The sites of each endpoint, by their index in the profile.
const (
	wildcardSite = 0
	hostSite     = 1 // with a certificate of its own
	statusSite   = 2 // of production
)

// The shared sites of the test endpoint, which the vendor's document names.
const (
	sharedHostSite     = 2
	sharedWildcardSite = 3
)

// endpoints are the test endpoint, the two kinds of certificate on one address,
// and mutual TLS.
func endpoints(*profile.Product) []scene.Scene {
	named := scene.Ask("IB-08", "asks for the host in server_name, and takes its certificate",
		judge.All(judge.SendsServerName, judge.Fetched))
	tested := scene.Ask("IB-06", "gets the page of the test endpoint", judge.Fetched)
	return []scene.Scene{
		{
			ID: "certificate/host", Title: "a host with a certificate of its own, on the wildcard's address",
			Direction: plan.HTTPS, Area: "certificate", Control: "connect/default",
			Script: []scene.Step{scene.Fetch(mock.Production, hostSite)},
			Asks:   []judge.Check{named},
		}, {
			ID: "test-endpoint/wildcard", Title: "the test endpoint, with the wildcard",
			Direction: plan.HTTPS, Area: "https", Control: "connect/default",
			Script: []scene.Step{scene.Fetch(mock.Test, wildcardSite)},
			Asks:   []judge.Check{tested},
		}, {
			ID: "test-endpoint/host", Title: "the name of a production host, led to the test endpoint",
			Direction: plan.HTTPS, Area: "https", Control: "connect/default", Vendor: scene.Vendor{Names: scene.TestInstead},
			Script: []scene.Step{scene.Fetch(mock.Test, hostSite)},
			Asks:   []judge.Check{tested, named},
		}, {
			ID: "test-endpoint/as-documented", Title: "the document's own commands: api.infobip.com and tls-test.api-us.infobip.com",
			Direction: plan.HTTPS, Area: "https", Control: "test-endpoint/host", Vendor: scene.Vendor{Names: scene.SharedTestInstead},
			Script: []scene.Step{scene.Fetch(mock.Test, sharedHostSite), scene.Fetch(mock.Test, sharedWildcardSite)},
			Asks: []judge.Check{
				scene.Ask("IB-06", "gets both pages of the test endpoint", judge.FetchedEach(2)),
				scene.Ask("IB-08", "asks for each host in server_name, and takes its certificate",
					judge.All(judge.SendsServerName, judge.FetchedUnder(2))),
			},
		}, {
			ID: "certificate/mutual", Title: "a vendor that demands a certificate of the client",
			Direction: plan.HTTPS, Area: "certificate", Control: "connect/default",
			Vendor: scene.Vendor{Settings: map[string]string{vendor.ClientCertificate: vendor.Required}},
			Device: scene.Device{Needs: []device.Capability{device.CanIdentify}},
			Script: []scene.Step{scene.FetchPage()},
			Asks:   []judge.Check{scene.Ask("IB-11", "shows its certificate, and is served", judge.ShowsCertificate)},
		},
	}
}
