// Package certfiles writes what vendors show as certificates, and every defect that one can have, as PEM files for tools that
// are not part of this module: a folder for each product, in it one for each certificate, and an index that says what is wrong
// with each, who has to refuse it, and how to try it.
//
// The package serves this module and may change. The index that it writes, index.json, is for other programs: its fields are
// those of [Index], and the schema's name changes if one of them changes its meaning.
package certfiles

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// Schema names the form of index.json.
const Schema = "sipconform/certs/v1"

// Options are what the certificates are made for. Products are required.
type Options struct {
	Products []*profile.Product
	Seed     uint64
	At       time.Time  // around which everything is dated; now if zero
	Host     string     // for which they are issued; that of the product's first host if empty
	Address  netip.Addr // of the host, for the defects that are about an address; 127.0.0.1 if not set
	Bounds   Bounds
	// Serves says which requirements and scenarios a case of a product serves; nil: none are known.
	Serves func(p *profile.Product, name string) Service
}

// Bounds say whether roots carry a constraint of the names that they may vouch for (RFC 5280 §4.2.1.10).
type Bounds string

// The bounds. A root without any, whose seed is known, lets everybody speak for any host to a device that trusts it.
const (
	Critical    Bounds = "critical"
	NonCritical Bounds = "noncritical"
	None        Bounds = "none"
)

// Customer is the name of the vendors' customer in host names.
const Customer = "lab"

// Index is what index.json says.
type Index struct {
	Schema   string    `json:"schema"`
	Seed     uint64    `json:"seed"`
	At       time.Time `json:"at"`
	Bounds   Bounds    `json:"constraints"`
	Products []Product `json:"products"`
}

// Product is a vendor's product, and its certificates.
type Product struct {
	Product string `json:"product"` // such as twilio/voice
	Title   string `json:"title"`
	Speaks  string `json:"speaks"` // sip or https
	Folder  string `json:"folder"`
	// Bundle is the file with all roots that a customer imports, and Roots are they.
	Bundle       string        `json:"bundle"`
	Roots        []Root        `json:"roots"`
	Certificates []Certificate `json:"certificates"`
}

// Root is a root of a product's bundle.
type Root struct {
	Name       string `json:"name"`
	CommonName string `json:"common_name"`
	File       string `json:"file"`
}

// Kind is what a certificate is there for.
type Kind string

// The kinds.
const (
	Good   Kind = "good"
	Defect Kind = "defect"
	Own    Kind = "device" // the device's own
)

// Duty is what a device does that meets a certificate, if it does what the rules say.
type Duty string

// The duties.
const (
	Take      Duty = "take"
	Refuse    Duty = "refuse"
	MayRefuse Duty = "may-refuse" // the rules leave it open, or contradict each other
)

// Certificate is one certificate with its chain and key. Files are relative to the index.
type Certificate struct {
	Name   string `json:"name"`
	Kind   Kind   `json:"kind"`
	Folder string `json:"folder"`
	What   string `json:"what"` // it is, or is wrong with it, in a sentence
	Duty   Duty   `json:"duty"`
	Who    string `json:"who"` // the duty is on, in words
	// Cause is why it is refused, a slug; Rule is what that rests on. Both are empty for a good one.
	Cause string `json:"cause,omitempty"`
	Rule  string `json:"rule,omitempty"`
	// Host is the name, or the address, that a client has to look for.
	Host string `json:"host"`
	Service
	Files   Files   `json:"files"`
	OpenSSL Opinion `json:"openssl"`
	Go      Opinion `json:"go"`
	// Verify is a command that gives the opinion of OpenSSL, in the folder of the certificate. Server and Client try it over
	// TLS; both are empty where no server of OpenSSL's can show the certificate, and Unserved says why then.
	Verify   string `json:"verify"`
	Server   string `json:"server,omitempty"`
	Client   string `json:"client,omitempty"`
	Unserved string `json:"unserved,omitempty"`
}

// Service is what a certificate is of use for.
type Service struct {
	Requirements []string `json:"requirements,omitempty"` // IDs
	Scenarios    []string `json:"scenarios,omitempty"`    // IDs of those in which the harness plants it
}

// Files are those of a certificate.
type Files struct {
	Leaf          string `json:"leaf"`                    // the one that is sent first
	Intermediates string `json:"intermediates,omitempty"` // what is sent behind it, in order
	Chain         string `json:"chain"`                   // all of it
	Key           string `json:"key"`
	Root          string `json:"root"` // that a client has to trust for the defect to be the only one
	CRL           string `json:"crl,omitempty"`
	// RootAndCRL has both in one file, of a revoked certificate, since openssl s_client takes one list alone otherwise.
	RootAndCRL string `json:"root_and_crl,omitempty"`
}

// Opinion is what a verifier says that looks for the host, and trusts the root.
type Opinion struct {
	Accepts bool `json:"accepts"`
	Error   int  `json:"error,omitempty"` // X509_V_ERR number, of OpenSSL alone
	// Handshake is the number that a client of OpenSSL's ends with, which stops at the first error, where that is another.
	Handshake int    `json:"handshake,omitempty"`
	Text      string `json:"text,omitempty"` // part of the message
}

// made is a certificate with the material that its files are written from.
type made struct {
	Certificate
	of *certs.Credential
}

// forge returns the forge of the options, which are completed.
func (o *Options) forge() (*certs.Forge, error) {
	if o.At.IsZero() {
		o.At = time.Now()
	}
	o.At = o.At.UTC().Truncate(time.Second)
	if !o.Address.IsValid() {
		o.Address = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if o.Serves == nil {
		o.Serves = func(*profile.Product, string) Service { return Service{} }
	}
	f := certs.NewForge(o.Seed)
	f.At = o.At
	if o.Bounds == None {
		return f, nil
	}
	domains := append(certs.RecipeDomains(), "example", "test")
	for _, p := range o.Products {
		hosts, err := o.hosts(p)
		if err != nil {
			return nil, err
		}
		for _, h := range hosts {
			domains = append(domains, h.Name)
		}
		if o.Host != "" { // the domain two labels above, for wildcards
			domains = append(domains, parent(parent(o.Host)))
			continue
		}
		more, err := vendor.Domains(p, Customer)
		if err != nil {
			return nil, err
		}
		domains = append(domains, more...)
	}
	f.Constraints = &certs.Constraints{
		Domains: certs.Outermost(domains), Addresses: []netip.Addr{o.Address}, NotCritical: o.Bounds == NonCritical,
	}
	return f, nil
}

// hosts returns the hosts of a product, the one that certificates are issued for first.
func (o *Options) hosts(p *profile.Product) ([]vendor.Host, error) {
	hosts, err := vendor.Hosts(p, Customer)
	if err != nil || o.Host == "" {
		return hosts, err
	}
	h := hosts[0]
	h.Name, h.DNSNames = o.Host, []string{o.Host}
	if strings.HasPrefix(hosts[0].DNSNames[0], "*.") {
		h.DNSNames[0] = "*." + parent(o.Host)
	}
	return []vendor.Host{h}, nil
}

func parent(host string) string {
	_, rest, _ := strings.Cut(host, ".")
	return rest
}

// CheckHost says what is wrong with a host that certificates are to be issued for.
func CheckHost(host string) error {
	labels := strings.Split(host, ".")
	if len(labels) < 3 {
		return fmt.Errorf("%q has fewer than three labels, which the defects of wildcards need: use a name such as sip.lab.example", host)
	}
	for _, label := range labels {
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label == "" || len(label) > 63 {
			return fmt.Errorf("%q is not a host name of lower-case letters, digits and hyphens, such as sip.lab.example", host)
		}
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return fmt.Errorf("%q is an address: name the host, and its address beside it", host)
	}
	return nil
}
