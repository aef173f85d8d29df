package chapter

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios/scene"
)

// tlsVersions are the versions of the matrix, lowest first.
var tlsVersions = []struct {
	slug, name string // as cases and as profiles have it
	number     uint16
}{
	{"tls1.0", "TLS 1.0", tls.VersionTLS10},
	{"tls1.1", "TLS 1.1", tls.VersionTLS11},
	{"tls1.2", "TLS 1.2", tls.VersionTLS12},
	{"tls1.3", "TLS 1.3", tls.VersionTLS13},
}

// keyTransport are the suites of TLS 1.0 and 1.1 with RSA key exchange. A vendor of
// old has no others: with ECDHE it would sign its ServerKeyExchange over SHA-1, and
// OpenSSL's clients refuse that whatever they think of the version.
var keyTransport = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA}

// cbc are the suites with which a vendor of old calls: the device's server chooses
// the one that it likes, so that it can refuse nothing but the version.
var cbc = append(slices.Clone(keyTransport),
	tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA)

// aead13 are the suites of TLS 1.3 that every stack has.
var aead13 = []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384}

// Alerts by which a vendor refuses a handshake, RFC 8446 §6.
const (
	alertHandshakeFailure = 40
	alertProtocolVersion  = 70
)

// versions are the TLS floors of both sides. The case of a version is the device
// set to it alone, and what is asked follows from the profile: to be served, or to
// be turned away in the handshake, by a SIP response, or when it is called. The
// other cases are a vendor that has nothing above a version of old, and one that
// calls the device's server at a version alone, be it one of its own or not.
func versions() family {
	return family{
		id: "{way}/{case}", ways: []string{callOutWay, connectWay, registerWay, listenerWay, fetchWay, connectPortWay, optionsWay},
		cases: func(*entry) []string {
			return []string{
				"tls1.0", "tls1.1", "tls1.2", "tls1.3", "vendor-at-most-tls1.0", "vendor-at-most-tls1.1",
				"vendor-only-tls1.0", "vendor-only-tls1.1", "vendor-only-tls1.3",
			}
		},
		stimuli: func(e *entry, name string) ([]stimulus, error) {
			for _, v := range tlsVersions {
				if name == v.slug {
					s, err := e.deviceAt(v.number)
					return []stimulus{s}, err
				}
				if name == "vendor-at-most-"+v.slug {
					s, err := e.vendorAtMost(v.slug, v.name, v.number)
					return []stimulus{s}, err
				}
				if name == "vendor-only-"+v.slug {
					s, err := e.vendorOnly(v.slug, v.name, v.number)
					return []stimulus{s}, err
				}
			}
			return nil, fmt.Errorf("no version %s", name)
		},
	}
}

// deviceAt is the device set to one version.
func (e *entry) deviceAt(number uint16) (stimulus, error) {
	name := tlspeer.VersionName(number)
	s := stimulus{title: "the device set to " + name, area: "tls"}
	s.device.Levers = device.Levers{TLSMin: number, TLSMax: number}
	if e.way.inbound() && number == tls.VersionTLS12 {
		// A server has a range of versions, and is called at one of them.
		s.title, s.device.Levers = "the device's server as it is configured, called at "+name, device.Levers{}
	}
	f, err := e.floor()
	if err != nil {
		return s, err
	}
	switch allowed := f.allows(number); {
	case e.way.inbound() && !allowed:
		if e.product.Offer.Unreachable == "" {
			return s, fmt.Errorf("a call that fails at %s is known by offer.unreachable, which the profile lacks", name)
		}
		s.refused, s.expected = true, "gets no call, and the vendor's console says "+e.product.Offer.Unreachable
		s.rule = judge.Uncalled(e.product.Offer.Unreachable)
	case allowed:
		s.expected, s.rule = "is served at "+name, judge.All(judge.Negotiated(number), e.way.served)
	case !f.shakes(number):
		s.refused = true
		s.expected, s.rule = e.way.turnedAway(alertProtocolVersion)
	default:
		refusal, refused := e.refused(e.way.method, map[string]string{profile.FactTLSAllowed: "no"}, nil)
		if !refused {
			return s, fmt.Errorf("the profile has no refusal for %s", name)
		}
		s.refused = true
		s.expected, s.rule = e.way.takesAsFinal(refusal.Status)
	}
	return s, nil
}

// vendorAtMost is a vendor that has nothing above a version that RFC 8996 forbids.
func (e *entry) vendorAtMost(slug, name string, number uint16) (stimulus, error) {
	s := stimulus{title: "a vendor that has nothing above " + name, area: "tls", requirement: "RF-TLS-01", refused: true}
	s.vendor.Settings, s.vendor.Suites = map[string]string{profile.TLSMax: name}, keyTransport
	s.expected, s.rule = "does not settle for a version that RFC 8996 forbids", judge.RejectsVersion(number)
	if e.way.inbound() {
		if f, err := e.floor(); err != nil || f.served > number {
			return s, errors.Join(err, fmt.Errorf("the vendor calls at %s and above: leave the case out", tlspeer.VersionName(f.served)))
		}
		s.vendor.Suites = cbc
		s.expected, s.rule = "its server refuses versions that RFC 8996 forbids", judge.RejectsClient(slug)
		s.script = append(e.way.ring(edge.Outbound{}), scene.Settle())
	}
	return s, nil
}

// vendorOnly is a call to the device's server at one version that the vendor does not call at.
func (e *entry) vendorOnly(slug, name string, number uint16) (stimulus, error) {
	s := stimulus{title: "the device's server, called at " + name + " alone", area: "tls"}
	if !e.way.inbound() {
		return s, errors.New("the cases vendor-only-… are of a vendor that calls: say way: " + listenerWay)
	}
	s.vendor.Version = number
	if number == tls.VersionTLS13 {
		s.vendor.Suites = aead13
		s.expected, s.rule = "takes the call, or refuses the handshake", judge.AnsweredOrRefused(slug)
		return s, nil
	}
	s.vendor.Suites, s.requirement, s.refused = cbc, "RF-TLS-01", true
	s.script = append(e.way.ring(edge.Outbound{}), scene.Settle())
	s.expected, s.rule = "its server refuses versions that RFC 8996 forbids", judge.RejectsClient(slug)
	if number == tls.VersionTLS10 { // who takes that takes 1.1 too
		s.presumes = []string{"vendor-only-tls1.1"}
	}
	return s, nil
}

// floor is what a revision allows with the settings of a row.
type floor struct {
	lowest, highest uint16 // of handshakes
	served          uint16 // lowest version over which operations are served
}

func (f floor) shakes(version uint16) bool { return version >= f.lowest && version <= f.highest }

func (f floor) allows(version uint16) bool { return f.shakes(version) && version >= f.served }

func (e *entry) floor() (floor, error) {
	values, err := e.values(nil)
	if err != nil {
		return floor{}, err
	}
	r := e.revision()
	rules, err := vendor.Rules(r, values, nil, nil)
	f := floor{lowest: rules.MinVersion, highest: rules.MaxVersion, served: vendor.AllowedFrom(r, values)}
	if e.way.inbound() { // the vendor calls at no other
		f.lowest = max(f.lowest, f.served)
	}
	return f, err
}

// goodRequest is the facts of a request that nothing is wrong with.
var goodRequest = map[string]string{
	profile.FactTransport: observation.TLS, profile.FactTLSAllowed: "yes", profile.FactHost: "own", profile.FactNumber: "e164",
	profile.FactTrunk: "group", profile.FactURITransport: observation.TLS,
	profile.FactCredentials: "good", profile.FactExpires: "enough", profile.FactContacts: "room",
	profile.FactSessionExpires: "none", profile.FactMedia: "srtp", profile.FactCrypto: "acceptable",
}

// refused is the refusal that a request meets: one that is good but for facts and
// settings.
func (e *entry) refused(method string, facts, settings map[string]string) (profile.Refusal, bool) {
	values, err := e.values(settings)
	if err != nil {
		return profile.Refusal{}, false
	}
	maps.Copy(values, goodRequest)
	maps.Copy(values, facts)
	for _, r := range e.revision().Refusals {
		if r.Matches(method, values) {
			return r, true
		}
	}
	return profile.Refusal{}, false
}
