package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/harness/lab/provision"
	"github.com/sipconform/sipconform/harness/lab/sheet"
	"github.com/sipconform/sipconform/mocks/api"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/scenarios"
)

// labMaterial is what a lab has for its device.
type labMaterial struct {
	sheet   sheet.Sheet
	of      []productMaterial // as the sheet's products
	handout string
}

// productMaterial is what there is for one product.
type productMaterial struct {
	slug     string
	roots    []rootFile
	own      *certs.Credential // for the device; nil: none
	provided []provision.File
}

// rootFile is a root and the name of its file.
type rootFile struct {
	name string
	der  []byte
}

func (r rootFile) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.der})
}

// bundle is the PEM of all roots.
func (m productMaterial) bundle() []byte {
	var all []byte
	for _, r := range m.roots {
		all = append(all, r.pem()...)
	}
	return all
}

// describeLab makes the sheet of a lab and what goes with it. Base is the URL at which it is handed out, empty if it is not.
func describeLab(l *lab.Lab, chosen []*profile.Product, base string) (*labMaterial, error) {
	m := &labMaterial{sheet: sheet.Sheet{Lab: l, Base: base}, handout: l.HandoutPath}
	for _, p := range chosen {
		described, material, err := describeProduct(l, p, base)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", productID(p), err)
		}
		m.sheet.Products, m.of = append(m.sheet.Products, described), append(m.of, material)
	}
	return m, nil
}

func describeProduct(l *lab.Lab, p *profile.Product, base string) (sheet.Product, productMaterial, error) {
	revision := p.InForce(time.Now())
	d := sheet.Product{
		ID: productID(p), Title: p.Title, Domain: vendor.Domain(p, l.Name), HTTPS: p.HTTPS != nil, SRV: len(p.Proxies) > 0,
		Trunk: vendor.TrunkHost(p, l.Name), Group: vendor.TrunkGroup(p, l.Name), Versions: servedVersions(p, revision),
	}
	m := productMaterial{slug: sheet.Slug(d.ID)}
	var err error
	if d.Hosts, d.Addresses, err = labHosts(l, p); err != nil {
		return d, m, err
	}
	if d.HTTPS {
		err = m.certify(l, p, &d)
		return d, m, err
	}
	if p.Registrar != nil {
		d.Register = fmt.Sprintf("for %d to %d seconds", p.Registrar.MinExpires, p.Registrar.MaxExpires)
	}
	if p.TakesCalls() {
		d.Suites = p.Answer.Suites
	}
	if err := m.certify(l, p, &d); err != nil {
		return d, m, err
	}
	d.Phones = provision.Makers()
	m.provided, err = provision.Files(fixtures.FS, m.settings(l, p, d, base))
	return d, m, err
}

// servedVersions says which versions of TLS are served while settings have their defaults.
func servedVersions(p *profile.Product, r profile.Revision) string {
	settings, err := p.SettingValues(r, nil)
	if err != nil {
		return r.TLS.AllowedFrom + " and above"
	}
	highest := settings[profile.TLSMax]
	if lowest := r.TLS.AllowedFrom; lowest != highest {
		return lowest + " to " + highest
	}
	return highest
}

// labHosts are the hosts of a product and where a run has them: each at an address of its own as far as there are any, and
// the others at the last. The sites of an endpoint share its address.
func labHosts(l *lab.Lab, p *profile.Product) (all []sheet.Host, places int, err error) {
	hosts, err := vendor.Hosts(p, l.Name)
	if err != nil {
		return nil, 0, err
	}
	port, places, place := uint16(profile.SIPSPort), len(hosts), func(i int, _ vendor.Host) int { return i }
	if p.HTTPS != nil {
		port, places, place = api.Port, len(p.HTTPS.Endpoints), func(_ int, h vendor.Host) int {
			return slices.IndexFunc(p.HTTPS.Endpoints, func(e profile.Endpoint) bool { return e.Name == h.Endpoint })
		}
	}
	own, twins := (&scenarios.Network{Listen: l.Listen}).Families()
	for i, h := range hosts {
		n := place(i, h)
		last := min(n, len(own)-1)
		host := sheet.Host{Name: h.Name}
		for _, at := range []netip.Addr{own[last], twins[own[last]]} {
			switch {
			case !at.IsValid():
			case n > last && p.HTTPS == nil:
				host.At = append(host.At, netip.AddrPortFrom(l.Address(at), 0))
			default:
				host.At = append(host.At, netip.AddrPortFrom(l.Address(at), port))
			}
		}
		there := func(h sheet.Host) bool { return h.Name == host.Name && slices.Equal(h.At, host.At) }
		if !slices.ContainsFunc(all, there) { // a site may be at two endpoints that share an address here
			all = append(all, host)
		}
	}
	return all, places, nil
}

// certify makes the roots and the device's own certificate.
func (m *productMaterial) certify(l *lab.Lab, p *profile.Product, d *sheet.Product) error {
	bundle, err := vendor.Bundle(l.Forge(), p)
	if err != nil {
		return err
	}
	for i, r := range p.Certificate.Roots {
		var block *pem.Block
		if block, bundle = pem.Decode(bundle); block == nil {
			return fmt.Errorf("the bundle lacks the root %s", r.Name)
		}
		file := rootFile{fmt.Sprintf("root-%s-%d-%s.crt", m.slug, i+1, r.Name), block.Bytes}
		m.roots = append(m.roots, file)
		sum := sha256.Sum256(block.Bytes)
		d.Roots = append(d.Roots, sheet.Root{CommonName: r.CommonName, File: file.name, Fingerprint: inPairs(sum[:]), InUse: i == 0})
	}
	authority, err := vendor.DeviceAuthority(l.Forge(), p)
	if err != nil {
		return err
	}
	why := "the vendor verifies it where it calls the device's own server"
	switch {
	case authority == nil && p.HTTPS != nil || authority == nil && !p.TakesCalls():
		return nil
	case authority == nil:
		why = "for the device's own server, if it has one; the vendor takes any"
		authority, err = l.Forge().Hierarchy(certs.Hierarchy{Name: "device", Root: certs.Authority{CommonName: "Device CA"}})
	case p.HTTPS != nil:
		why = "for the device to show where the vendor asks for one"
	case p.Mutual():
		why = "the vendor asks for it when the device connects"
	}
	if err == nil {
		m.own, err = authority.Issue(l.DeviceLeaf())
	}
	if err != nil {
		return err
	}
	d.Device = &sheet.Device{
		Name: l.DeviceHost(), Certificate: "device-" + m.slug + ".pem", Key: "device-" + m.slug + ".key.pem",
		Until: m.own.Leaf.NotAfter, Why: why,
	}
	return nil
}

// settings are those of a phone.
func (m productMaterial) settings(l *lab.Lab, p *profile.Product, d sheet.Product, base string) provision.Settings {
	s := provision.Settings{
		Product: d.ID, User: l.Account.User, Password: l.Account.Password, Domain: d.Domain, Port: d.Hosts[0].At[0].Port(),
		Register: p.Registrar != nil, Expires: 3600, Secure: len(d.Suites) > 0,
	}
	if p.Registrar != nil {
		s.Expires = cmp.Or(p.Registrar.MaxExpires, s.Expires)
	}
	switch first := d.Hosts[0]; {
	case !l.DNS.IsValid():
		s.Outbound = first.At[0].Addr().String()
	case first.Name != d.Domain:
		s.Outbound = first.Name
	}
	if l.DNS.IsValid() && l.DNS.Port() == 53 {
		s.DNS = l.Address(l.DNS.Addr()).String()
	}
	for i, r := range m.roots {
		root := provision.Root{Number: i + 1, File: r.name, PEM: string(r.pem())}
		if base != "" && i == 0 { // phones take one
			root.URL = base + "/" + r.name
		}
		s.Roots = append(s.Roots, root)
	}
	return s
}

// inPairs writes bytes as certificates' fingerprints are compared: "3F:A0".
func inPairs(sum []byte) string {
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(pairs, ":")
}
