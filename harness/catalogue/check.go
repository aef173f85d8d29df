package catalogue

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// check returns what is wrong with the entries, one by one and together.
func check(entries []entry, vendors []Vendor) []*Fault {
	first := make(map[string]*entry, len(entries))
	var faults []*Fault
	for i := range entries {
		e := &entries[i]
		c := checker{entry: e}
		c.identity(vendors)
		c.words()
		c.texts()
		c.sources()
		c.releases()
		if earlier, ok := first[e.ID]; ok {
			c.fault("id", 0, "the ID is taken by %s:%d: give one of the two another, or remove it", earlier.file, earlier.line("id", 0))
		} else if e.ID != "" {
			first[e.ID] = e
		}
		faults = append(faults, c.faults...)
	}
	for i := range entries {
		c := checker{entry: &entries[i]}
		c.conflicts(first)
		faults = append(faults, c.faults...)
	}
	return faults
}

// checker collects the faults of one entry.
type checker struct {
	*entry
	faults []*Fault
}

// fault records a fault at a field, or at element i of a list.
func (c *checker) fault(field string, i int, format string, args ...any) {
	c.faults = append(c.faults, &Fault{*c.document.Fault(yamlfile.Path{c.position, field, i}, format, args...), c.ID})
}

// identity checks the ID, the vendor and the products against each other.
func (c *checker) identity(vendors []Vendor) {
	form := idForm.FindStringSubmatch(c.ID)
	if form == nil {
		c.fault("id", 0, "the ID %q has another form than TW-TLS-05 or ST-02: use the row's ID", c.ID)
	}
	at := slices.IndexFunc(vendors, func(v Vendor) bool { return v.Name == c.Vendor })
	if at < 0 {
		c.fault("vendor", 0, "the vendor %q is unknown: use %s", c.Vendor, yamlfile.Choice(vendorNames(vendors)))
		return
	}
	v := vendors[at]
	if form != nil && form[1] != v.Prefix {
		c.fault("vendor", 0, "the ID does not begin with %s as those of %s do: correct one of the two", v.Prefix, v.Name)
	}
	for i, p := range c.Products {
		if len(v.Products) == 0 {
			c.fault("products", i, "%s has no products: remove %q", v.Name, p)
		} else if !slices.Contains(v.Products, p) {
			c.fault("products", i, "%s has no product %q: use %s", v.Name, p, yamlfile.Choice(v.Products))
		}
	}
	c.repeated("products", c.Products)
}

// words checks the fields that take one of a few words.
func (c *checker) words() {
	if !slices.Contains(areas, c.Area) {
		c.fault("area", 0, "the area %q is unknown: use %s", c.Area, yamlfile.Choice(areas))
	}
	if len(c.Directions) == 0 {
		c.fault("directions", 0, "no direction: name at least one of %s", yamlfile.Choice(directions))
	}
	for i, d := range c.Directions {
		if !slices.Contains(directions, d) {
			c.fault("directions", i, "the direction %q is unknown: use %s", d, yamlfile.Choice(directions))
		}
	}
	c.repeated("directions", c.Directions)
	if !slices.Contains(levels, c.Level) {
		c.fault("level", 0, "the level %q is unknown: use %s", c.Level, yamlfile.Choice(levels))
	}
	if !slices.Contains(confidences, c.Confidence) {
		c.fault("confidence", 0, "the confidence %q is unknown: use %s", c.Confidence, yamlfile.Choice(confidences))
	}
	for i, r := range c.Revisions {
		if !revisionForm.MatchString(r) {
			c.fault("profiles", i, "%q is not the name of a revision: use one such as seed-era", r)
		}
	}
	c.repeated("profiles", c.Revisions)
}

// texts checks the fields for people.
func (c *checker) texts() {
	switch n := utf8.RuneCountInString(c.Title); {
	case strings.TrimSpace(c.Title) == "":
		c.fault("title", 0, "the title is empty: say in a few words what the device owes")
	case n > maxTitle:
		c.fault("title", 0, "the title has %d characters: shorten it to %d", n, maxTitle)
	case strings.Contains(c.Title, "\n"):
		c.fault("title", 0, "the title has several lines: write one")
	}
	if strings.TrimSpace(c.Text) == "" {
		c.fault("text", 0, "the text is empty: say in a sentence what the device owes")
	}
	if c.has("not_testable") && strings.TrimSpace(c.NotTestable) == "" {
		c.fault("not_testable", 0, "the reason is empty: say why no wire test can see the row, or remove the field")
	}
}

// sources checks that the row cites sources, and claims no more confidence than they
// give.
func (c *checker) sources() {
	if len(c.Sources) == 0 {
		c.fault("sources", 0, "no source: cite one, or write [unknown]")
		return
	}
	for i, s := range c.Sources {
		if !sourceForm.MatchString(s) {
			c.fault("sources", i, "the source %q has no known form: "+
				"write seed 000, doc T2, field F1, RFC 4568 §7.1.2, IANA …, stack …, measured, inferred or unknown", s)
		}
	}
	c.repeated("sources", c.Sources)
	if c.Binding() && !slices.ContainsFunc(c.Sources, func(s string) bool { return !guessed(s) }) {
		c.fault("confidence", 0, "the confidence is %s on %s alone, which may fail no device: set it to low, or cite evidence",
			c.Confidence, strings.Join(c.Sources, " and "))
	}
}

// conflicts checks that each conflict is with another row, which names this one too.
func (c *checker) conflicts(rows map[string]*entry) {
	for i, id := range c.ConflictsWith {
		other, ok := rows[id]
		switch {
		case !ok:
			c.fault("conflicts_with", i, "the conflicting row %q does not exist: correct the ID, or remove it", id)
		case id == c.ID:
			c.fault("conflicts_with", i, "the row conflicts with itself: remove %s", id)
		case !slices.Contains(other.ConflictsWith, c.ID):
			c.fault("conflicts_with", i, "the conflict is one-sided: add %s to conflicts_with of %s (%s:%d)",
				c.ID, id, other.file, other.line("id", 0))
		}
	}
	c.repeated("conflicts_with", c.ConflictsWith)
}

// repeated records the elements that stand twice in a list.
func (c *checker) repeated(field string, list []string) {
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			c.fault(field, i, "%q stands twice in %s: remove one", s, field)
		}
	}
}
