// Package genesys is a mock of Genesys Cloud's BYOC trunks for anyone's tests:
// the four proxies of BYOC Cloud, or an Edge of BYOC Premises. What the vendor
// does is data, fixtures/profiles/genesys-*.yaml; the edge that obeys it is
// package edge.
package genesys

import (
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Product is one of the vendor's two ways to bring a carrier of one's own.
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

// Start starts a mock as [edge.Serve] does. It obeys the rules of the seed-era;
// another revision, and anything else, is set before it is started:
//
//	genesys.Start(genesys.BYOCCloud, nil, func(c *edge.Config) { c.Revision = "current" })
//
// The caller must Close it.
func Start(p Product, settings map[string]string, changes ...func(*edge.Config)) (*edge.Server, error) {
	product, err := Profile(p)
	if err != nil {
		return nil, err
	}
	return edge.Serve(product, settings, changes...)
}
