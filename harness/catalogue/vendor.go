package catalogue

import (
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/mocks/profile"
)

// Vendor is a source of requirements, as they name it.
type Vendor struct {
	Name     string
	Prefix   string // of the IDs of its requirements, two capital letters
	Products []string
	Place    string // where it is described, such as "profiles/x.yaml:6"; empty: in no file
}

// standards stand for what the standards say and what well-known SIP stacks do.
var standards = []Vendor{{Name: "rfc", Prefix: "RF"}, {Name: "stack", Prefix: "ST"}}

// VendorsOf returns the vendors whose products these are, in the order of their
// profiles.
func VendorsOf(products []*profile.Product) []Vendor {
	var all []Vendor
	for _, p := range products {
		i := slices.IndexFunc(all, func(v Vendor) bool { return v.Name == p.Vendor && v.Prefix == p.Prefix })
		if i < 0 {
			place := fmt.Sprintf("%s:%d", p.File, p.PrefixLine)
			all, i = append(all, Vendor{Name: p.Vendor, Prefix: p.Prefix, Place: place}), len(all)
		}
		all[i].Products = append(all[i].Products, p.Product)
	}
	return all
}

// checkVendors looks for vendors that cannot be told apart.
func checkVendors(vendors []Vendor) error {
	for i, v := range vendors {
		place := ""
		if v.Place != "" {
			place = v.Place + ": "
		}
		if !prefixForm.MatchString(v.Prefix) {
			return fmt.Errorf("%sthe vendor %s: the prefix %q is not two capital letters, such as CA", place, v.Name, v.Prefix)
		}
		for _, other := range vendors[:i] {
			if other.Name == v.Name || other.Prefix == v.Prefix {
				return fmt.Errorf("%sthe vendors %s (%s) and %s (%s): each needs a name and a prefix of its own",
					place, other.Name, other.Prefix, v.Name, v.Prefix)
			}
		}
	}
	return nil
}

func vendorNames(vendors []Vendor) []string {
	names := make([]string, len(vendors))
	for i, v := range vendors {
		names[i] = v.Name
	}
	return names
}
