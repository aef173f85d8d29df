package profile

import (
	"slices"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// RegionSetting names the setting that chooses one of a product's regions. Its default
// is none of them.
const RegionSetting = "region"

// Region is where the vendor has hosts of its own, which all customers share.
type Region struct {
	Name string `yaml:"region"`
	// Zone is what follows the labels of the proxies in their names.
	Zone string `yaml:"zone"`
	// Doubt says why the vendor's document cannot mean the zone; empty where it may.
	Doubt string `yaml:"doubt"`
}

// Regional returns the region of that name; false where the product has none.
func (p *Product) Regional(name string) (Region, bool) {
	i := slices.IndexFunc(p.Regions, func(r Region) bool { return r.Name == name })
	if i < 0 {
		return Region{}, false
	}
	return p.Regions[i], true
}

// In returns the product with the hosts of a region of its own; as it is for any other
// name.
func (p *Product) In(region string) *Product {
	r, known := p.Regional(region)
	if !known {
		return p
	}
	there := *p
	there.Domain, there.Shared = r.Zone, true
	if p.Trunk != nil {
		there.Trunk = &Trunk{Context: r.Zone, Host: p.Trunk.Host}
	}
	return &there
}

// checkRegions checks that each region can be chosen by the setting.
func (c *checker) checkRegions() {
	place := yamlfile.Path{"regions"}
	setting, has := c.Settings[RegionSetting]
	if has != (len(c.Regions) > 0) {
		c.wrong(yamlfile.Path{"settings", RegionSetting}, "regions and the setting %s go together: give both, or neither", RegionSetting)
	}
	names := make(map[string]bool)
	for i, r := range c.Regions {
		switch {
		case r.Name == "" || names[r.Name]:
			c.wrong(place.To(i, "region"), "the region's name is %q: give each region a name of its own", r.Name)
		case r.Zone == "":
			c.wrong(place.To(i, "zone"), "the region %s has no zone: say what follows the labels of its proxies", r.Name)
		case r.Name == setting.Default || !slices.Contains(setting.Values, r.Name):
			c.wrong(place.To(i, "region"), "the setting %s does not choose %s: add it to the values, and let the default be none",
				RegionSetting, r.Name)
		}
		names[r.Name] = true
	}
}
