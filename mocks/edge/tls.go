package edge

import (
	"crypto/tls"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// rulesOf returns the rules of one host for the next connection to it.
func (e *Edge) rulesOf(host string) tlspeer.Rules {
	now := e.now.Load()
	rules := now.rules
	e.askDevices(&rules, profile.SIPSPort, now.settings)
	shown := e.certificateOf(host)
	if rules.Certificate = shown[0]; len(shown) > 1 {
		rules.Second = shown[1]
	}
	return rules
}

// askDevices has a listener ask devices for a certificate, where the product does at
// that port, and verify it as the settings say.
func (e *Edge) askDevices(rules *tlspeer.Rules, port uint16, settings map[string]string) {
	if e.product.MutualAt(port) {
		rules.ClientAuth, rules.Verify = tlspeer.ClientAuthRequire, e.config.DeviceRules(settings, nil).Verify
	}
}

// certificateOf returns what a host shows to the next connection.
func (e *Edge) certificateOf(host string) []tls.Certificate {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.certificates[host]
}

// SetCertificates changes what the hosts show from the next connection on. Each
// issuer issues one certificate for each host; nil issuers issue none.
func (e *Edge) SetCertificates(issuers ...vendor.Issuer) error {
	var hosts []vendor.Host
	for _, h := range e.hosts {
		hosts = append(hosts, h.Host)
	}
	certificates := make(map[string][]tls.Certificate)
	for _, issue := range issuers {
		if issue == nil {
			continue
		}
		issued, err := issue.ForAll(hosts)
		if err != nil {
			return err
		}
		for host, certificate := range issued {
			certificates[host] = append(certificates[host], certificate)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.certificates = certificates
	return nil
}

// clientRules returns the rules of a call to a device at a host or, for want of
// a name, at an address: the versions that the account serves, the revision's
// suites and groups, and the verification of the device's certificate. Groups
// replace those of the revision; nil keeps them.
func (e *Edge) clientRules(host string, groups []uint16) tlspeer.Rules {
	now := e.now.Load()
	rules := now.rules
	if e.config.Version == 0 {
		rules.MinVersion = max(rules.MinVersion, vendor.AllowedFrom(e.revision, now.settings))
		rules.MaxVersion = max(rules.MaxVersion, rules.MinVersion)
	}
	rules.ServerName = host
	if groups != nil {
		rules.Groups = groups
	}
	if e.product.DeviceVerification != nil {
		asked := e.config.DeviceRules(now.settings, []string{host})
		if rules.Verify = asked.Verify; now.settings[vendor.DeviceRevocation] == profile.On {
			rules.Verify = e.heedingLists(asked)
		}
	}
	if e.product.Mutual() {
		rules.Certificate = e.rulesOf(e.hosts[0].Name).Certificate
	}
	return rules
}

// tlsAllowed is the fact about the version of a request's connection.
func (e *Edge) tlsAllowed(link *sipagent.Link) string {
	switch {
	case link.Protocol != observation.TLS:
		return "not-tls"
	case link.TLS.Version < vendor.AllowedFrom(e.revision, e.now.Load().settings):
		return "no"
	default:
		return "yes"
	}
}
