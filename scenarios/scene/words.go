package scene

import (
	"crypto/tls"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// outward is a call from the device, with the fields of the scenes about it.
func Outward(id, area, title string, script ...Step) Scene {
	return Scene{ID: id, Title: title, Direction: plan.ToVendor, Area: area, Script: script}
}

// through is a call by which a device shows that it is served, from end to end.
func Through(call Step) []Step { return []Step{call, DeviceHangsUp(), Settle()} }

// ringListener is a call to the device's own server that is taken and ended.
func RingListener(o edge.Outbound) []Step {
	return []Step{CallListener(o), Hear(), VendorHangsUp(), Settle()}
}

// inward is a call to the device's own server.
func Inward(id, area, title string, script ...Step) Scene {
	return Scene{ID: id, Title: title, Direction: plan.FromVendor, Area: area, Script: script}
}

// https is a device that gets pages, with the fields of the scenes about it.
func HTTPS(id, area, title string, script ...Step) Scene {
	return Scene{ID: id, Title: title, Direction: plan.HTTPS, Area: area, Script: script}
}

// Alerts by which the vendor refuses a handshake, RFC 8446 §6.
const (
	HandshakeFailure = 40
	ProtocolVersion  = 70
)

// failsClosed is what becomes of a device that the vendor turns away.
func FailsClosed(alert uint8) judge.Rule {
	return judge.Unserved(judge.TurnedAway(alert), judge.NoPlainOnTLS)
}

// The suites of TW-SRTP-10, and one that the vendor lacks.
const (
	Tag80  = "AES_CM_128_HMAC_SHA1_80"
	Tag32  = "AES_CM_128_HMAC_SHA1_32"
	GCM128 = "AEAD_AES_128_GCM"
)

var Talk = []Step{CallOut(), Hear(), DeviceHangsUp(), Settle()}

// tlsVersions are the versions of the floor's matrix.
var TLSVersions = []struct {
	Slug, Name string
	Number     uint16
}{
	{"tls1.0", "TLS 1.0", tls.VersionTLS10},
	{"tls1.1", "TLS 1.1", tls.VersionTLS11},
	{"tls1.2", "TLS 1.2", tls.VersionTLS12},
	{"tls1.3", "TLS 1.3", tls.VersionTLS13},
}

// base is the ID of the good case that scripts of connect are controlled by.
const Base = "connect/default"

// shortGrant is a registration interval, in seconds, that can be waited for.
const ShortGrant = 3

// The groups of GE-TLS-07: the vendor's only one, and one that devices like.
const (
	Secp256r1 uint16 = 23
	Secp384r1 uint16 = 24
)

// numbers are suites by IANA's numbers.
func Numbers(names []string) []uint16 {
	var all []uint16
	for _, name := range names {
		if number, ok := tlspeer.SuiteByOpenSSLName(name); ok {
			all = append(all, number)
		}
	}
	return all
}

func Lacks(missing []tlspeer.Unavailable, suite uint16) bool {
	for _, m := range missing {
		if m.Subject == tlspeer.Suite && m.Number == suite {
			return true
		}
	}
	return false
}
