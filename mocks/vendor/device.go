package vendor

import (
	"strings"

	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/profile"
)

// DeviceRules returns what the vendor asks of a device's certificate while
// settings have these values. A profile without a setting about names has the
// certificate checked for host, the name that the vendor calls; nil of a device
// that connects.
func (c *Config) DeviceRules(settings map[string]string, host []string) identity.Rules {
	asks := c.Product.DeviceVerification
	rules := identity.Rules{
		Roots: c.DeviceRoots, Names: host,
		Wildcards: settings[asks.WildcardSetting] == Accepted, AnyUsage: asks.Mutual,
	}
	if settings[asks.TrustSetting] == profile.Off {
		rules.Roots = rules.Roots[1:]
	}
	if asks.SubjectSetting != "" {
		rules.Names = subjects(settings[asks.SubjectSetting], c.DeviceName)
	}
	return rules
}

// subjects returns the names that a device's certificate may have; nil: any.
func subjects(value, device string) []string {
	switch value {
	case profile.OwnSubject:
		return SplitSubjects(device)
	case profile.OtherSubject:
		return SplitSubjects("other." + device)
	case profile.ListedSubject:
		return SplitSubjects("one." + device + ", two." + device + ";three." + device + ":" + device + " four." + device)
	default:
		return nil
	}
}

// SplitSubjects reads a list of certificate names as the field of a trunk's
// security profile has it: separated by space, comma, semicolon or colon
// (CU-TRK-07).
func SplitSubjects(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(" ,;:", r) })
}
