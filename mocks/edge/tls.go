package edge

import (
	"crypto/tls"
	"fmt"

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

// serverRules are the profile's, as settings bound them. Suites that no engine
// of this machine has are left out: see [NotEmulated].
func (e *Edge) serverRules() (tlspeer.Rules, error) {
	var rules tlspeer.Rules
	var err error
	if rules.MinVersion, err = version(e.settings["tls_min"]); err != nil {
		return rules, err
	}
	if rules.MaxVersion, err = version(e.settings["tls_max"]); err != nil {
		return rules, err
	}
	if allowed := e.allowedFrom(); e.settings["deprecated_refusal"] == "alert" && rules.MinVersion < allowed {
		rules.MinVersion = allowed
	}
	for _, name := range e.revision.TLS.Suites {
		suite, ok := tlspeer.SuiteByOpenSSLName(name)
		if !ok {
			return rules, fmt.Errorf("edge: profile lists %q, which is no suite", name)
		}
		rules.Suites = append(rules.Suites, suite)
	}
	for _, name := range e.revision.TLS.Groups {
		group, ok := tlspeer.GroupByName(name)
		if !ok {
			return rules, fmt.Errorf("edge: profile lists %q, which is no group", name)
		}
		rules.Groups = append(rules.Groups, group)
	}
	if e.config.Suites != nil {
		rules.Suites = e.config.Suites
	}
	if e.config.Groups != nil {
		rules.Groups = e.config.Groups
	}
	rules.ClientOrder = e.settings["suite_order"] == "client"
	return rules.Without(rules.Unavailable()), nil
}

// NotEmulated lists the suites of a revision that no engine of this machine has.
func NotEmulated(r profile.Revision) []tlspeer.Unavailable {
	rules := tlspeer.Rules{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12}
	for _, name := range r.TLS.Suites {
		if suite, ok := tlspeer.SuiteByOpenSSLName(name); ok {
			rules.Suites = append(rules.Suites, suite)
		}
	}
	return rules.Unavailable()
}

// rulesOf are the rules of one host for the next connection to it.
func (e *Edge) rulesOf(host string) tlspeer.Rules {
	e.mu.Lock()
	defer e.mu.Unlock()
	rules := e.rules
	rules.Certificate = e.certificates[host]
	return rules
}

// SetCertificates changes what the hosts show from the next connection on.
func (e *Edge) SetCertificates(issue func(host string) (tls.Certificate, error)) error {
	issued := make(map[string]tls.Certificate)
	for _, h := range e.hosts {
		certificate, err := issue(h.Name)
		if err != nil {
			return fmt.Errorf("edge: certificate of %s: %w", h.Name, err)
		}
		issued[h.Name] = certificate
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
	rules := e.rules
	rules.MinVersion = e.allowedFrom()
	rules.MaxVersion = max(rules.MaxVersion, rules.MinVersion)
	rules.ServerName = host
	if client := e.product.Client; client != nil {
		asked := identity.Rules{Roots: e.config.Clients, Names: []string{host}, Wildcards: e.settings[client.WildcardSetting] == "accept"}
		rules.Verify = asked.Verify
	}
	return rules
}

// allowedFrom is the lowest version over which operations are served.
func (e *Edge) allowedFrom() uint16 {
	name := e.revision.TLS.AllowedFrom
	if e.settings["allow_deprecated_tls"] == "on" && e.revision.TLS.DeprecatedFrom != "" {
		name = e.revision.TLS.DeprecatedFrom
	}
	return versions[name]
}

// tlsAllowed is the fact of the same name.
func (e *Edge) tlsAllowed(link *sipagent.Link) string {
	switch {
	case link.Protocol != observation.TLS:
		return "not-tls"
	case link.TLS.Version < e.allowedFrom():
		return "no"
	default:
		return "yes"
	}
}
