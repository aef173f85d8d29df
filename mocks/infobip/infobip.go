// Package infobip is a mock of Infobip's REST API as an HTTPS client meets it: its
// versions and suites, the certificates of its hosts, the TLS test endpoint, and
// changes of certificates. What the vendor does is data,
// fixtures/profiles/infobip-rest.yaml.
//
// The package is there to be imported: a test starts the mock, points a device at it, and
// asks its log what came, as the example shows.
package infobip

import (
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/profile"
)

// The endpoints of the profile, for Find of the server.
const (
	Production = "production"
	Test       = "test"
)

// What a mock is, what it is started with, and what it can be told to change.
type (
	Server = api.Server // its Log holds everything that it saw
	Config = api.Config
	Change = api.Change
)

// Profile returns the product's rules.
func Profile() (*profile.Product, error) {
	return profile.Read(fixtures.FS, "profiles", "infobip", "rest")
}

// Start starts a mock on free loopback ports, for the location "us" and with the
// settings given by name, such as {"client_certificate": "required"}. Changes can
// replace anything before it starts. The caller must Close it.
func Start(settings map[string]string, changes ...func(*Config)) (*Server, error) {
	product, err := Profile()
	if err != nil {
		return nil, err
	}
	return api.Serve(product, settings, changes...)
}
