package catalogue

import (
	"fmt"
	"regexp"
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

var (
	levels      = []Level{Must, Should, May}
	confidences = []Confidence{High, Medium, Low}
	areas       = []string{"tls", "certificate", "identity", "signalling", "routing", "sdes", "srtp", "rotation", "https"}
	directions  = []string{"device-to-vendor", "vendor-to-device", "register", "https", "admin"}
)

var (
	prefixForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	idForm      = regexp.MustCompile(`^([A-Z]{2})(-[A-Z]{2,4})?-[0-9]{2}$`)
	profileForm = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
	sourceForm  = regexp.MustCompile(`^(seed 00[0-9]|doc ([A-Z][0-9]+|G-community)|field F[0-9]+|RFC [1-9][0-9]*( §[0-9A-Z]+(\.[0-9]+)*)?|` +
		`IANA \S.*|stack \S.*|measured|inferred|unknown)$`)
)

// maxTitle is how many characters a title may have.
const maxTitle = 60

// guessed reports whether a source is not evidence but a deduction, or a search that
// found nothing.
func guessed(source string) bool { return source == "inferred" || source == "unknown" }

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
