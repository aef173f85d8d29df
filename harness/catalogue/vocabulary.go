package catalogue

import (
	"regexp"
	"slices"
)

var (
	levels      = []Level{Must, Should, May}
	confidences = []Confidence{High, Medium, Low}
	areas       = []string{"tls", "certificate", "identity", "signalling", "routing", "sdes", "srtp", "rotation", "https", "load"}
	directions  = []string{"device-to-vendor", "vendor-to-device", "register", "https", "admin"}
)

var (
	prefixForm   = regexp.MustCompile(`^[A-Z]{2}$`)
	idForm       = regexp.MustCompile(`^([A-Z]{2})(-[A-Z]{2,4})?-[0-9]{2}$`)
	revisionForm = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
	sourceForm   = regexp.MustCompile(`^(seed 00[0-9]|doc ([A-Z][0-9]+|G-community)|field F[0-9]+|RFC [1-9][0-9]*( §[0-9A-Z]+(\.[0-9]+)*)?|` +
		`IANA \S.*|stack \S.*|measured|inferred|unknown)$`)
)

// maxTitle is how many characters a title may have.
const maxTitle = 60

// guessed reports whether a source is not evidence but a deduction, or a search that
// found nothing.
func guessed(source string) bool { return source == "inferred" || source == "unknown" }

// Areas returns what requirements are about, in the order in which a device meets it.
func Areas() []string { return slices.Clone(areas) }
