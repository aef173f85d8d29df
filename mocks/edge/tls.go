package edge

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

var versions = map[string]uint16{
	"TLS 1.0": tls.VersionTLS10, "TLS 1.1": tls.VersionTLS11, "TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13,
}

func version(name string) (uint16, error) {
	v, ok := versions[name]
	if !ok {
		return 0, fmt.Errorf("edge: %q is no TLS version; write \"TLS 1.2\"", name)
	}
	return v, nil
}

// Rules are a server's by a revision, as settings bound and choose it; suites and
// groups, unless nil, replace the revision's. What no engine of this machine has
// is left out: see [NotEmulated].
func Rules(r profile.Revision, settings map[string]string, suites, groups []uint16) (tlspeer.Rules, error) {
	rules := tlspeer.Rules{ClientOrder: settings["suite_order"] == "client"}
	var err error
	if rules.MinVersion, rules.MaxVersion, err = bounds(r, settings); err != nil {
		return rules, err
	}
	for _, name := range profile.Choose(r.TLS.SuitesBy, settings, r.TLS.Suites) {
		suite, ok := tlspeer.SuiteByOpenSSLName(name)
		if !ok {
			return rules, fmt.Errorf("edge: profile lists %q, which is no suite", name)
		}
		rules.Suites = append(rules.Suites, suite)
	}
	for _, name := range r.TLS.Groups {
		group, ok := tlspeer.GroupByName(name)
		if !ok {
			return rules, fmt.Errorf("edge: profile lists %q, which is no group", name)
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

// baseRules are what the rules of the edge have in common, as server and as
// client: no certificate, and none asked.
func (e *Edge) baseRules(settings map[string]string) (tlspeer.Rules, error) {
	rules, err := Rules(e.revision, settings, e.config.Suites, e.config.Groups)
	if allowed := e.allowedFrom(settings); settings["deprecated_refusal"] == "alert" && rules.MinVersion < allowed {
		rules.MinVersion = allowed
	}
	return rules, err
}

// bounds are the versions that listeners of SIP, and of an API, take: those of the
// table of ports, if there is one.
func bounds(r profile.Revision, settings map[string]string) (lowest, highest uint16, err error) {
	if highest, err = version(settings["tls_max"]); err != nil {
		return 0, 0, err
	}
	if r.Ports == nil {
		lowest, err = version(settings["tls_min"])
		return lowest, highest, err
	}
	lowest, most, err := portBounds(r.Ports.Takes(sipsPort, settings))
	return lowest, min(highest, most), err
}

// identity is what the vendor asks of a device's certificate. Without a setting
// about names, it asks for host, if there is one.
func (e *Edge) identity(settings map[string]string, host []string) identity.Rules {
	client := e.product.Client
	rules := identity.Rules{Roots: e.config.Clients, Names: host, Wildcards: settings[client.WildcardSetting] == "accept", AnyUsage: client.Mutual}
	if settings[client.TrustSetting] == "off" {
		rules.Roots = rules.Roots[1:]
	}
	if client.SubjectSetting != "" {
		rules.Names = subjects(settings[client.SubjectSetting], e.config.Peer)
	}
	return rules
}

// subjects are the names that a device's certificate may have, see [profile.Subjects].
func subjects(value, device string) []string {
	switch value {
	case "own":
		return SplitSubjects(device)
	case "other":
		return SplitSubjects("other." + device)
	case "listed":
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

// rulesOf are the rules of one host for the next connection to it.
func (e *Edge) rulesOf(host string) tlspeer.Rules {
	now := e.now.Load()
	rules := now.rules
	if client := e.product.Client; client != nil && client.Mutual {
		rules.ClientAuth, rules.Verify = tlspeer.ClientAuthRequire, e.identity(now.settings, nil).Verify
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	shown := e.certificates[host]
	if rules.Certificate = shown[0]; len(shown) > 1 {
		rules.Second = shown[1]
	}
	return rules
}

// SetCertificates changes what the hosts show from the next connection on: what
// each of the issuers that is not nil has for them.
func (e *Edge) SetCertificates(issuers ...func(host string) (tls.Certificate, error)) error {
	issued := make(map[string][]tls.Certificate)
	for _, h := range e.hosts {
		for _, issue := range issuers {
			if issue == nil {
				continue
			}
			certificate, err := issue(h.Name)
			if err != nil {
				return fmt.Errorf("edge: certificate of %s: %w", h.Name, err)
			}
			issued[h.Name] = append(issued[h.Name], certificate)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.certificates = issued
	return nil
}

// clientRules are those of a call to a device at a host, or, for want of a
// name, at an address: the account's floor, the profile's suites, and what the
// vendor asks of the device's certificate, if that is known.
func (e *Edge) clientRules(host string) tlspeer.Rules {
	now := e.now.Load()
	rules := now.rules
	rules.MinVersion = max(rules.MinVersion, e.allowedFrom(now.settings))
	rules.MaxVersion = max(rules.MaxVersion, rules.MinVersion)
	rules.ServerName = host
	if client := e.product.Client; client != nil {
		rules.Verify = e.identity(now.settings, []string{host}).Verify
		if client.Mutual {
			rules.Certificate = e.rulesOf(e.hosts[0].Name).Certificate
		}
	}
	return rules
}

// allowedFrom is the lowest version over which operations are served.
func (e *Edge) allowedFrom(settings map[string]string) uint16 {
	name := e.revision.TLS.AllowedFrom
	if settings["allow_deprecated_tls"] == "on" && e.revision.TLS.DeprecatedFrom != "" {
		name = e.revision.TLS.DeprecatedFrom
	}
	return versions[name]
}

// tlsAllowed is the fact of the same name.
func (e *Edge) tlsAllowed(link *sipagent.Link) string {
	switch {
	case link.Protocol != observation.TLS:
		return "not-tls"
	case link.TLS.Version < e.allowedFrom(e.now.Load().settings):
		return "no"
	default:
		return "yes"
	}
}
