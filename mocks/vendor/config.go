// Package vendor says what a profile means: the names of hosts, their certificates
// and authorities, the TLS rules, the ports, and the settings that code knows. The
// mocks that speak, packages edge and api, share it and know nothing of each other.
//
// The package serves this module and may change.
package vendor

import (
	"crypto/x509"
	"errors"
	"net/netip"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Config is what every mock of a vendor is started with. Product, Log, Name and
// Certificate are required, and DeviceRoots where the product verifies devices.
type Config struct {
	Product  *profile.Product
	Revision string            // the product's first if empty
	Settings map[string]string // by name; the profile's defaults where absent
	// Name is the customer's part of the domain: "s1" in s1.sip.twilio.com.
	Name string

	// Certificate issues what each host shows, see [Hosts]. Second issues the
	// other certificate of a product that has two; nil: none.
	Certificate, Second Issuer
	// DeviceRoots are the authorities that the vendor trusts in a device's
	// certificate, see [DeviceRoots].
	DeviceRoots []*x509.Certificate
	// DeviceName is the name that the vendor knows the device by, where it asks
	// for the device's certificate.
	DeviceName string
	// Suites and Groups replace the revision's; nil keeps them.
	Suites, Groups []uint16

	// Addresses are where the hosts of a SIP product, or the endpoints of an API,
	// listen, in the profile's order. The last serves all that are left; without
	// any, 127.0.0.1 serves all. Each is the address of one host: see [Usable].
	Addresses []netip.Addr
	// Twins has, for an address that the mock listens at, one of the other family where the same listens too, at the
	// same ports, so that a name has both an A and an AAAA record.
	Twins map[netip.Addr]netip.Addr
	// Advertised has, for an address that the mock listens at, the one by which devices reach it, at the same ports:
	// that of a NAT or of a port forwarding in front of the mock. SIP, SDP and DNS name it; see [Config.Advertise] and
	// [Config.Reach]. An address that is absent is advertised itself.
	Advertised map[netip.Addr]netip.Addr
	// Peers says who the device is; the zero value takes everybody for it.
	Peers peers.Peers
	Log   *observation.Log
	// Wire logs raw segments and datagrams too, for a capture.
	Wire bool
	// Seed makes keys, tags and nonces reproducible.
	Seed uint64
	// Run tells the mock from others of the same seed, which a device that lives on has met: its branches, Call-IDs, tags and
	// nonces are others (RFC 3261 §8.1.1.7, §17.2.3). They follow from the seed alone if it is 0.
	Run uint64
}

// Complete fills in what may be left out, has the product in the region that the
// settings choose, and returns the revision that the
// mock obeys. It refuses addresses that are not [Usable].
func (c *Config) Complete() (profile.Revision, error) {
	if c.Product == nil || c.Log == nil || c.Name == "" || c.Certificate == nil {
		return profile.Revision{}, errors.New("vendor: Config needs a Product, a Log, a Name and a Certificate")
	}
	if c.Product.DeviceVerification != nil && len(c.DeviceRoots) == 0 {
		return profile.Revision{}, errors.New("vendor: Config needs DeviceRoots, because the product verifies devices")
	}
	c.Product = c.Product.In(c.Settings[profile.RegionSetting])
	if c.Revision == "" {
		c.Revision = c.Product.Revisions[0].Revision
	}
	if len(c.Addresses) == 0 {
		c.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	if err := c.usable(); err != nil {
		return profile.Revision{}, err
	}
	return c.Product.Named(c.Revision)
}
