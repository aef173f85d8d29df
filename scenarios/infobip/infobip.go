package infobip

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	mock "github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// Scenes is every scene of the vendor's REST API.
func Scenes(p *profile.Product) []scene.Scene {
	a := infobipAPI{p}
	return slices.Concat(a.versions(), a.suites(), a.certificates(), a.endpoints(), a.changes())
}

// infobipAPI writes scenes for HTTPS clients.
type infobipAPI struct{ product *profile.Product }

// The sites of each endpoint, by their numbers in the profile.
const (
	wildcardSite = 0
	hostSite     = 1 // with a certificate of its own
)

// page has the device get a page of the production API.
func page() scene.Step { return scene.Fetch(mock.Production, wildcardSite) }

// listed are the vendor's suites of TLS 1.3, or of TLS 1.2, in its order.
func (a infobipAPI) listed(version uint16) []uint16 {
	return slices.DeleteFunc(scene.Numbers(a.product.Revisions[0].TLS.Suites), func(suite uint16) bool { return suite>>8 == 0x13 != (version == tls.VersionTLS13) })
}

// lists are the vendor's two lists, with their rows.
var lists = []struct {
	row, name, slug string
	version         uint16
}{
	{"IB-01", "TLS 1.3", "tls1.3", tls.VersionTLS13},
	{"IB-02", "TLS 1.2", "tls1.2", tls.VersionTLS12},
}

// versions is the floor: the device set to each version, and a server that is
// below the device's own floor.
func (a infobipAPI) versions() []scene.Scene {
	good := scene.HTTPS(scene.Base, "https", "the device as configured, and the vendor as it is", page())
	good.Asks = []judge.Check{
		scene.Ask("IB-08", "asks for the host in server_name", judge.SendsServerName),
		scene.Ask("IB-09", "takes a wildcard in the place of the first label", judge.Fetched),
		scene.Ask("IB-03", "speaks TLS from the start", judge.NoPlainOnTLS),
	}
	scenes := []scene.Scene{good}
	for _, v := range scene.TLSVersions {
		s := scene.HTTPS("versions/"+v.Slug, "tls", "the device set to "+v.Name, page())
		s.Levers = device.Levers{TLSMin: v.Number, TLSMax: v.Number}
		switch v.Number {
		case tls.VersionTLS13:
			s.Asks = []judge.Check{scene.Ask("IB-01", "is served at TLS 1.3", judge.All(judge.Negotiated(v.Number), judge.Fetched))}
		case tls.VersionTLS12:
			s.Asks = []judge.Check{scene.Ask("IB-02", "is served at TLS 1.2", judge.All(judge.Negotiated(v.Number), judge.Fetched))}
		default:
			s.Control = scene.Base
			s.Asks = []judge.Check{scene.Ask("IB-03", "gets nothing through and sends nothing in clear", scene.FailsClosed(scene.ProtocolVersion))}
		}
		scenes = append(scenes, s)
	}
	low := scene.HTTPS("versions/server-at-most-tls1.1", "tls", "a server that has nothing above TLS 1.1", page())
	low.Settings, low.Control = map[string]string{"tls_min": "TLS 1.0", "tls_max": "TLS 1.1"}, scene.Base
	// The vendor's own need TLS 1.2.
	low.Suites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA}
	low.Asks = []judge.Check{scene.Ask("RF-TLS-01", "does not settle for a version that RFC 8996 forbids", judge.Refuses("tls1.1"))}
	return append(scenes, low)
}

// suites are the vendor's lists: as they are, one at a time on the vendor's side
// and on the device's, and none that the device has.
func (a infobipAPI) suites() []scene.Scene {
	var scenes []scene.Scene
	missing := edge.NotEmulated(a.product.Revisions[0])
	for _, l := range lists {
		needs := []device.Capability{device.Capability("tls:" + strings.TrimPrefix(l.slug, "tls"))}
		only := map[string]string{"tls_min": l.name, "tls_max": l.name}
		order := scene.HTTPS("suites/"+l.slug+"/order", "tls", "the vendor with its suites of "+l.name+", by its own order", page())
		order.Settings, order.Needs = only, needs
		emulated := slices.DeleteFunc(a.listed(l.version), func(suite uint16) bool { return scene.Lacks(missing, suite) })
		served := judge.TakesFirst(emulated)
		if len(emulated) == 0 { // the engine has some of them, and an order of its own
			served = judge.Fetched
		}
		order.Asks = []judge.Check{scene.Ask(l.row, "offers a suite of the list, and takes the one that the vendor prefers",
			judge.All(judge.OffersSuite(a.listed(l.version)), served))}
		scenes = append(scenes, order)
		for _, suite := range emulated {
			name := tlspeer.SuiteName(suite)
			slug := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "TLS_"), "_", "-"))
			vendor := scene.HTTPS("suites/"+l.slug+"/"+slug+"/vendor", "tls", "a vendor with "+name+" alone", page())
			vendor.Settings, vendor.Needs, vendor.Suites = only, needs, []uint16{suite}
			vendor.Asks = []judge.Check{scene.Ask(l.row, "is served over the suite if it offers it", judge.UsesSuite(suite, 0, judge.Fetched))}
			own := scene.HTTPS("suites/"+l.slug+"/"+slug+"/device", "tls", "the device set to "+name+" alone", page())
			own.Levers = device.Levers{TLSMin: l.version, TLSMax: l.version, Suites: []uint16{suite}}
			own.Asks = []judge.Check{scene.Ask(l.row, "is served over the suite", judge.UsesSuite(suite, 0, judge.Fetched))}
			scenes = append(scenes, vendor, own)
		}
	}
	foreign := scene.HTTPS("suites/foreign-only", "tls", "the device set to suites that the vendor lacks", page())
	foreign.Levers = device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12,
		Suites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}}
	foreign.Control = scene.Base
	foreign.Asks = []judge.Check{scene.Ask("IB-04", "gets nothing through and sends nothing in clear", scene.FailsClosed(scene.HandshakeFailure))}
	return append(scenes, foreign)
}

// endpoints are the test endpoint, the two kinds of certificate on one address,
// and mutual TLS.
func (a infobipAPI) endpoints() []scene.Scene {
	host := scene.HTTPS("certificate/host", "certificate", "a host with a certificate of its own, on the wildcard's address", scene.Fetch(mock.Production, hostSite))
	host.Asks = []judge.Check{scene.Ask("IB-08", "asks for the host in server_name, and takes its certificate", judge.All(judge.SendsServerName, judge.Fetched))}
	test := scene.HTTPS("test-endpoint/wildcard", "https", "the test endpoint, with the wildcard", scene.Fetch(mock.Test, wildcardSite))
	test.Asks = []judge.Check{scene.Ask("IB-06", "gets the page of the test endpoint", judge.Fetched)}
	led := scene.HTTPS("test-endpoint/host", "https", "the name of a production host, led to the test endpoint", scene.Fetch(mock.Test, hostSite))
	led.Names = scene.TestInstead
	led.Asks = []judge.Check{
		scene.Ask("IB-06", "gets the page of the test endpoint", judge.Fetched),
		scene.Ask("IB-08", "asks for the host in server_name, and takes its certificate", judge.All(judge.SendsServerName, judge.Fetched)),
	}
	mutual := scene.HTTPS("certificate/mutual", "certificate", "a vendor that demands a certificate of the client", page())
	mutual.Settings, mutual.Needs = map[string]string{"client_certificate": "required"}, []device.Capability{device.CanIdentify}
	mutual.Asks = []judge.Check{scene.Ask("IB-11", "shows its certificate, and is served", judge.ShowsCertificate)}
	return []scene.Scene{host, test, led, mutual}
}
