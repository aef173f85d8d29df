package scene

import (
	"crypto/tls"
	"net/netip"
	"slices"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// shown returns the issuer of what the vendor's hosts show.
func (s *stage) shown(show Presentation) (vendor.Issuer, error) {
	authority := vendor.Authority
	if show.Next {
		authority = vendor.NextAuthority
	}
	pki, err := authority(s.Forge, s.product, show.Root)
	if err != nil {
		return nil, err
	}
	return func(h vendor.Host) (tls.Certificate, error) {
		issued, err := s.credential(pki, show, h)
		if err != nil {
			return tls.Certificate{}, err
		}
		return issued.TLS(), nil
	}, nil
}

// second returns the issuer of each host's other certificate, where the product
// has two and the scene shows what the profile describes. A device that is to meet a
// certificate of the scene's gets no other to choose.
func (s *stage) second(show Presentation) (vendor.Issuer, error) {
	if show != (Presentation{}) {
		return nil, nil
	}
	pki, err := vendor.Authority(s.Forge, s.product, "")
	if err != nil {
		return nil, err
	}
	return vendor.NewSecondIssuer(pki, s.product, ""), nil
}

// credential issues what one host shows.
func (s *stage) credential(pki *certs.PKI, show Presentation, h vendor.Host) (*certs.Credential, error) {
	if show.Other != 0 {
		hosts, err := vendor.Hosts(s.product, s.Name())
		if err != nil {
			return nil, err
		}
		own := slices.IndexFunc(hosts, func(one vendor.Host) bool { return one.Name == h.Name })
		h = hosts[(own+show.Other)%len(hosts)]
	}
	leaf := vendor.Leaf(s.product, h)
	leaf.KeySlot, leaf.CommonName = show.Slot, show.Common
	if show.Exact {
		leaf.DNSNames = []string{h.Name}
	}
	if show.SIPURI { // a common name that constrained roots permit: GnuTLS takes it for a DNS name
		leaf.DNSNames, leaf.URIs, leaf.CommonName = nil, []string{"sip:" + h.Name}, "sip-edge.example"
	}
	switch {
	case show.Status != "":
		return s.revocations.issue(pki, leaf, show.Status, show.Revoked)
	case show.Recipe != "":
		if show.Recipe == certs.AddressOnly {
			leaf.IPs = []netip.Addr{s.Place.Vendor}
		}
		return pki.IssueDefective(show.Recipe, leaf)
	}
	return pki.Issue(leaf)
}
