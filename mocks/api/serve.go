package api

import (
	"cmp"
	"crypto/tls"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
)

// Server is an API with what it needs to stand alone. Its Log holds everything
// that it saw.
type Server struct {
	*API
	Log *observation.Log
	// Roots is the PEM bundle that the client under test has to trust.
	Roots []byte
	// Clients issues certificates that the vendor takes of clients; nil where it
	// asks for none.
	Clients *certs.PKI

	product *profile.Product
	forge   *certs.Forge
}

// Leaf is the certificate that a site shows. Sites with the same slot have the
// same key.
func Leaf(product *profile.Product, s Site, slot string) certs.Leaf {
	return certs.Leaf{DNSNames: s.Names, Key: certs.KeyType(product.Certificate.Key), KeySlot: slot}
}

// Issuer issues what each site shows, by an authority: see [Leaf].
func Issuer(pki *certs.PKI, product *profile.Product, slot string) func(Site) (tls.Certificate, error) {
	return func(s Site) (tls.Certificate, error) {
		issued, err := pki.Issue(Leaf(product, s, slot))
		if err != nil {
			return tls.Certificate{}, err
		}
		return issued.TLS(), nil
	}
}

// Serve starts a product's API on loopback ports that are free, for the customer
// "us", with the settings given by name. Anything else is changed by changes
// before it is started. The caller must Close it.
func Serve(product *profile.Product, settings map[string]string, changes ...func(*Config)) (*Server, error) {
	config := Config{Product: product, Settings: settings, Name: "us", Log: observation.NewLog()}
	for _, change := range changes {
		change(&config)
	}
	s := &Server{Log: config.Log, product: product, forge: edge.Forge(cmp.Or(config.Seed, 1))}
	var err error
	if config.Certificate == nil {
		if config.Certificate, err = s.Renewed(product.Certificate.Roots[0].Name, ""); err != nil {
			return nil, err
		}
	}
	if s.Roots, err = edge.Bundle(s.forge, product); err != nil {
		return nil, err
	}
	if product.Client != nil {
		if s.Clients, err = edge.ClientAuthority(s.forge, product.Client); err != nil {
			return nil, err
		}
		if config.Clients, err = edge.Clients(s.forge, product); err != nil {
			return nil, err
		}
	}
	if s.API, err = Start(config); err != nil {
		return nil, err
	}
	return s, nil
}

// Renewed issues what sites show after a change, for [Change]: below the root of
// that name, with the keys of that slot.
func (s *Server) Renewed(root, slot string) (func(Site) (tls.Certificate, error), error) {
	pki, err := edge.Authority(s.forge, s.product, root)
	if err != nil {
		return nil, err
	}
	return Issuer(pki, s.product, slot), nil
}
