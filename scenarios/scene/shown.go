package scene

import (
	"crypto/tls"
	"slices"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/edge"
)

// shown issues what each host of the mock shows.
func (s *stage) shown(show Presentation) (func(host string) (tls.Certificate, error), error) {
	if show.Root == "" {
		show.Root = s.product.Certificate.Roots[0].Name
	}
	pki, err := edge.Authority(s.Forge, s.product, show.Root)
	if err != nil {
		return nil, err
	}
	return func(host string) (tls.Certificate, error) {
		issued, err := s.credential(pki, show, host)
		if err != nil {
			return tls.Certificate{}, err
		}
		return issued.TLS(), nil
	}, nil
}

// second issues the other certificate of each host, where the product has two
// and the first is as it should be: whoever is to meet a fault gets no other.
func (s *stage) second(show Presentation) (func(host string) (tls.Certificate, error), error) {
	if show != (Presentation{}) {
		return nil, nil
	}
	pki, err := edge.Authority(s.Forge, s.product, s.product.Certificate.Roots[0].Name)
	if err != nil {
		return nil, err
	}
	return edge.SecondIssuer(pki, s.product, edge.Domain(s.product, s.Name())), nil
}

// shownBySite issues what each site of an API shows.
func (s *stage) shownBySite(show Presentation) (func(api.Site) (tls.Certificate, error), error) {
	if show.Root == "" {
		show.Root = s.product.Certificate.Roots[0].Name
	}
	authority := edge.Authority
	if show.Next {
		authority = edge.NextAuthority
	}
	pki, err := authority(s.Forge, s.product, show.Root)
	if err != nil {
		return nil, err
	}
	return func(site api.Site) (tls.Certificate, error) {
		leaf := api.Leaf(s.product, site, show.Slot)
		issue := pki.Issue
		if show.Recipe != "" {
			leaf.DNSNames = []string{site.Host} // see credential
			issue = func(leaf certs.Leaf) (*certs.Credential, error) { return pki.IssueDefective(show.Recipe, leaf) }
		}
		issued, err := issue(leaf)
		if err != nil {
			return tls.Certificate{}, err
		}
		return issued.TLS(), nil
	}, nil
}

// credential issues what one host shows.
func (s *stage) credential(pki *certs.PKI, show Presentation, host string) (*certs.Credential, error) {
	domain := edge.Domain(s.product, s.Name())
	if show.Other != 0 {
		hosts := edge.HostNames(s.product, domain)
		host = hosts[(slices.Index(hosts, host)+show.Other)%len(hosts)]
	}
	leaf, err := edge.Leaf(s.product, host, domain)
	if err != nil {
		return nil, err
	}
	leaf.KeySlot, leaf.CommonName = show.Slot, show.Common
	switch {
	case show.Revoked != "":
		return s.revoked.revoke(pki, leaf, show.Revoked)
	case show.Recipe != "":
		// A defect is planted in a certificate for this very name, so that a
		// wildcard or a second name is not another one.
		leaf.DNSNames = []string{host}
		return pki.IssueDefective(show.Recipe, leaf)
	}
	return pki.Issue(leaf)
}
