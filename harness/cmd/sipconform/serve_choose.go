package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// choice is which product is served, and by which revision of its rules.
type choice struct {
	product  *profile.Product
	revision profile.Revision
	asOf     time.Time
	// usual tells that nobody named the product, and others the products beside it; today that nobody named the
	// revision.
	usual, today bool
	others       []string
}

// choose finds what the flags name: by default the product that is most used, and the revision in force.
func choose(said *serveFlags, vendorName string) (choice, error) {
	c := choice{usual: said.product == "", today: said.revision == "", asOf: time.Now()}
	all, err := products(*said.vendors)
	if err != nil {
		return c, err
	}
	if c.product, err = find(all, vendorName, said.product); err != nil {
		return c, err
	}
	for _, p := range all {
		if p.Vendor == vendorName && p != c.product {
			c.others = append(c.others, p.Product)
		}
	}
	if said.asOf != "" {
		if said.revision != "" {
			return c, usage("-as-of %s chooses a revision, and --profile names one: give one of the two", said.asOf)
		}
		if c.asOf, err = time.Parse(time.DateOnly, said.asOf); err != nil {
			return c, usage("-as-of %q is not a date like 2026-01-31", said.asOf)
		}
	}
	if c.revision = c.product.InForce(c.asOf); said.revision != "" {
		if c.revision, err = c.product.Named(said.revision); err != nil {
			return c, usageError{err}
		}
	}
	return c, nil
}

// find returns a vendor's product: of that name, or the one that is most used, or else the first.
func find(all []*profile.Product, vendorName, product string) (*profile.Product, error) {
	var found *profile.Product
	var known []string
	for _, p := range all {
		known = append(known, p.Vendor+" --product "+p.Product)
		switch {
		case p.Vendor != vendorName || product != "" && p.Product != product:
		case found == nil || p.MostUsed:
			found = p
		}
	}
	if found != nil {
		return found, nil
	}
	if product != "" {
		vendorName += " --product " + product
	}
	return nil, usage("there is no mock %s; there are: %s", vendorName, strings.Join(known, ", "))
}

// mostListed is how many listeners the heading has.
const mostListed = 4

// heading says in a line what is served, and what was chosen because nobody chose.
func (c choice) heading(listeners []vendor.Listener) string {
	var b strings.Builder
	fmt.Fprintf(&b, "serving %s %s", c.product.Vendor, c.product.Product)
	if c.usual && len(c.others) > 0 {
		fmt.Fprintf(&b, " (the product most used; --product has %s)", strings.Join(c.others, ", "))
	}
	fmt.Fprintf(&b, ", revision %s, in force ", c.revision.Revision)
	i := slices.IndexFunc(c.product.Revisions, func(r profile.Revision) bool { return r.Revision == c.revision.Revision })
	if i+1 < len(c.product.Revisions) {
		fmt.Fprintf(&b, "from %s until %s", c.revision.From, c.product.Revisions[i+1].From)
	} else {
		fmt.Fprintf(&b, "since %s", c.revision.From)
	}
	if c.today && len(c.product.Revisions) > 1 {
		fmt.Fprintf(&b, " (that of %s; --profile has %s)", c.asOf.Format(time.DateOnly), strings.Join(c.besides(), ", "))
	}
	b.WriteString("; ")
	for i, l := range listeners[:min(len(listeners), mostListed)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", l.Name, l.Address)
	}
	if left := len(listeners) - mostListed; left > 0 {
		fmt.Fprintf(&b, " and %d more", left)
	}
	return b.String()
}

// besides are the product's other revisions.
func (c choice) besides() []string {
	var names []string
	for _, r := range c.product.Revisions {
		if r.Revision != c.revision.Revision {
			names = append(names, r.Revision)
		}
	}
	return names
}
