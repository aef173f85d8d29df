// Package sheet writes the setting sheet of a lab: what a person enters on a device so that it finds the vendor, trusts
// it, and has the account. The text and the page say the same.
//
// The package serves this module and may change.
package sheet

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/lab"
)

// Sheet is what the sheet is about.
type Sheet struct {
	Lab      *lab.Lab
	Products []Product
	// Base is the URL at which the lab is handed out, without a slash at the end; empty where it is not.
	Base string
}

// Product is a vendor's product, as its customer's devices are set to it.
type Product struct {
	ID, Title string // "twilio/voice", "Twilio Programmable Voice, SIP Domain"
	Domain    string // of the account
	Hosts     []Host // that the device connects to, or that its requests are for
	HTTPS     bool   // devices are HTTPS clients
	SRV       bool   // the hosts are found by SRV records of the domain, too
	// Trunk is the host that stands for the customer's trunk alone, Group the parameters that choose it in a number.
	Trunk, Group string
	Register     string   // for how long; empty where nothing registers
	Versions     string   // of TLS, that are served
	Suites       []string // of SRTP; none where there are no calls
	Roots        []Root
	// Device is the device's own certificate, nil where none is handed out.
	Device *Device
	Phones []string // makers with files in provisioning
	// Addresses is how many the vendor should have here, for a port of its own to be each host's standard one.
	Addresses int
}

// Host is a name and where it is: at one address, or at one of each family. Port 0 is one that changes, and that its SRV
// record names.
type Host struct {
	Name string
	At   []netip.AddrPort
}

// places are where the host is.
func (h Host) places() string {
	all := make([]string, len(h.At))
	for i, at := range h.At {
		if all[i] = at.String(); at.Port() == 0 {
			all[i] = at.Addr().String() + ", at the port of its SRV record"
		}
	}
	return strings.Join(all, " and ")
}

// Root is a root to import.
type Root struct {
	CommonName  string
	File        string // of this root alone, DER
	Fingerprint string // SHA-256, hexadecimal in pairs
	InUse       bool   // signs what the vendor shows by default
}

// Device is the device's own certificate.
type Device struct {
	Name        string
	Certificate string // file, PEM, with the intermediate
	Key         string // file, PEM
	Until       time.Time
	Why         string // what the vendor does with it
}

// Slug is the product's part of file names.
func Slug(id string) string { return strings.ReplaceAll(id, "/", "-") }

// section is a heading and what stands below it.
type section struct {
	Heading string
	Rows    []row
	Notes   []string // paragraphs
}

// row is a setting and its values.
type row struct {
	Name   string
	Values []string
}

// sections are the sheet from top to bottom.
func (s Sheet) sections() []section {
	all := []section{s.common()}
	for _, p := range s.Products {
		all = append(all, s.product(p))
	}
	return append(all, s.handout(), s.afterwards())
}

// common are the settings that all products share.
func (s Sheet) common() section {
	l := s.Lab
	c := section{Heading: "On every device"}
	c.add("User, also to log in", l.Account.User)
	c.add("Password", l.Account.Password)
	if l.DNS.IsValid() {
		c.add("DNS server", fmt.Sprintf("%v, and no other", l.Address(l.DNS.Addr())))
		if l.DNS.Port() != 53 {
			c.add("", fmt.Sprintf("port %d, if the device can be told a port", l.DNS.Port()))
		}
	} else {
		c.add("DNS server", "the lab has none")
		c.Notes = append(c.Notes, "Without a DNS server of the lab, the device has to be told the addresses below as outbound "+
			"proxy or in a hosts file, "+
			"and still has to look for the domain's name in the certificate. A lab with -dns saves that.")
	}
	c.add("Date and time", "by NTP, or by hand to within an hour")
	c.add("Certificates", "verify them, with the names in them")
	c.Notes = append(c.Notes, "Certificates are dated around the day of each run, and some of them expired a day before or "+
		"begin a day later: "+
		"a device whose clock is wrong refuses the good ones, or takes the bad ones.")
	return c
}

// product are the settings for one product.
func (s Sheet) product(p Product) section {
	c := section{Heading: fmt.Sprintf("%s (%s)", p.Title, p.ID)}
	if p.HTTPS {
		for i, h := range p.Hosts {
			c.add(label(i == 0, "Hosts"), fmt.Sprintf("https://%s/ at %s", h.Name, h.places()))
		}
	} else {
		c.add("Domain, SIP server", p.Domain)
		c.add("Transport", fmt.Sprintf("TLS, port %d, from the first byte on", p.Hosts[0].At[0].Port()))
		for i, h := range p.Hosts {
			c.add(label(i == 0, "Hosts"), fmt.Sprintf("%s at %s", h.Name, h.places()))
		}
		c.add("Outbound proxy", s.outbound(p))
		if p.SRV {
			c.add("SRV records", "_sips._tcp."+p.Domain+" leads to the hosts: on, if the device looks them up")
		} else {
			c.add("SRV records", "none are needed")
		}
		if p.Trunk != "" {
			c.add("Trunk", p.Trunk, "or "+p.Group+" behind the number that is called")
		}
		if p.Register != "" {
			c.add("Register", "yes, "+p.Register)
		} else {
			c.add("Register", "no: the product takes no registrations")
		}
	}
	if has := s.addresses(); has < p.Addresses {
		what := "a host without an address of its own is found by SRV records alone"
		if p.HTTPS {
			what = "scenarios of the product need them"
		}
		c.Notes = append(c.Notes, fmt.Sprintf("The product has hosts at %d addresses, and the lab has %d: %s. Another lab can "+
			"have more, with -listen A,B,…",
			p.Addresses, has, what))
	}
	c.add("TLS", p.Versions)
	if len(p.Suites) > 0 {
		c.add("SRTP", "required (RTP/SAVP with a=crypto)", strings.Join(p.Suites, ", "))
	} else if !p.HTTPS {
		c.add("SRTP", "the product takes no calls")
	}
	c.add("Roots to import", "roots-"+Slug(p.ID)+".pem has all of them; one file each, in DER:")
	for _, r := range p.Roots {
		in := ""
		if r.InUse {
			in = ", which is in use"
		}
		c.add("", fmt.Sprintf("%s: %s%s", r.File, r.CommonName, in), "SHA-256 "+r.Fingerprint)
	}
	if d := p.Device; d != nil {
		c.add("Device's certificate", fmt.Sprintf("%s, key %s, for %s, until %s", d.Certificate, d.Key, d.Name,
			d.Until.Format(time.DateOnly)), d.Why)
	}
	if len(p.Phones) > 0 {
		c.add("Provisioning", "provisioning/"+Slug(p.ID)+", for "+strings.Join(p.Phones, ", "))
	}
	return c
}

// addresses is how many the lab has in the family of its first one.
func (s Sheet) addresses() int {
	n := 0
	for _, at := range s.Lab.Listen {
		if at.Is4() == s.Lab.Listen[0].Is4() {
			n++
		}
	}
	return n
}

// outbound says what to enter as outbound proxy.
func (s Sheet) outbound(p Product) string {
	first := p.Hosts[0]
	if !s.Lab.DNS.IsValid() {
		return first.At[0].String()
	}
	if first.Name == p.Domain {
		return "none"
	}
	return fmt.Sprintf("%s:%d, unless the device finds the hosts by SRV records", first.Name, first.At[0].Port())
}

// handout is where a device can fetch its files.
func (s Sheet) handout() section {
	c := section{Heading: "Fetching all this with the device"}
	path := "/" + s.Lab.HandoutPath + "/"
	if s.Base == "" {
		c.Notes = append(c.Notes, "While sipconform lab serve "+s.Lab.Dir+" -listen ADDRESS:PORT runs, the roots are at "+
			"http://ADDRESS:PORT/, and this "+
			"sheet and the provisioning files below http://ADDRESS:PORT"+path+". That path is as secret as the password.")
	} else {
		c.add("Roots", s.Base+"/")
		c.add("Sheet", s.Base+path+"sheet.html")
		for _, p := range s.Products {
			if len(p.Phones) > 0 {
				c.add("Provisioning", s.Base+path+Slug(p.ID)+"/MAKER/")
			}
		}
		c.Notes = append(c.Notes, "The long path is as secret as the password.")
	}
	c.Notes = append(c.Notes, "Provisioning files were written from public documentation. They were not tried on that "+
		"hardware: check what they set.")
	return c
}

// afterwards is how to undo it.
func (s Sheet) afterwards() section {
	c := section{Heading: "When you are done"}
	c.Notes = append(c.Notes,
		"Remove the roots from the device, and from wherever else you imported them: whoever gets hold of "+lab.FileName+
			" can speak for the vendor to what trusts them. They vouch for these names and addresses alone, to devices that check name constraints:",
		strings.Join(append(append([]string(nil), s.Lab.Constraints.Domains...), texts(s.Lab.Constraints.Addresses)...), ", "))
	if s.Lab.Constraints.NotCritical {
		c.Notes = append(c.Notes, "The lab's constraints are not critical: a device that does not know name constraints takes the roots, "+
			"and they can vouch for any name to it. It must not be used for anything else while it trusts them.")
	} else {
		c.Notes = append(c.Notes, "A device that refuses to import a root may not know name constraints, which mbed TLS does not. "+
			"Another lab, made with -constraints noncritical, has roots that it takes.")
	}
	c.Notes = append(c.Notes, "Then set the DNS server back, and remove the account and the device's certificate.")
	return c
}

func (c *section) add(name string, values ...string) { c.Rows = append(c.Rows, row{name, values}) }

// label is a name that stands in the first of several rows.
func label(first bool, name string) string {
	if first {
		return name
	}
	return ""
}

func texts(addresses []netip.Addr) []string {
	all := make([]string, len(addresses))
	for i, at := range addresses {
		all[i] = at.String()
	}
	return all
}
