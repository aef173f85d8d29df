package edge

import (
	"sync"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Server is an edge with what it needs to stand alone. Its Log holds everything
// that it saw.
type Server struct {
	*Edge
	Log *observation.Log
	// Roots is the PEM bundle that the device under test has to trust.
	Roots []byte
	// Clients issues certificates that the vendor takes of a device's server;
	// nil where it takes any.
	Clients *certs.PKI
}

// DeviceCertificate is one that the vendor takes of a device, for the name by
// which it is known; nil where any is taken.
func (s *Server) DeviceCertificate() (*certs.Credential, error) {
	if s.Clients == nil {
		return nil, nil
	}
	return s.Clients.Issue(certs.Leaf{DNSNames: []string{s.config.Peer}, Key: certs.RSA2048, KeySlot: "device", ClientAuth: true})
}

// usual makes the certificates of every server that asks for no other seed. It
// follows from nothing but its seed, and keeps the keys, which take half a second
// to find.
var usual = sync.OnceValue(func() *certs.Forge { return certs.NewForge(1) })

// Forge makes the certificates of servers with that seed.
func Forge(seed uint64) *certs.Forge {
	if seed == 1 {
		return usual()
	}
	return certs.NewForge(seed)
}

// Serve starts a product's edge on loopback ports that are free, for the
// customer "example" with the account alice, password secret, and the settings
// given by name. It obeys the oldest revision of the product's rules; that, and
// anything else, is changed by changes before it is started. The caller must
// Close it.
func Serve(product *profile.Product, settings map[string]string, changes ...func(*Config)) (*Server, error) {
	config := Config{Product: product, Settings: settings, Name: "example", Log: observation.NewLog(), User: "alice", Password: "secret", Seed: 1}
	for _, change := range changes {
		change(&config)
	}
	maker := Forge(config.Seed)
	s := &Server{Log: config.Log}
	pki, err := Authority(maker, product, product.Certificate.Roots[0].Name)
	if err != nil {
		return nil, err
	}
	if config.Certificate == nil {
		config.Certificate = Issuer(pki, product, Domain(product, config.Name))
		config.Second = SecondIssuer(pki, product, Domain(product, config.Name))
	}
	if config.Peer == "" {
		config.Peer = "device." + config.Name + ".example"
	}
	if s.Roots, err = Bundle(maker, product); err != nil {
		return nil, err
	}
	if product.Client != nil {
		if s.Clients, err = ClientAuthority(maker, product.Client); err != nil {
			return nil, err
		}
		if config.Clients, err = Clients(maker, product); err != nil {
			return nil, err
		}
	}
	if s.Edge, err = Start(config); err != nil {
		return nil, err
	}
	return s, nil
}
