package profile

import (
	"path"

	"github.com/sipconform/sipconform/internal/yamlfile"
)

// Role is a part that a device takes at a product.
type Role string

// The roles, as profiles and results name them.
const (
	Registering Role = "register"
	CallingOut  Role = "call-out"
	CalledIn    Role = "call-in"          // over the device's own registration
	Listening   Role = "call-in-listener" // the vendor calls the device's own server
	Asking      Role = "options"          // sends OPTIONS to a vendor that takes no calls
	Fetching    Role = "https"
	Connecting  Role = "tls-connect" // connects to ports, whatever is spoken there
)

// Roles returns the roles in the order in which reports list them.
func Roles() []Role {
	return []Role{Registering, CallingOut, CalledIn, Listening, Asking, Fetching, Connecting}
}

// Core lists the scenarios without which nothing can be claimed of a device in a role.
// Mocks do not read it.
type Core struct {
	Role Role `yaml:"role"`
	// Scenarios are patterns (see [path.Match]) of IDs below vendor and product. They
	// may name scenarios of another role on which this one rests: a device that takes
	// any certificate while it registers places no secure call.
	Scenarios []string `yaml:"scenarios"`

	Lines []int `yaml:"-"` // of Scenarios, in the file
}

// CoreOf returns what a role's claims rest on; nil where the profile does not say.
func (p *Product) CoreOf(role Role) *Core {
	for i := range p.Core {
		if p.Core[i].Role == role {
			return &p.Core[i]
		}
	}
	return nil
}

func (c *checker) checkCore() {
	var known []string
	for _, role := range Roles() {
		known = append(known, string(role))
	}
	told := make(map[Role]bool)
	for i, core := range c.Core {
		place := yamlfile.Path{"core", i}
		c.oneOf(place.To("role"), "role", string(core.Role), known)
		if told[core.Role] {
			c.wrong(place.To("role"), "the role %q has a core already: put both in one list", core.Role)
		}
		told[core.Role] = true
		if len(core.Scenarios) == 0 {
			c.wrong(place, "the core of %q lists no scenarios: list some, or remove it", core.Role)
		}
		for j, pattern := range core.Scenarios {
			if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
				c.wrong(place.To("scenarios", j),
					"%q is not a pattern of scenarios: write IDs such as certificate/expired, with * for any part", pattern)
			}
		}
	}
}
