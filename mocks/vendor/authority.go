package vendor

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Authority returns the hierarchy below a root of the product's bundle; below
// the root in use, which is the first, if root is empty.
func Authority(forge *certs.Forge, product *profile.Product, root string) (*certs.PKI, error) {
	r, err := rootNamed(product, root)
	if err != nil {
		return nil, err
	}
	return below(forge, r)
}

// NextAuthority is [Authority] with the intermediate that follows the one in
// use: its name and its key differ.
func NextAuthority(forge *certs.Forge, product *profile.Product, root string) (*certs.PKI, error) {
	r, err := rootNamed(product, root)
	if err != nil {
		return nil, err
	}
	return issuing(forge, r, certs.Authority{CommonName: r.CommonName + " TLS CA 2", KeySlot: r.Name + " next"})
}

func rootNamed(product *profile.Product, name string) (profile.Root, error) {
	for _, r := range product.Certificate.Roots {
		if r.Name == name || name == "" {
			return r, nil
		}
	}
	return profile.Root{}, fmt.Errorf("vendor: %s %s has no root %q", product.Vendor, product.Product, name)
}

// Bundle returns the roots that a customer of the product imports, PEM.
func Bundle(forge *certs.Forge, product *profile.Product) ([]byte, error) {
	all, err := roots(forge, product.Certificate.Roots)
	var bundle []byte
	for _, root := range all {
		bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})...)
	}
	return bundle, err
}

// DeviceAuthority returns the hierarchy that issues for devices, below the first of
// the roots that the vendor trusts in a device's certificate; nil where the vendor
// verifies no device.
func DeviceAuthority(forge *certs.Forge, product *profile.Product) (*certs.PKI, error) {
	if product.DeviceVerification == nil {
		return nil, nil
	}
	return below(forge, product.DeviceVerification.Roots[0])
}

// DeviceRoots returns the roots that the vendor trusts in a device's certificate;
// none where it verifies no device.
func DeviceRoots(forge *certs.Forge, product *profile.Product) ([]*x509.Certificate, error) {
	if product.DeviceVerification == nil {
		return nil, nil
	}
	return roots(forge, product.DeviceVerification.Roots)
}

// below makes a root's hierarchy with the intermediate in use. Those below all roots have
// one key for each type: keys take time to make, and no defect is about that.
func below(forge *certs.Forge, r profile.Root) (*certs.PKI, error) {
	return issuing(forge, r, certs.Authority{CommonName: r.CommonName + " TLS CA", KeySlot: "in use"})
}

// issuing makes a root's hierarchy with an intermediate that issues.
func issuing(forge *certs.Forge, r profile.Root, intermediate certs.Authority) (*certs.PKI, error) {
	h := rootOnly(r)
	intermediate.Key = certs.KeyType(r.Key)
	h.Direct, h.Intermediate = false, intermediate
	return forge.Hierarchy(h)
}

// rootOnly describes the hierarchy of a root without an intermediate. Its root is
// that of the whole hierarchy.
func rootOnly(r profile.Root) certs.Hierarchy {
	return certs.Hierarchy{Name: r.Name, Root: certs.Authority{CommonName: r.CommonName, Key: certs.KeyType(r.Key)}, Direct: true}
}

// roots makes the roots without what is below them, because keys take time. A panic is an error, as the caller cannot
// recover one of another goroutine.
func roots(forge *certs.Forge, wanted []profile.Root) ([]*x509.Certificate, error) {
	made := make([]*x509.Certificate, len(wanted))
	errs := make([]error, len(wanted))
	var making sync.WaitGroup
	for i, r := range wanted {
		making.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = fmt.Errorf("vendor: the mock panicked while making the root %q: %v\n%s", r.Name, p, debug.Stack())
				}
			}()
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
