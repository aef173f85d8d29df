package edge

import (
	"fmt"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Authority makes the hierarchy below one of the roots of a product's bundle.
func Authority(forge *certs.Forge, product *profile.Product, root string) (*certs.PKI, error) {
	for _, r := range product.Certificate.Roots {
		if r.Name == root {
			return forge.Hierarchy(certs.Hierarchy{
				Name:         r.Name,
				Root:         certs.Authority{CommonName: r.CommonName, Key: certs.KeyType(r.Key)},
				Intermediate: certs.Authority{CommonName: r.CommonName + " TLS CA", Key: certs.KeyType(r.Key)},
			})
		}
	}
	return nil, fmt.Errorf("edge: %s %s has no root %q", product.Vendor, product.Product, root)
}

// Leaf is the certificate that a product's servers show.
func Leaf(product *profile.Product) certs.Leaf {
	return certs.Leaf{DNSNames: product.Certificate.Names, Key: certs.KeyType(product.Certificate.Key)}
}

// Bundle is the roots that a customer of the product imports, PEM.
func Bundle(forge *certs.Forge, product *profile.Product) ([]byte, error) {
	var bundle []byte
	for _, r := range product.Certificate.Roots {
		pki, err := Authority(forge, product, r.Name)
		if err != nil {
			return nil, err
		}
		bundle = append(bundle, pki.RootPEM()...)
	}
	return bundle, nil
}
