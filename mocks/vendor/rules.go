package vendor

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// Version is the number of a TLS version as profiles write it: "TLS 1.2".
func Version(name string) (uint16, error) {
	v, ok := tlspeer.VersionByName(name)
	if !ok {
		return 0, fmt.Errorf("vendor: %q is no TLS version; write \"TLS 1.2\"", name)
	}
	return v, nil
}

// Rules builds server TLS rules from a revision and settings. Suites and groups
// replace the revision's unless they are nil. What no engine of this machine has
// is left out, see [NotEmulated].
func Rules(r profile.Revision, settings map[string]string, suites, groups []uint16) (tlspeer.Rules, error) {
	rules := tlspeer.Rules{ClientOrder: settings[SuiteOrder] == ByClient}
	var err error
	if rules.MinVersion, rules.MaxVersion, err = bounds(r, settings); err != nil {
		return rules, err
	}
	if settings[DeprecatedRefusal] == ByAlert {
		rules.MinVersion = max(rules.MinVersion, AllowedFrom(r, settings))
	}
	for _, name := range profile.Choose(r.TLS.SuitesBy, settings, r.TLS.Suites) {
		suite, ok := tlspeer.SuiteByOpenSSLName(name)
		if !ok {
			return rules, fmt.Errorf("vendor: the profile lists %q, which is no suite", name)
		}
		rules.Suites = append(rules.Suites, suite)
	}
	for _, name := range r.TLS.Groups {
		group, ok := tlspeer.GroupByName(name)
		if !ok {
			return rules, fmt.Errorf("vendor: the profile lists %q, which is no group", name)
		}
		rules.Groups = append(rules.Groups, group)
	}
	if suites != nil {
		rules.Suites = suites
	}
	if groups != nil {
		rules.Groups = groups
	}
	return rules.Without(rules.Unavailable()), nil
}

// AllowedFrom is the lowest version over which operations are served.
func AllowedFrom(r profile.Revision, settings map[string]string) uint16 {
	name := r.TLS.AllowedFrom
	if settings[AllowDeprecatedTLS] == profile.On && r.TLS.DeprecatedFrom != "" {
		name = r.TLS.DeprecatedFrom
	}
	lowest, _ := tlspeer.VersionByName(name) // parsed profiles have no other names
	return lowest
}

// bounds returns the range of TLS versions, from the port table if there is one.
func bounds(r profile.Revision, settings map[string]string) (lowest, highest uint16, err error) {
	if r.Ports != nil {
		return PortBounds(r, profile.SIPSPort, settings)
	}
	if highest, err = Version(settings[profile.TLSMax]); err == nil {
		lowest, err = Version(settings[profile.TLSMin])
	}
	return lowest, highest, err
}

// PortBounds returns the lowest and the highest TLS version that a port of the
// revision's table takes. The setting for the highest version is that of a release:
// it has nothing newer on any port, whatever the table says of the port.
func PortBounds(r profile.Revision, port uint16, settings map[string]string) (lowest, highest uint16, err error) {
	names := r.Ports.Takes(port, settings)
	if len(names) == 0 {
		return 0, 0, errors.New("vendor: the table of ports has no versions for these settings")
	}
	release, err := Version(settings[profile.TLSMax])
	if err != nil {
		return 0, 0, err
	}
	if lowest, err = Version(names[0]); err == nil {
		highest, err = Version(names[len(names)-1])
	}
	return min(lowest, release), min(highest, release), err
}

// NotEmulated lists the suites of a revision that no engine of this machine has.
func NotEmulated(r profile.Revision) []tlspeer.Unavailable {
	rules := tlspeer.Rules{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS13}
	lists := [][]string{r.TLS.Suites}
	for _, c := range r.TLS.SuitesBy {
		lists = append(lists, c.Suites)
	}
	for _, name := range slices.Concat(lists...) {
		if suite, ok := tlspeer.SuiteByOpenSSLName(name); ok && !slices.Contains(rules.Suites, suite) {
			rules.Suites = append(rules.Suites, suite)
		}
	}
	return rules.Unavailable()
}
