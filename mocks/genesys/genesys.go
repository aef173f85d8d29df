// Package genesys is a mock of Genesys Cloud's BYOC trunks: the four proxies of
// BYOC Cloud, or an Edge of BYOC Premises. What the vendor does is data,
// fixtures/profiles/genesys-*.yaml.
//
// The package is there to be imported: a test starts the mock, points a device at it, and
// asks its log what came, as the example shows.
package genesys

import (
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Product is one of the vendor's two ways to bring one's own carrier.
type Product string

// The products.
const (
	BYOCCloud    Product = "byoc-cloud"
	BYOCPremises Product = "byoc-premises"
)

// Profile returns a product's rules.
func Profile(p Product) (*profile.Product, error) {
	return profile.Read(fixtures.FS, "profiles", "genesys", string(p))
}

// Start starts a mock on free loopback ports, with the settings given by name,
// such as {"secure_trunk": "off"}. It obeys the oldest revision of the product's
// rules; changes can replace that, and anything else, before it starts:
//
//	genesys.Start(genesys.BYOCCloud, nil, func(c *genesys.Config) { c.Revision = "current" })
//
// When the vendor calls, it verifies the device's certificate: DeviceAuthority of
// the server issues some that it takes. The caller must Close it.
func Start(p Product, settings map[string]string, changes ...func(*Config)) (*Server, error) {
	return edge.ServeFile(fixtures.FS, "genesys", string(p), settings, changes...)
}

// Server is a mock that runs. Its Log holds everything that it saw.
type Server = edge.Server

// Config is what a mock is started with.
type Config = edge.Config

// Outbound is a call of the vendor's to a device.
type Outbound = edge.Outbound
