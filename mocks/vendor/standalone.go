package vendor

import (
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/primeplaces"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Standalone is what a mock has beside it when it runs alone in a test, without the
// harness.
type Standalone struct {
	// Log holds what the mock saw, up to the bounds of a log.
	Log *observation.Log
	// Roots is the PEM bundle that the device under test has to trust.
	Roots []byte
	// DeviceAuthority issues device certificates that the vendor takes; nil where it
	// takes any.
	DeviceAuthority *certs.PKI

	product    *profile.Product
	deviceName string
	forge      *certs.Forge
}

// Surround makes what a mock needs to run alone. It fills in the certificates, the
// device's name and the device's roots of the configuration.
func Surround(c *Config) (Standalone, error) {
	if c.DeviceName == "" {
		c.DeviceName = "device." + c.Name + ".example"
	}
	s := Standalone{Log: c.Log, product: c.Product, deviceName: c.DeviceName, forge: forge(c.Seed)}
	if c.Certificate == nil {
		pki, err := Authority(s.forge, c.Product, "")
		if err != nil {
			return s, err
		}
		c.Certificate, c.Second = NewIssuer(pki, c.Product, ""), NewSecondIssuer(pki, c.Product, "")
	}
	var err error
	if s.Roots, err = Bundle(s.forge, c.Product); err != nil {
		return s, err
	}
	if s.DeviceAuthority, err = DeviceAuthority(s.forge, c.Product); err != nil {
		return s, err
	}
	c.DeviceRoots, err = DeviceRoots(s.forge, c.Product)
	return s, err
}

// usual is the forge of the usual seed. It is shared because keys take half a second
// to find; what it makes follows from the seed alone.
var usual = sync.OnceValue(func() *certs.Forge { return NewForge(1) })

// forge returns the forge of a seed.
func forge(seed uint64) *certs.Forge {
	if seed == 1 {
		return usual()
	}
	return NewForge(seed)
}

// NewForge returns [certs.NewForge] with authorities that sign as fast as this machine allows, and RSA keys that are
// searched for once: where they were found stands in the user's folder of caches.
func NewForge(seed uint64) *certs.Forge {
	forge := certs.NewForge(seed)
	forge.Signer, forge.Primes = tlspeer.FastSigner, primeplaces.Of(seed)
	return forge
}

// Renewed returns the issuer of what hosts show after a change: below the root
// of that name, with the keys of that slot.
func (s *Standalone) Renewed(root, slot string) (Issuer, error) {
	pki, err := Authority(s.forge, s.product, root)
	if err != nil {
		return nil, err
	}
	return NewIssuer(pki, s.product, slot), nil
}

// RenewedSecond is [Standalone.Renewed] for the other certificate of a product that has two; nil for any other product.
func (s *Standalone) RenewedSecond(root, slot string) (Issuer, error) {
	pki, err := Authority(s.forge, s.product, root)
	if err != nil {
		return nil, err
	}
	return NewSecondIssuer(pki, s.product, slot), nil
}

// DeviceCertificate issues a certificate for the name that the vendor knows the
// device by; nil where the vendor takes any certificate.
func (s *Standalone) DeviceCertificate() (*certs.Credential, error) {
	if s.DeviceAuthority == nil {
		return nil, nil
	}
	return s.DeviceAuthority.Issue(certs.Leaf{
		DNSNames: []string{s.deviceName}, Key: certs.RSA2048, KeySlot: "device", ClientAuth: true,
	})
}
