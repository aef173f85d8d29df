// Package profile is a vendor product's behaviour as data: dated revisions of
// TLS rules, settings, refusals, and how the product answers and calls. The
// files are in fixtures/profiles. Mocks obey them, through package vendor;
// nothing in them judges a device.
//
// The package serves this module and may change. Of the files, README.md beside
// them says what holds.
package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Product is one file: what a product does in every revision, and its revisions.
type Product struct {
	File    string `yaml:"-"` // name of the file, for errors
	Vendor  string `yaml:"vendor"`
	Product string `yaml:"product"`
	// Prefix begins the IDs of the vendor's requirements: "TW" of TW-TLS-05.
	Prefix     string `yaml:"prefix"`
	PrefixLine int    `yaml:"-"` // in the file
	Title      string `yaml:"title"`
	// MostUsed is true of the one product of the vendor's that most customers have: the
	// one that is meant where only the vendor is named.
	MostUsed bool `yaml:"most_used"`
	// Domain is what follows a customer's name: s1 + "." + Domain.
	Domain string `yaml:"domain"`
	// Realm is the realm of the digest challenge, RFC 3261 §22.
	Realm string `yaml:"realm"`
	// Proxies are the first labels of the hosts that serve the domain, such as
	// "lb01", each with an address of its own. None: the domain is the host.
	Proxies []string `yaml:"proxies"`
	// Regions are the vendor's own hosts, of which the setting [RegionSetting] chooses
	// some instead of those below Domain.
	Regions []Region `yaml:"regions"`
	// Shared is true of a product in a region: its hosts are those of all customers.
	Shared bool `yaml:"-"`
	// Trunk is how a device's calls find their trunk; nil where the domain says it.
	Trunk *Trunk `yaml:"trunk"`
	// DeviceVerification is how the vendor verifies a device's certificate; nil
	// where that is not known: the vendor takes every certificate then.
	DeviceVerification *DeviceVerification `yaml:"device_verification"`
	// HTTPS is for a product whose devices are HTTPS clients; nil for one that
	// speaks SIP. With it, Proxies, Trunk, Realm and the fields from ErrorHeader to
	// Offer mean nothing, and the names of certificates are the sites'.
	HTTPS       *HTTPS      `yaml:"https"`
	Certificate Certificate `yaml:"certificate"`
	// ErrorHeader carries a code and its title in refusals; empty for none.
	ErrorHeader string          `yaml:"error_header"`
	Codes       map[string]Code `yaml:"codes"`
	// Registrar is nil where nothing can register.
	Registrar *Registrar         `yaml:"registrar"`
	Answer    Answer             `yaml:"answer"`
	Offer     Offer              `yaml:"offer"`
	Settings  map[string]Setting `yaml:"settings"`
	Revisions []Revision         `yaml:"revisions"`
	// Base names, for each way, the scenario that the others of the way rest on: it is
	// their control unless a chapter or a row names another.
	Base     map[string]string `yaml:"base"`
	Chapters []Chapter         `yaml:"chapters"`
	Core     []Core            `yaml:"core"`
}

// Trunk tells one customer's calls from another's, beside the domain.
type Trunk struct {
	// Context is the trunk-context of a trunk group (RFC 4904 §5.2), whose label
	// is the customer's name.
	Context string `yaml:"context"`
	// Host is the first label of the name that stands for the trunk alone.
	Host string `yaml:"host"`
}

// Certificate is what the product's hosts show. Names are templates with the
// fields of [NameFields].
type Certificate struct {
	Names []string `yaml:"names"`
	Key   string   `yaml:"key"` // "RSA-2048", "P-256" …
	// SecondKey is the key of another certificate for the same names, shown for
	// suites that the first does not fit; empty for none.
	SecondKey string `yaml:"second_key"`
	Roots     []Root `yaml:"roots"` // the first is in use
}

// NameFields is what the names of hosts and certificates can be made of.
type NameFields struct {
	Host   string // that shows the certificate
	Domain string // of the customer
	Name   string // the customer's own part of the domain
}

// Root is a certification authority of the product's bundle.
type Root struct {
	Name       string `yaml:"name"`
	CommonName string `yaml:"common_name"`
	Key        string `yaml:"key"`
}

// Code is an entry of the vendor's error dictionary.
type Code struct {
	Level string `yaml:"level"`
	Title string `yaml:"title"`
	// Note says how sure it is that the vendor makes the entry; empty where it is.
	Note string `yaml:"note"`
}

// Revision is the rules that hold from a date on. Suites, groups, ports and
// refusals that it leaves out are those of the revision before it.
type Revision struct {
	Revision string             `yaml:"revision"`
	From     string             `yaml:"from"` // YYYY-MM-DD
	Sources  []string           `yaml:"sources"`
	TLS      TLS                `yaml:"tls"`
	Settings map[string]Setting `yaml:"settings"` // override the product's
	Refusals []Refusal          `yaml:"refusals"`
	// Ports are the product's TLS listeners, SIP's among them; nil where 5061 is
	// the only one.
	Ports *PortTable `yaml:"ports"`
}

// TLS is which handshakes are taken, and over which of them operations are
// served. Versions are written "TLS 1.2".
type TLS struct {
	// AllowedFrom is the lowest version over which operations are served.
	AllowedFrom string `yaml:"allowed_from"`
	// DeprecatedFrom replaces AllowedFrom while the setting allow_deprecated_tls is
	// on; empty where the setting has no effect.
	DeprecatedFrom string   `yaml:"deprecated_from"`
	Suites         []string `yaml:"suites"` // OpenSSL names, preference order
	// SuitesBy replace Suites where settings have other values.
	SuitesBy []Choice `yaml:"suites_by"`
	// Groups are the only ones for key exchange, IANA names; empty: any.
	Groups []string `yaml:"groups"`
}

// TakesCalls tells whether the product takes calls at all. One that does not lists
// methods without INVITE.
func (p *Product) TakesCalls() bool {
	return len(p.Answer.Allow) == 0 || slices.Contains(p.Answer.Allow, "INVITE")
}

// Named returns the revision of that name.
func (p *Product) Named(revision string) (Revision, error) {
	var names []string
	for _, r := range p.Revisions {
		if r.Revision == revision {
			return r, nil
		}
		names = append(names, r.Revision)
	}
	return Revision{}, fmt.Errorf("profile: %s %s has no revision %q; it has %s",
		p.Vendor, p.Product, revision, strings.Join(names, ", "))
}

// InForce returns the revision that holds on a date; before the first begins,
// the first.
func (p *Product) InForce(date time.Time) Revision {
	in := p.Revisions[0]
	for _, r := range p.Revisions {
		if r.From <= date.Format(time.DateOnly) {
			in = r
		}
	}
	return in
}
