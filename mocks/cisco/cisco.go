// Package cisco is a mock of Cisco Unified Communications Manager and of IM and
// Presence: SIP over mutual TLS, and every other TLS listener that the vendor
// documents. What the vendor does is data, fixtures/profiles/cisco-*.yaml.
//
// The package is there to be imported: a test starts the mock, points a device at it, and
// asks its log what came, as the example shows.
package cisco

import (
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Product is one of the vendor's two servers.
type Product string

// The products.
const (
	UnifiedCM     Product = "ucm"
	IMAndPresence Product = "imp"
)

// What a mock is, what it is started with, and how it calls a device.
type (
	Server   = edge.Server // its Log holds everything that it saw
	Config   = edge.Config
	Outbound = edge.Outbound
)

// Profile returns a product's rules.
func Profile(p Product) (*profile.Product, error) {
	return profile.Read(fixtures.FS, "profiles", "cisco", string(p))
}

// Start starts a mock on free loopback ports, with the settings given by name. It
// obeys the oldest revision of the product's rules; changes can replace that, and
// anything else, before it starts:
//
//	cisco.Start(cisco.UnifiedCM, map[string]string{"tls_min": "TLS 1.2"})
//
// Devices need a certificate that the vendor takes; DeviceCertificate of the
// server issues one. The caller must Close it.
func Start(p Product, settings map[string]string, changes ...func(*Config)) (*Server, error) {
	product, err := Profile(p)
	if err != nil {
		return nil, err
	}
	return edge.Serve(product, settings, changes...)
}
