package picture

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Bounds on the section of certificates.
const (
	maxChains   = 8
	maxBoxes    = 8
	maxNames    = 24
	maxNameText = 200
)

// chains is what the template of the certificates shows.
type chains struct {
	All  []*chain
	Left int
}

// chain is one that was shown in a handshake, or in several.
type chain struct {
	Whose  string // "vendor" or "device"
	Conns  []string
	More   int
	Boxes  []*box
	Left   int
	Words  []string // what is said of the chain as a whole
	Marks  []*mark
	Sought string // the name that the peer looked for; may be empty
	ders   [][]byte
}

// box is one certificate.
type box struct {
	Place   string // "leaf", "intermediate", "root"
	Subject string
	Facts   []fact
	Faults  []string
	Signs   string // how it is tied to the one before it
	broken  bool
	cert    *x509.Certificate
}

// Broken reports whether the certificate does not sign the one before it.
func (b *box) Broken() bool { return b.broken }

// fact is one field of a certificate. Amiss ones have a defect.
type fact struct {
	Name, Value string
	Amiss       bool
}

// layChains lays out the chains that were shown.
func layChains(d *drawing, less int) any {
	var all []*chain
	left := 0
	hellos := make(map[string]*observation.HelloInfo)
	for i := range d.events {
		e := &d.events[i]
		if e.Kind == observation.ClientHello {
			hellos[e.Conn] = e.Hello
		}
		if e.Kind != observation.TLSHandshake || e.Handshake == nil {
			continue
		}
		for _, side := range []struct {
			whose string
			ders  [][]byte
		}{{vendorName, e.Handshake.LocalChain}, {deviceName, e.Handshake.PeerChain}} {
			if len(side.ders) == 0 {
				continue
			}
			c := d.chain(side.whose, side.ders, e, hellos[e.Conn])
			same := func(other *chain) bool {
				return other.Whose == c.Whose && other.Sought == c.Sought && slices.EqualFunc(other.ders, c.ders, bytes.Equal) &&
					slices.Equal(other.Words, c.Words)
			}
			at := slices.IndexFunc(all, same)
			switch {
			case at >= 0 && len(all[at].Conns) < 6:
				all[at].Conns = append(all[at].Conns, c.Conns...)
			case at >= 0:
				all[at].More++
			case len(all) < max(1, halved(maxChains, less)):
				c.fill(d.begun, e.At, max(2, halved(maxBoxes, less)), max(2, halved(maxNames, less)))
				all = append(all, c)
			default:
				left++
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return chains{all, left}
}

// chain returns a chain without its boxes.
func (d *drawing) chain(whose string, ders [][]byte, e *observation.Event, hello *observation.HelloInfo) *chain {
	c := &chain{Whose: whose, Conns: []string{visible(e.Conn, 24)}, ders: ders}
	isServer := (whose == vendorName) == (e.Handshake.Role == "server")
	if isServer && hello != nil {
		c.Sought = strings.TrimSuffix(visible(hello.ServerName, maxNameText), ".")
	}
	if whose == deviceName {
		for _, cause := range e.Handshake.Rejected {
			c.Words = append(c.Words, "The vendor rejected it: "+defect(cause))
		}
		return c
	}
	if recipe, by := d.planted(e.Conn); by != nil {
		c.Words = append(c.Words, "Planted: "+recipe.Defect+" "+recipe.Rule+".")
		c.Marks = []*mark{by}
	}
	return c
}

// fill adds the boxes, with what can be said of each by its bytes.
func (c *chain) fill(begun time.Time, at time.Duration, most, names int) {
	for i, der := range c.ders {
		if i == most {
			c.Left = len(c.ders) - most
			break
		}
		c.Boxes = append(c.Boxes, newBox(der, names))
	}
	var when time.Time
	if !begun.IsZero() {
		when = begun.Add(at)
	}
	tied := true // what was sent so far is a path
	for i, b := range c.Boxes {
		b.place(i)
		if b.cert == nil {
			tied = false
			continue
		}
		if i > 0 && c.Boxes[i-1].cert != nil {
			b.tie(c.Boxes[i-1])
		}
		tied = tied && !b.broken
		b.judge(i, when, c.Sought)
		if tied {
			b.judgeLength(i)
		}
	}
}

func (b *box) place(i int) {
	switch c := b.cert; {
	case i == 0:
		b.Place = "leaf"
	case c != nil && bytes.Equal(c.RawSubject, c.RawIssuer):
		b.Place = "root"
	default:
		b.Place = "intermediate"
	}
}

// newBox reads a certificate.
func newBox(der []byte, names int) *box {
	c, flaws, err := certs.Parse(der)
	if err != nil {
		return &box{Subject: "unreadable", Faults: []string{visible(err.Error(), maxNameText)}}
	}
	b := &box{Subject: visible(c.Subject.String(), maxNameText), cert: c}
	for _, flaw := range flaws[:min(len(flaws), 4)] {
		b.Faults = append(b.Faults, "malformed: "+visible(flaw.String(), maxNameText))
	}
	add := func(name, value string) { b.Facts = append(b.Facts, fact{Name: name, Value: value}) }
	add("issuer", visible(c.Issuer.String(), maxNameText))
	add("names", alternatives(c, names))
	add("valid", c.NotBefore.UTC().Format(time.DateOnly)+" to "+c.NotAfter.UTC().Format(time.DateOnly))
	add("authority", authority(c))
	add("key", certs.DescribeKey(c))
	add("signed with", c.SignatureAlgorithm.String())
	if usage := usages(c); usage != "" {
		add("for", usage)
	}
	return b
}

func (b *box) fault(field, words string) {
	b.Faults = append(b.Faults, words)
	for i := range b.Facts {
		if b.Facts[i].Name == field {
			b.Facts[i].Amiss = true
		}
	}
}

func alternatives(c *x509.Certificate, most int) string {
	var names []string
	for _, name := range c.DNSNames {
		names = append(names, visible(name, maxNameText))
	}
	for _, ip := range c.IPAddresses {
		names = append(names, "IP "+ip.String())
	}
	for _, uri := range c.URIs {
		names = append(names, "URI "+visible(uri.String(), maxNameText))
	}
	for _, mail := range c.EmailAddresses {
		names = append(names, "email "+visible(mail, maxNameText))
	}
	if len(names) == 0 {
		return "none"
	}
	if left := len(names) - most; left > 0 {
		names = append(names[:most], fmt.Sprintf("and %d more", left))
	}
	return strings.Join(names, ", ")
}

func authority(c *x509.Certificate) string {
	switch {
	case !c.BasicConstraintsValid:
		return "does not say"
	case !c.IsCA:
		return "no"
	case c.MaxPathLen > 0 || c.MaxPathLenZero:
		return fmt.Sprintf("yes, path length %d", c.MaxPathLen)
	}
	return "yes"
}

var extended = map[x509.ExtKeyUsage]string{
	x509.ExtKeyUsageAny: "any", x509.ExtKeyUsageServerAuth: "TLS server", x509.ExtKeyUsageClientAuth: "TLS client",
	x509.ExtKeyUsageCodeSigning: "code signing", x509.ExtKeyUsageEmailProtection: "email",
	x509.ExtKeyUsageTimeStamping: "time stamping", x509.ExtKeyUsageOCSPSigning: "OCSP signing",
}

func usages(c *x509.Certificate) string {
	var all []string
	for _, u := range c.ExtKeyUsage[:min(len(c.ExtKeyUsage), 12)] {
		if text, ok := extended[u]; ok {
			all = append(all, text)
		}
	}
	for _, id := range c.UnknownExtKeyUsage[:min(len(c.UnknownExtKeyUsage), 6)] {
		all = append(all, visible(id.String(), 60))
	}
	return strings.Join(all, ", ")
}
