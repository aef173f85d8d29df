package edge

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Authority makes the hierarchy below one of the roots of a product's bundle.
func Authority(forge *certs.Forge, product *profile.Product, root string) (*certs.PKI, error) {
	r, err := rootNamed(product, root)
	if err != nil {
		return nil, err
	}
	return below(forge, r)
}

// NextAuthority is [Authority] with the intermediate that follows the one in use,
// whose name and key are others.
func NextAuthority(forge *certs.Forge, product *profile.Product, root string) (*certs.PKI, error) {
	r, err := rootNamed(product, root)
	if err != nil {
		return nil, err
	}
	return issuing(forge, r, certs.Authority{CommonName: r.CommonName + " TLS CA 2", KeySlot: r.Name + " next"})
}

func rootNamed(product *profile.Product, name string) (profile.Root, error) {
	for _, r := range product.Certificate.Roots {
		if r.Name == name {
			return r, nil
		}
	}
	return profile.Root{}, fmt.Errorf("edge: %s %s has no root %q", product.Vendor, product.Product, name)
}

// ClientAuthority makes the hierarchy below the first of the roots that the
// vendor trusts when it calls: the one that a device has its certificate of.
func ClientAuthority(forge *certs.Forge, client *profile.Client) (*certs.PKI, error) {
	return below(forge, client.Roots[0])
}

func below(forge *certs.Forge, r profile.Root) (*certs.PKI, error) {
	return issuing(forge, r, certs.Authority{CommonName: r.CommonName + " TLS CA"})
}

// issuing is a root with the intermediate that issues for it.
func issuing(forge *certs.Forge, r profile.Root, intermediate certs.Authority) (*certs.PKI, error) {
	h := rootOnly(r)
	intermediate.Key = certs.KeyType(r.Key)
	h.Direct, h.Intermediate = false, intermediate
	return forge.Hierarchy(h)
}

// rootOnly describes a root as the hierarchy below it has it.
func rootOnly(r profile.Root) certs.Hierarchy {
	return certs.Hierarchy{Name: r.Name, Root: certs.Authority{CommonName: r.CommonName, Key: certs.KeyType(r.Key)}, Direct: true}
}

// Leaf is the certificate that a host of a product's shows.
func Leaf(product *profile.Product, host, domain string) (certs.Leaf, error) {
	// One that is shown to servers too is for both: OpenSSL's look at that.
	leaf := certs.Leaf{Key: certs.KeyType(product.Certificate.Key), ClientAuth: product.Client != nil && product.Client.Mutual}
	for _, text := range product.Certificate.Names {
		name, err := profile.Shown{Host: host, Domain: domain}.Expand(text)
		if err != nil {
			return leaf, err
		}
		leaf.DNSNames = append(leaf.DNSNames, name)
	}
	return leaf, nil
}

// Issuer issues what each host of a customer's domain shows, by an authority
// below one of the roots.
func Issuer(pki *certs.PKI, product *profile.Product, domain string) func(host string) (tls.Certificate, error) {
	return issuer(pki, product, domain, product.Certificate.Key)
}

// SecondIssuer is [Issuer] for a product's other certificate; nil where it has
// none.
func SecondIssuer(pki *certs.PKI, product *profile.Product, domain string) func(host string) (tls.Certificate, error) {
	if product.Certificate.SecondKey == "" {
		return nil
	}
	return issuer(pki, product, domain, product.Certificate.SecondKey)
}

func issuer(pki *certs.PKI, product *profile.Product, domain, key string) func(host string) (tls.Certificate, error) {
	return func(host string) (tls.Certificate, error) {
		leaf, err := Leaf(product, host, domain)
		if err != nil {
			return tls.Certificate{}, err
		}
		leaf.Key = certs.KeyType(key)
		issued, err := pki.Issue(leaf)
		if err != nil {
			return tls.Certificate{}, err
		}
		return issued.TLS(), nil
	}
}

// Domain is the name of a customer at the product.
func Domain(product *profile.Product, customer string) string { return customer + "." + product.Domain }

// Clients are the roots that a vendor trusts when it calls a device.
func Clients(forge *certs.Forge, product *profile.Product) ([]*x509.Certificate, error) {
	if product.Client == nil {
		return nil, nil
	}
	return roots(forge, product.Client.Roots)
}

// Bundle is the roots that a customer of the product imports, PEM.
func Bundle(forge *certs.Forge, product *profile.Product) ([]byte, error) {
	all, err := roots(forge, product.Certificate.Roots)
	var bundle []byte
	for _, root := range all {
		bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})...)
	}
	return bundle, err
}

// roots makes roots alone. What is below them is not made: a key takes time.
func roots(forge *certs.Forge, wanted []profile.Root) ([]*x509.Certificate, error) {
	made := make([]*x509.Certificate, len(wanted))
	errs := make([]error, len(wanted))
	var making sync.WaitGroup
	for i, r := range wanted {
		making.Go(func() {
			pki, err := forge.Hierarchy(rootOnly(r))
			if err == nil {
				made[i] = pki.Root
			}
			errs[i] = err
		})
	}
	making.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return made, nil
}
