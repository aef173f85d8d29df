// Package twilio is a mock of Twilio's SIP edges for anyone's tests: a SIP
// Domain of Programmable Voice, or an Elastic SIP Trunk. What the vendor does
// is data, fixtures/profiles/twilio-*.yaml; the edge that obeys it is package edge.
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

// Server is a running mock. Its Log holds everything that it saw.
type Server = edge.Server

// Start starts a mock on loopback ports that are free, with the account
// alice, password secret, and the settings given by name, such as
// {"secure_media": "on"}. It obeys the oldest revision of the product's rules;
// that, and anything else, can be changed before it is started:
//
//	twilio.Start(twilio.Voice, nil, func(c *edge.Config) { c.Revision = "current" })
//
// The caller must Close it.
func Start(p Product, settings map[string]string, changes ...func(*edge.Config)) (*Server, error) {
	product, err := Profile(p)
	if err != nil {
		return nil, err
	}
	return edge.Serve(product, settings, changes...)
}
