package edge

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Authority makes the hierarchy below one of the roots of a product's bundle.
func Authority(forge *certs.Forge, product *profile.Product, root string) (*certs.PKI, error) {
	for _, r := range product.Certificate.Roots {
		if r.Name == root {
			h := rootOnly(r)
			h.Direct, h.Intermediate = false, certs.Authority{CommonName: r.CommonName + " TLS CA", Key: certs.KeyType(r.Key)}
			return forge.Hierarchy(h)
		}
	}
	return nil, fmt.Errorf("edge: %s %s has no root %q", product.Vendor, product.Product, root)
}

// rootOnly describes a root as the hierarchy below it has it.
func rootOnly(r profile.Root) certs.Hierarchy {
	return certs.Hierarchy{Name: r.Name, Root: certs.Authority{CommonName: r.CommonName, Key: certs.KeyType(r.Key)}, Direct: true}
}

// Leaf is the certificate that a product's servers show.
func Leaf(product *profile.Product) certs.Leaf {
	return certs.Leaf{DNSNames: product.Certificate.Names, Key: certs.KeyType(product.Certificate.Key)}
}

// Bundle is the roots that a customer of the product imports, PEM. What is
// below them is not made: a key takes time.
func Bundle(forge *certs.Forge, product *profile.Product) ([]byte, error) {
	roots := make([][]byte, len(product.Certificate.Roots))
	errs := make([]error, len(roots))
	var making sync.WaitGroup
	for i, r := range product.Certificate.Roots {
		making.Go(func() {
			pki, err := forge.Hierarchy(rootOnly(r))
			if err == nil {
				roots[i] = pki.RootPEM()
			}
			errs[i] = err
		})
	}
	making.Wait()
	return bytes.Join(roots, nil), errors.Join(errs...)
}
