// Package twilio is a mock of Twilio's SIP edges: a SIP Domain of Programmable
// Voice, or an Elastic SIP Trunk. What the vendor does is data,
// fixtures/profiles/twilio-*.yaml.
//
// The package is there to be imported: a test starts the mock, points a device at it, and
// asks its log what came, as the example shows.
package twilio

import (
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Product is one of the vendor's two ways to connect a device.
type Product string

// The products.
const (
	Voice    Product = "voice"    // a SIP Domain: devices register, call and are called
	Trunking Product = "trunking" // Elastic SIP Trunking: no registrations
)

// Profile returns a product's rules.
func Profile(p Product) (*profile.Product, error) {
	return profile.Read(fixtures.FS, "profiles", "twilio", string(p))
}

// Start starts a mock on free loopback ports, with the account alice, password
// secret, and the settings given by name, such as {"secure_media": "on"}. It
// obeys the oldest revision of the product's rules; changes can replace that, and
// anything else, before it starts:
//
//	twilio.Start(twilio.Voice, nil, func(c *twilio.Config) { c.Revision = "current" })
//
// The caller must Close it.
func Start(p Product, settings map[string]string, changes ...func(*Config)) (*Server, error) {
	return edge.ServeFile(fixtures.FS, "twilio", string(p), settings, changes...)
}

// Server is a mock that runs. Its Log holds everything that it saw.
type Server = edge.Server

// Config is what a mock is started with.
type Config = edge.Config

// Outbound is a call of the vendor's to a device.
type Outbound = edge.Outbound
