// Package twilio is a mock of Twilio's SIP edges for anyone's tests: a SIP
// Domain of Programmable Voice, or an Elastic SIP Trunk. What the vendor does
// is data, fixtures/profiles/twilio-*.yaml; the edge that obeys it is package edge.
package twilio

import (
	"fmt"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
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
	name := "profiles/twilio-" + string(p) + ".yaml"
	data, err := fixtures.FS.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("twilio: no product %q", p)
	}
	return profile.Parse(name, data)
}

// Server is a running mock. Its Log holds everything that it saw.
type Server struct {
	*edge.Edge
	Log *observation.Log
	// Roots is the PEM bundle that the device under test has to trust.
	Roots []byte
}

// Start starts a mock on loopback ports that are free, with the account
// alice, password secret, and the settings given by name, such as
// {"secure_media": "on"}. The caller must Close it.
func Start(p Product, settings map[string]string) (*Server, error) {
	product, err := Profile(p)
	if err != nil {
		return nil, err
	}
	forge := certs.NewForge(1)
	pki, err := edge.Authority(forge, product, product.Certificate.Roots[0].Name)
	if err != nil {
		return nil, err
	}
	leaf, err := pki.Issue(edge.Leaf(product))
	if err != nil {
		return nil, err
	}
	roots, err := edge.Bundle(forge, product)
	if err != nil {
		return nil, err
	}
	log := observation.NewLog()
	e, err := edge.Start(edge.Config{Product: product, Settings: settings, Name: "example", Certificate: leaf.TLS(), Log: log, User: "alice", Password: "secret", Seed: 1})
	if err != nil {
		return nil, err
	}
	return &Server{Edge: e, Log: log, Roots: roots}, nil
}
