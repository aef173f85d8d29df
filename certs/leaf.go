package certs

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"
)

// Leaf describes an end-entity certificate. It needs a name of some kind; the
// zero value of every other field is a usable default.
type Leaf struct {
	// CommonName is the subject's; empty: the first DNS name, or else the first
	// IP address.
	CommonName string
	// DNSNames, IPs and URIs (such as "sip:vendor.test") are the subject
	// alternative names. A DNS name may be a wildcard.
	DNSNames []string
	IPs      []netip.Addr
	URIs     []string

	Key KeyType
	// KeySlot names the key. Leaves of one forge with the same slot and type of
	// key share it, under whichever root, and so do all that name no slot. A
	// re-keyed leaf is the same leaf with another slot.
	KeySlot string

	// NotBefore and NotAfter bound the validity. Zero: from 30 days before to
	// 335 days after [Forge.At], a year in all.
	NotBefore, NotAfter time.Time

	// ExtKeyUsage is what the key may be used for; nil: serverAuth alone.
	ExtKeyUsage []x509.ExtKeyUsage
	// ClientAuth adds clientAuth, for a peer that is server and, in mutual TLS,
	// client.
	ClientAuth bool

	// CRLDistributionPoints and OCSPServers are the URLs at which a verifier
	// learns whether the leaf is revoked. See [PKI.CRL] and [Credential.OCSPResponse].
	CRLDistributionPoints []string
	OCSPServers           []string
}

// Issue returns a leaf without any defect. The same leaf gives the same
// certificate.
func (p *PKI) Issue(leaf Leaf) (*Credential, error) {
	return p.issued.of(leaf, func() (*Credential, error) { return p.issue(leaf) })
}

func (p *PKI) issue(leaf Leaf) (*Credential, error) {
	d, err := p.draft(leaf, "")
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	cred, err := d.finish()
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	return cred, nil
}

// IssueDefective returns a leaf with the one defect of the named recipe; see [Recipes]. Except for the defect and the
// serial number it is the leaf that [PKI.Issue] would return. Recipes about the intermediate make their own, even in
// a direct hierarchy.
//
// It fails if there is no such recipe, or if the leaf lacks what the recipe changes: name recipes need a first DNS
// name of at least three labels, without a wildcard; IP recipes need an address.
func (p *PKI) IssueDefective(recipe string, leaf Leaf) (*Credential, error) {
	r, ok := RecipeByName(recipe)
	if !ok {
		return nil, fmt.Errorf("certs: no recipe %q", recipe)
	}
	d, err := p.draft(leaf, recipe)
	if err != nil {
		return nil, fmt.Errorf("certs: %s: %w", recipe, err)
	}
	if err := r.spoil(d); err != nil {
		return nil, fmt.Errorf("certs: %s: %w", recipe, err)
	}
	cred, err := d.finish()
	if err != nil {
		return nil, fmt.Errorf("certs: %s: %w", recipe, err)
	}
	return cred, nil
}

func (l Leaf) withDefaults(at time.Time) Leaf {
	if l.CommonName == "" {
		l.CommonName = l.host()
	}
	l.Key = l.Key.orDefault()
	l.NotBefore, l.NotAfter = validity(l.NotBefore, l.NotAfter, at.AddDate(0, 0, -30), at.AddDate(0, 0, 335))
	if l.ExtKeyUsage == nil {
		l.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	if l.ClientAuth {
		l.ExtKeyUsage = append(l.ExtKeyUsage[:len(l.ExtKeyUsage):len(l.ExtKeyUsage)], x509.ExtKeyUsageClientAuth)
	}
	return l
}

// host returns the name that a peer would look for in the leaf.
func (l Leaf) host() string {
	switch {
	case len(l.DNSNames) > 0:
		return l.DNSNames[0]
	case len(l.IPs) > 0:
		return l.IPs[0].String()
	default:
		return l.CommonName
	}
}

// template returns the certificate that l describes, without the serial number and what depends on the key.
func (l Leaf) template() (*x509.Certificate, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: l.CommonName},
		DNSNames:              l.DNSNames,
		NotBefore:             l.NotBefore,
		NotAfter:              l.NotAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           l.ExtKeyUsage,
		BasicConstraintsValid: true,
		MaxPathLen:            -1,
		CRLDistributionPoints: l.CRLDistributionPoints,
		OCSPServer:            l.OCSPServers,
	}
	switch l.Key {
	case RSA1024, RSA2048, RSA3072, RSA4096:
		// TLS 1.2 and below with RSA key transport.
		template.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	for _, ip := range l.IPs {
		if !ip.IsValid() {
			return nil, errors.New("an IP address of the leaf is the zero value")
		}
		template.IPAddresses = append(template.IPAddresses, net.IP(ip.AsSlice()))
	}
	for _, text := range l.URIs {
		uri, err := url.Parse(text)
		if err != nil {
			return nil, err
		}
		template.URIs = append(template.URIs, uri)
	}
	return template, nil
}
