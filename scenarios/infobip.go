package scenarios

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	mock "github.com/sipconform/sipconform/mocks/infobip"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// infobip is every scene of the vendor's REST API.
func infobip(p *profile.Product) []scene {
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
func page() step { return fetch(mock.Production, wildcardSite) }

// https is a device that gets pages, with the fields of the scenes about it.
func https(id, area, title string, script ...step) scene {
	return scene{id: id, title: title, direction: plan.HTTPS, area: area, script: script}
}

// Alerts by which the vendor refuses a handshake, RFC 8446 §6.
const (
	handshakeFailure = 40
	protocolVersion  = 70
)

// failsClosed is what becomes of a device that the vendor turns away.
func failsClosed(alert uint8) judge.Rule {
	return judge.Unserved(judge.TurnedAway(alert), judge.NoPlainOnTLS)
}

// listed are the vendor's suites of TLS 1.3, or of TLS 1.2, in its order.
func (a infobipAPI) listed(version uint16) []uint16 {
	return slices.DeleteFunc(numbers(a.product.Revisions[0].TLS.Suites), func(suite uint16) bool { return suite>>8 == 0x13 != (version == tls.VersionTLS13) })
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
func (a infobipAPI) versions() []scene {
	good := https(base, "https", "the device as configured, and the vendor as it is", page())
	good.asks = []judge.Check{
		ask("IB-08", "asks for the host in server_name", judge.SendsServerName),
		ask("IB-09", "takes a wildcard in the place of the first label", judge.Fetched),
		ask("IB-03", "speaks TLS from the start", judge.NoPlainOnTLS),
	}
	scenes := []scene{good}
	for _, v := range tlsVersions {
		s := https("versions/"+v.slug, "tls", "the device set to "+v.name, page())
		s.levers = device.Levers{TLSMin: v.number, TLSMax: v.number}
		switch v.number {
		case tls.VersionTLS13:
			s.asks = []judge.Check{ask("IB-01", "is served at TLS 1.3", judge.All(judge.Negotiated(v.number), judge.Fetched))}
		case tls.VersionTLS12:
			s.asks = []judge.Check{ask("IB-02", "is served at TLS 1.2", judge.All(judge.Negotiated(v.number), judge.Fetched))}
		default:
			s.control = base
			s.asks = []judge.Check{ask("IB-03", "gets nothing through and sends nothing in clear", failsClosed(protocolVersion))}
		}
		scenes = append(scenes, s)
	}
	low := https("versions/server-at-most-tls1.1", "tls", "a server that has nothing above TLS 1.1", page())
	low.settings, low.control = map[string]string{"tls_min": "TLS 1.0", "tls_max": "TLS 1.1"}, base
	// The vendor's own need TLS 1.2.
	low.suites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA}
	low.asks = []judge.Check{ask("RF-TLS-01", "does not settle for a version that RFC 8996 forbids", judge.RejectsServer("tls1.1"))}
	return append(scenes, low)
}

// suites are the vendor's lists: as they are, one at a time on the vendor's side
// and on the device's, and none that the device has.
func (a infobipAPI) suites() []scene {
	var scenes []scene
	missing := edge.NotEmulated(a.product.Revisions[0])
	for _, l := range lists {
		needs := []device.Capability{device.Capability("tls:" + strings.TrimPrefix(l.slug, "tls"))}
		only := map[string]string{"tls_min": l.name, "tls_max": l.name}
		order := https("suites/"+l.slug+"/order", "tls", "the vendor with its suites of "+l.name+", by its own order", page())
		order.settings, order.needs = only, needs
		emulated := slices.DeleteFunc(a.listed(l.version), func(suite uint16) bool { return lacks(missing, suite) })
		served := judge.TakesFirst(emulated)
		if len(emulated) == 0 { // the engine has some of them, and an order of its own
			served = judge.Fetched
		}
		order.asks = []judge.Check{ask(l.row, "offers a suite of the list, and takes the one that the vendor prefers",
			judge.All(judge.OffersSuite(a.listed(l.version)), served))}
		scenes = append(scenes, order)
		for _, suite := range emulated {
			name := tlspeer.SuiteName(suite)
			slug := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "TLS_"), "_", "-"))
			vendor := https("suites/"+l.slug+"/"+slug+"/vendor", "tls", "a vendor with "+name+" alone", page())
			vendor.settings, vendor.needs, vendor.suites = only, needs, []uint16{suite}
			vendor.asks = []judge.Check{ask(l.row, "is served over the suite if it offers it", judge.UsesSuite(suite, 0, judge.Fetched))}
			own := https("suites/"+l.slug+"/"+slug+"/device", "tls", "the device set to "+name+" alone", page())
			own.levers = device.Levers{TLSMin: l.version, TLSMax: l.version, Suites: []uint16{suite}}
			own.asks = []judge.Check{ask(l.row, "is served over the suite", judge.UsesSuite(suite, 0, judge.Fetched))}
			scenes = append(scenes, vendor, own)
		}
	}
	foreign := https("suites/foreign-only", "tls", "the device set to suites that the vendor lacks", page())
	foreign.levers = device.Levers{TLSMin: tls.VersionTLS12, TLSMax: tls.VersionTLS12,
		Suites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}}
	foreign.control = base
	foreign.asks = []judge.Check{ask("IB-04", "gets nothing through and sends nothing in clear", failsClosed(handshakeFailure))}
	return append(scenes, foreign)
}

// endpoints are the test endpoint, the two kinds of certificate on one address,
// and mutual TLS.
func (a infobipAPI) endpoints() []scene {
	host := https("certificate/host", "certificate", "a host with a certificate of its own, on the wildcard's address", fetch(mock.Production, hostSite))
	host.asks = []judge.Check{ask("IB-08", "asks for the host in server_name, and takes its certificate", judge.All(judge.SendsServerName, judge.Fetched))}
	test := https("test-endpoint/wildcard", "https", "the test endpoint, with the wildcard", fetch(mock.Test, wildcardSite))
	test.asks = []judge.Check{ask("IB-06", "gets the page of the test endpoint", judge.Fetched)}
	led := https("test-endpoint/host", "https", "the name of a production host, led to the test endpoint", fetch(mock.Test, hostSite))
	led.names = testInstead
	led.asks = []judge.Check{
		ask("IB-06", "gets the page of the test endpoint", judge.Fetched),
		ask("IB-08", "asks for the host in server_name, and takes its certificate", judge.All(judge.SendsServerName, judge.Fetched)),
	}
	mutual := https("certificate/mutual", "certificate", "a vendor that demands a certificate of the client", page())
	mutual.settings, mutual.needs = map[string]string{"client_certificate": "required"}, []device.Capability{device.CanIdentify}
	mutual.asks = []judge.Check{ask("IB-11", "shows its certificate, and is served", judge.ShowsCertificate)}
	return []scene{host, test, led, mutual}
}
