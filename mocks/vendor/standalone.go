package vendor

import (
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Standalone is what a mock comes with in a test of anyone's, where no harness
// surrounds it.
type Standalone struct {
	// Log holds everything that the mock saw.
	Log *observation.Log
	// Roots is the PEM bundle that the device under test has to trust.
	Roots []byte
	// DeviceAuthority issues certificates that the vendor takes of devices; nil
	// where it takes any.
	DeviceAuthority *certs.PKI

	product    *profile.Product
	deviceName string
	forge      *certs.Forge
}

// Surround makes the certificates that the configuration lacks, from its seed,
// and what belongs to a mock beside them.
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
		c.Certificate, c.Second = NewIssuer(pki, c.Product, ""), NewSecondIssuer(pki, c.Product)
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

// usual is the forge of every mock that asks for no other seed. All that it
// makes follows from the seed; kept is only the time that keys take to find.
var usual = sync.OnceValue(func() *certs.Forge { return certs.NewForge(1) })

func forge(seed uint64) *certs.Forge {
	if seed == 1 {
		return usual()
	}
	return certs.NewForge(seed)
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

// DeviceCertificate issues one that the vendor takes of the device, for the name
// that the vendor knows it by; nil where the vendor takes any.
func (s *Standalone) DeviceCertificate() (*certs.Credential, error) {
	if s.DeviceAuthority == nil {
		return nil, nil
	}
	return s.DeviceAuthority.Issue(certs.Leaf{DNSNames: []string{s.deviceName}, Key: certs.RSA2048, KeySlot: "device", ClientAuth: true})
}
