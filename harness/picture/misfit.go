package picture

import (
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// misfits says what a ClientHello lacks that rules require, in sentences.
func misfits(hello *observation.HelloInfo, rules *observation.TLSRules) []string {
	versions := allowed(rules)
	if !slices.ContainsFunc(versions, hello.Offers) {
		have := "no version of TLS that is known"
		if names := named(rising(offered(hello)), tlspeer.VersionName); len(names) > 0 {
			have = list(names) + " only"
		}
		return []string{fmt.Sprintf("The device offers %s; the vendor requires %s.", have, between(rules))}
	}
	var all []string
	below13 := slices.ContainsFunc(versions, func(v uint16) bool { return v < tlspeer.TLS13 && hello.Offers(v) })
	is13 := func(suite uint16) bool { return suite>>8 == 0x13 }
	at13 := slices.Contains(versions, tlspeer.TLS13) && hello.Offers(tlspeer.TLS13)
	free := len(rules.Suites) == 0 || at13 && !slices.ContainsFunc(rules.Suites, is13)
	if !free && !common(hello.Suites, rules.Suites) {
		all = append(all, "The device offers none of the cipher suites that the vendor has.")
	}
	// Without supported_groups, a server may take any (RFC 8422 §4).
	if len(rules.Groups) > 0 && len(hello.Groups) > 0 && !common(hello.Groups, rules.Groups) {
		what := "The device offers none of the groups that the vendor has."
		if below13 {
			what = "The device offers none of the groups that the vendor has, which leaves suites with RSA key exchange alone."
		}
		all = append(all, what)
	}
	return all
}

func rising(numbers []uint16) []uint16 {
	up := slices.Clone(numbers)
	slices.Sort(up)
	return up
}

// between says which versions rules allow.
func between(r *observation.TLSRules) string {
	switch lowest := tlspeer.VersionName(r.MinVersion); {
	case r.MinVersion == r.MaxVersion:
		return lowest
	case r.MaxVersion == tlspeer.TLS13:
		return lowest + " or higher"
	default:
		return lowest + " to " + tlspeer.VersionName(r.MaxVersion)
	}
}
