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
	return edge.ServeFile(fixtures.FS, "cisco", string(p), settings, changes...)
}

// Server is a mock that runs. Its Log holds everything that it saw.
type Server = edge.Server

// Config is what a mock is started with.
type Config = edge.Config

// Outbound is a call of the vendor's to a device.
type Outbound = edge.Outbound
