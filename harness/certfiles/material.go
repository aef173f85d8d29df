package certfiles

import (
	"fmt"
	"net/netip"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// maker makes the certificates of one product.
type maker struct {
	options *Options
	forge   *certs.Forge
	product *profile.Product
	hosts   []vendor.Host
	pki     *certs.PKI // below the root in use
}

func newMaker(o *Options, f *certs.Forge, p *profile.Product) (*maker, error) {
	hosts, err := o.hosts(p)
	if err != nil {
		return nil, err
	}
	pki, err := vendor.Authority(f, p, "")
	return &maker{options: o, forge: f, product: p, hosts: hosts, pki: pki}, err
}

// sip tells whether the product speaks SIP; HTTPS otherwise.
func (m *maker) sip() bool { return m.product.HTTPS == nil }

// exact describes a leaf for the host's own name alone.
func (m *maker) exact() certs.Leaf {
	leaf := vendor.Leaf(m.product, m.hosts[0])
	leaf.DNSNames = []string{m.hosts[0].Name}
	return leaf
}

// all makes every certificate of the product: good ones, the device's own, and defects.
func (m *maker) all() ([]made, error) {
	var all []made
	for _, of := range []func() ([]made, error){m.good, m.further, m.own, m.others, m.defects} {
		some, err := of()
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// issued is a good certificate that is issued below an authority.
func (m *maker) issued(pki *certs.PKI, name, what string, leaf certs.Leaf) (made, error) {
	cred, err := pki.Issue(leaf)
	if err != nil {
		return made{}, fmt.Errorf("%s: %w", name, err)
	}
	return made{of: cred, Certificate: Certificate{
		Name: name, Kind: Good, What: what, Duty: Take, Who: "every client that trusts the bundle", Host: m.hosts[0].Name,
		OpenSSL: Opinion{Accepts: true}, Go: Opinion{Accepts: true},
	}}, nil
}

// good makes those in which nothing is wrong, below the root in use.
func (m *maker) good() ([]made, error) {
	configured, exact := vendor.Leaf(m.product, m.hosts[0]), m.exact()
	other := exact
	other.CommonName = "voice.region.test"
	renewed := exact
	renewed.KeySlot = "renewed"
	second := configured
	second.Key = certs.KeyType(m.product.Certificate.SecondKey)
	uri := exact
	uri.DNSNames, uri.URIs, uri.CommonName = nil, []string{"sip:" + m.hosts[0].Name}, "sip-edge.example"
	var all []made
	for _, g := range []struct {
		name, what string
		leaf       certs.Leaf
		lacks      bool
	}{
		{"as-configured", "The certificate that the vendor shows, with the names of its profile.", configured, false},
		{"second-key", "The vendor's other certificate, with another type of key.", second, second.Key == ""},
		{"exact-name", "A certificate for the host's own name alone.", exact, false},
		{"other-common-name", "The host is in the alternative names, and the common name is another's.", other, false},
		{"renewed-key", "The same names as exact-name, with a new key.", renewed, false},
		{"sip-uri-only", "The host is in a sip: URI alone, which RFC 5922 §7.1 knows and HTTPS does not.", uri, !m.sip()},
	} {
		if g.lacks {
			continue
		}
		one, err := m.issued(m.pki, g.name, g.what, g.leaf)
		if err != nil {
			return nil, err
		}
		if g.name == "sip-uri-only" {
			one.Who = "SIP clients that follow RFC 5922 §7.1; verifiers that look for a DNS name refuse it"
			one.OpenSSL = Opinion{Error: 62, Text: "hostname mismatch"}
			one.Go = Opinion{Text: "certificate is not valid for any names"}
			if m.options.Bounds != None { // since Go 1.26, whatever is constrained
				one.Go.Text = "URI with empty host"
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// further makes those below the other authorities of the bundle.
func (m *maker) further() ([]made, error) {
	next, err := vendor.NextAuthority(m.forge, m.product, "")
	if err != nil {
		return nil, err
	}
	one, err := m.issued(next, "next-intermediate", "Issued by the intermediate that follows the one in use, below the same root.", m.exact())
	if err != nil {
		return nil, err
	}
	all := []made{one}
	for _, r := range m.product.Certificate.Roots[1:] {
		pki, err := vendor.Authority(m.forge, m.product, r.Name)
		if err != nil {
			return nil, err
		}
		one, err := m.issued(pki, "root-"+r.Name, "Issued below another root of the bundle, "+r.CommonName+".", m.exact())
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// own makes the certificate that a device shows to a vendor that verifies devices.
func (m *maker) own() ([]made, error) {
	pki, err := vendor.DeviceAuthority(m.forge, m.product)
	if err != nil || pki == nil {
		return nil, err
	}
	const host = "device.lab.example"
	one, err := m.issued(pki, "device", "For the device itself, to show to the vendor; the vendor trusts its root.",
		certs.Leaf{DNSNames: []string{host}, Key: certs.RSA2048, KeySlot: "device", ClientAuth: true})
	one.Kind, one.Host, one.Who = Own, host, "the vendor, which verifies the devices that connect, and those that it connects to"
	return []made{one}, err
}

// others makes what is wrong by the place at which it is shown.
func (m *maker) others() ([]made, error) {
	if !m.sip() || len(m.hosts) < 2 {
		return nil, nil
	}
	leaf := m.exact()
	leaf.DNSNames = []string{m.hosts[1].Name}
	one, err := m.issued(m.pki, "other-proxy", "A sound certificate of the vendor's next host, "+m.hosts[1].Name+".", leaf)
	one.Kind, one.Duty, one.Who, one.Cause = Defect, Refuse, everyClient, certs.CauseNameMismatch
	one.Rule = "RFC 6125 §6.4; RFC 5922 §7.2"
	one.OpenSSL = Opinion{Error: 62, Text: "hostname mismatch"}
	one.Go = Opinion{Text: "certificate is valid for "}
	return []made{one}, err
}

// defects makes one certificate for each recipe of package certs.
func (m *maker) defects() ([]made, error) {
	var all []made
	for _, r := range certs.Recipes() {
		leaf := m.exact()
		if r.Name == certs.AddressOnly || r.Name == "ip-as-dns-name" {
			leaf.IPs = []netip.Addr{m.options.Address}
		}
		cred, err := m.pki.IssueDefective(r.Name, leaf)
		if err != nil {
			return nil, err
		}
		c := Certificate{
			Name: r.Name, Kind: Defect, What: r.Defect, Cause: r.Cause, Rule: r.Rule, Host: cred.Host,
			OpenSSL: Opinion{r.OpenSSL.Accepts, r.OpenSSL.Number, handshake[r.Name], r.OpenSSL.Text},
			Go:      Opinion{Accepts: r.Go.Accepts, Text: r.Go.Text},
		}
		if r.Name == "sip-uri-mismatch" && m.options.Bounds != None {
			c.Go = Opinion{Text: "URI with empty host"} // since Go 1.26, whatever is constrained
		}
		c.Duty, c.Who = duty(r.Name, m.sip())
		all = append(all, made{c, cred})
	}
	return all, nil
}
