// Package infobip is a mock of Infobip's REST API as an HTTPS client meets it,
// for anyone's tests: its TLS lists, the certificates of its hosts, the TLS test
// endpoint, and changes of certificates. What the vendor does is data,
// fixtures/profiles/infobip-rest.yaml; the API that obeys it is package api.
package infobip

import (
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/profile"
)

// The endpoints of the profile, for [api.API.Find].
const (
	Production = "production"
	Test       = "test"
)

// Profile returns the product's rules.
func Profile() (*profile.Product, error) {
	return profile.Read(fixtures.FS, "profiles", "infobip", "rest")
}

// Start starts a mock as [api.Serve] does, for the location "us" unless that is
// changed. The caller must Close it.
func Start(settings map[string]string, changes ...func(*api.Config)) (*api.Server, error) {
	product, err := Profile()
	if err != nil {
		return nil, err
	}
	return api.Serve(product, settings, changes...)
}
