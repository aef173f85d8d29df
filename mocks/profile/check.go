package profile

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/yamlfile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// check returns what is wrong with a product that decodes.
func check(p *Product, document *yamlfile.Document) []*yamlfile.Fault {
	c := checker{Product: p, document: document, told: make(map[string]bool)}
	c.checkHead()
	c.checkCertificate()
	c.checkHTTPS()
	c.checkRegistrar()
	c.checkAnswer()
	c.checkOffer()
	c.checkSettings(yamlfile.Path{"settings"}, p.Settings)
	c.checkRegions()
	c.checkRevisions()
	c.checkCore()
	return c.faults
}

// checker collects the faults of a product.
type checker struct {
	*Product
	document *yamlfile.Document
	faults   []*yamlfile.Fault
	told     map[string]bool // the places of faults
}

// wrong records a fault, one for each place: what revisions inherit is checked in each of them.
func (c *checker) wrong(place yamlfile.Path, format string, args ...any) {
	if key := fmt.Sprintf("%q", place); !c.told[key] {
		c.told[key] = true
		c.faults = append(c.faults, c.document.Fault(place, format, args...))
	}
}

// oneOf checks that what is written at a place is among the known.
func (c *checker) oneOf(place yamlfile.Path, what, written string, known []string) {
	if !slices.Contains(known, written) {
		c.wrong(place, "the %s %q is unknown: use %s", what, written, yamlfile.Choice(known))
	}
}

// optional is oneOf for what may be left out.
func (c *checker) optional(place yamlfile.Path, what, written string, known []string) {
	if written != "" {
		c.oneOf(place, what, written, known)
	}
}

// prefixForm is the form of a prefix. Package catalogue holds IDs to it.
var prefixForm = regexp.MustCompile(`^[A-Z]{2}$`)

func (c *checker) checkHead() {
	for _, needed := range []struct {
		field   yamlfile.Path
		missing bool
		add     string
	}{
		{yamlfile.Path{"vendor"}, c.Vendor == "", "name the vendor, such as carrier"},
		{yamlfile.Path{"product"}, c.Product.Product == "", "name the product, such as trunk"},
		{yamlfile.Path{"domain"}, c.Domain == "", "say what follows a customer's name, such as sip.carrier.test"},
		{yamlfile.Path{"certificate", "names"}, len(c.Certificate.Names) == 0 && c.HTTPS == nil,
			`list the names in certificates, such as "{{.Host}}"`},
		{yamlfile.Path{"certificate", "roots"}, len(c.Certificate.Roots) == 0, "list the authorities, the one in use first"},
		{yamlfile.Path{"revisions"}, len(c.Revisions) == 0, "list one or more"},
	} {
		if needed.missing {
			c.wrong(needed.field, "%s is missing: %s", dotted(needed.field), needed.add)
		}
	}
	if !prefixForm.MatchString(c.Prefix) {
		c.wrong(yamlfile.Path{"prefix"}, "the prefix %q is not two capital letters: "+
			"write what the IDs of the vendor's requirements begin with, such as CA", c.Prefix)
	}
	if t := c.Trunk; t != nil && (t.Context == "" || t.Host == "") {
		c.wrong(yamlfile.Path{"trunk"}, "the trunk lacks a context or a host: give both, or remove it")
	}
}

// dotted writes a path of keys.
func dotted(p yamlfile.Path) string {
	return strings.ReplaceAll(strings.TrimSuffix(fmt.Sprintln(p...), "\n"), " ", ".")
}

func (c *checker) checkCertificate() {
	place := yamlfile.Path{"certificate"}
	for i, name := range c.Certificate.Names {
		c.template(place.To("names", i), name, NameFields{})
	}
	c.keyType(place.To("key"), c.Certificate.Key)
	c.keyType(place.To("second_key"), c.Certificate.SecondKey)
	c.checkRoots(place.To("roots"), c.Certificate.Roots)
	if v := c.DeviceVerification; v != nil {
		place := yamlfile.Path{"device_verification", "roots"}
		if len(v.Roots) == 0 {
			c.wrong(place, "device_verification.roots is missing: list the authorities of devices, or remove device_verification")
		}
		c.checkRoots(place, v.Roots)
	}
}

func (c *checker) checkRoots(place yamlfile.Path, roots []Root) {
	names := make(map[string]bool)
	for i, r := range roots {
		if r.Name == "" || names[r.Name] {
			c.wrong(place.To(i, "name"), "the root's name is %q: give each root a name of its own", r.Name)
		}
		names[r.Name] = true
		c.keyType(place.To(i, "key"), r.Key)
	}
}

func (c *checker) keyType(place yamlfile.Path, key string) {
	var known []string
	for _, t := range certs.KeyTypes() {
		known = append(known, string(t))
	}
	c.optional(place, "key type", key, known)
}

// template checks that a template expands. Fields are what it can name.
func (c *checker) template(place yamlfile.Path, text string, fields interface{ Expand(string) (string, error) }) {
	_, err := fields.Expand(text)
	if err == nil {
		return
	}
	var known []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(fields)) {
		known = append(known, "{{."+f.Name+"}}")
	}
	reason := err.Error()
	reason = reason[strings.LastIndex(reason, ":")+1:] // the rest is a place inside the template
	c.wrong(place, "the template %q has a mistake, %s: use %s", text, strings.TrimSpace(reason), yamlfile.Choice(known))
}

// checkHTTPS checks the sites of an API.
func (c *checker) checkHTTPS() {
	if c.HTTPS == nil {
		return
	}
	place := yamlfile.Path{"https", "endpoints"}
	if len(c.HTTPS.Endpoints) == 0 {
		c.wrong(place, "https.endpoints is missing: list one or more")
	}
	names := make(map[string]bool)
	for i, e := range c.HTTPS.Endpoints {
		switch {
		case e.Name == "" || names[e.Name]:
			c.wrong(place.To(i, "name"), "the endpoint's name is %q: give each endpoint a name of its own", e.Name)
		case len(e.Sites) == 0:
			c.wrong(place.To(i, "sites"), "the endpoint %q has no sites: list one or more", e.Name)
		}
		names[e.Name] = true
		hosts := make(map[string]bool)
		for j, s := range e.Sites {
			c.checkSite(place.To(i, "sites", j), s, hosts[s.Host])
			hosts[s.Host] = true
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(c.HTTPS.Notice)) {
		if n := c.HTTPS.Notice[kind]; n.Months < 0 || n.Days < 0 {
			c.wrong(yamlfile.Path{"https", "notice", kind}, "the notice of %q is %d months and %d days: give 0 or more of each",
				kind, n.Months, n.Days)
		}
	}
}

func (c *checker) checkSite(place yamlfile.Path, s Site, taken bool) {
	if s.Host == "" || taken {
		c.wrong(place.To("host"), "the site's host is %q: give each site of an endpoint a host of its own", s.Host)
	}
	if len(s.Names) == 0 {
		c.wrong(place.To("names"), `the site %q has no names: list those in its certificate`, s.Host)
	}
	c.optional(place.To("serves"), "page", s.Serves, []string{ServesTLSTest, ServesStatus})
	c.template(place.To("host"), s.Host, NameFields{})
	if s.Shared && strings.Contains(s.Host, "{{") {
		c.wrong(place.To("shared"), "the shared site's host %q depends on the customer: write it out, or remove shared", s.Host)
	}
	for i, name := range s.Names {
		c.template(place.To("names", i), name, NameFields{})
	}
}

// checkSettings checks the settings of the product, or of one revision.
func (c *checker) checkSettings(place yamlfile.Path, settings map[string]Setting) {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		s, place := settings[name], place.To(name)
		if _, taken := Facts()[name]; taken {
			c.wrong(place, "the setting %q has the name of a fact about requests: rename it", name)
		}
		c.checkDated(place, name, s)
		if !s.Date && !slices.Contains(s.Values, s.Default) {
			c.wrong(place.To("default"), "the default of %q is %q, which is none of its values: use %s, or add it",
				name, s.Default, yamlfile.Choice(s.Values))
		}
		if name != TLSMin && name != TLSMax {
			continue
		}
		for i, v := range s.Values {
			c.version(place.To("values", i), v)
		}
	}
}

func (c *checker) version(place yamlfile.Path, name string) {
	c.oneOf(place, "TLS version", name, tlspeer.VersionNames())
}

func (c *checker) checkRevisions() {
	from, names := "", make(map[string]bool)
	for i, r := range c.Revisions {
		place := yamlfile.Path{"revisions", i}
		if r.Revision == "" || names[r.Revision] {
			c.wrong(place.To("revision"), "the revision's name is %q: give each revision a name of its own", r.Revision)
		}
		if !isDate(r.From) {
			c.date(place.To("from"), r.From)
		} else if r.From < from {
			c.wrong(place.To("from"), "the revision %q begins before the one above it: list the oldest first", r.Revision)
		} else {
			from = r.From
		}
		names[r.Revision] = true
		c.checkSettings(place.To("settings"), r.Settings)
		c.checkRevision(i, r)
	}
}
