// Package cisco is a mock of Cisco Unified Communications Manager and of IM and
// Presence for anyone's tests: SIP over mutual TLS, and every other TLS listener
// that the vendor documents. What the vendor does is data,
// fixtures/profiles/cisco-*.yaml; the edge that obeys it is package edge.
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

// Start starts a mock as [edge.Serve] does. It obeys the rules of the seed-era;
// another revision, and anything else, is set before it is started:
//
//	cisco.Start(cisco.UnifiedCM, map[string]string{"tls_min": "TLS 1.2"})
//
// Devices need a certificate that Clients of the server has issued for the name
// Peer of its Config. The caller must Close it.
func Start(p Product, settings map[string]string, changes ...func(*edge.Config)) (*edge.Server, error) {
	product, err := Profile(p)
	if err != nil {
		return nil, err
	}
	return edge.Serve(product, settings, changes...)
}
