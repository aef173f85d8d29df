package edge

import (
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/mocks/web"
)

// listenPorts opens the TLS listeners of the profile's table of ports, without
// [profile.SIPSPort].
func (e *Edge) listenPorts() error {
	if e.revision.Ports == nil {
		return nil
	}
	for _, port := range e.revision.Ports.Listens() {
		if port == profile.SIPSPort {
			continue
		}
		bound, err := e.listenPort(port)
		if err != nil {
			return fmt.Errorf("edge: port %d: %w", port, err)
		}
		e.ports[port] = bound
	}
	return nil
}

// listenPort opens one of the listeners: of SIP, of HTTP, or of nothing above TLS.
func (e *Edge) listenPort(port uint16) (netip.AddrPort, error) {
	at := netip.AddrPortFrom(e.address, 0)
	if e.config.StandardPorts {
		at = netip.AddrPortFrom(e.address, port)
	}
	rules := func() tlspeer.Rules { return e.portRules(port) }
	return e.config.Open(at, func(at netip.AddrPort) (netip.AddrPort, error) {
		if e.revision.Ports.SIP(port) {
			return e.agent.ListenTLS(at, rules)
		}
		listener := web.Listener{Address: at, Rules: rules}
		if e.revision.Ports.HTTP(port) {
			listener.Handler = http.HandlerFunc(page)
		}
		return e.web.Listen(listener)
	})
}

// page is what the listeners of HTTP serve.
func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "sipconform\n")
}

// portRules returns the rules of a listener beside that of SIP's port: the versions of
// its row, and any suite, by the client's order where the product heeds that.
func (e *Edge) portRules(port uint16) tlspeer.Rules {
	now := e.now.Load()
	rules := tlspeer.Rules{Certificate: e.certificateOf(e.hosts[0].Name)[0], ClientOrder: now.rules.ClientOrder}
	rules.MinVersion, rules.MaxVersion, _ = vendor.PortBounds(e.revision, port, now.settings)
	switch {
	case e.config.Suites != nil:
		rules.Suites = e.config.Suites
	case rules.ClientOrder:
		rules.Suites = anySuites()
	}
	e.askDevices(&rules, port, now.settings)
	return rules
}

// sipsPort is the standard port of SIP over TLS: the setting, where the product has one.
func (e *Edge) sipsPort() uint16 {
	port, err := strconv.ParseUint(e.setting(vendor.SIPPort), 10, 16)
	if err != nil {
		return profile.SIPSPort
	}
	return uint16(port)
}

// anySuites are the suites below TLS 1.3 of the standard library, without RC4 and 3DES.
func anySuites() []uint16 {
	var all []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if slices.Contains(s.SupportedVersions, tls.VersionTLS12) && !strings.Contains(s.Name, "RC4") && !strings.Contains(s.Name, "3DES") {
			all = append(all, s.ID)
		}
	}
	return all
}

// Ports returns where the listeners of the profile's table are, by the number
// that the table has for them. Without StandardPorts, the two differ.
func (e *Edge) Ports() map[uint16]netip.AddrPort {
	ports := maps.Clone(e.ports)
	if e.revision.Ports != nil {
		ports[profile.SIPSPort] = e.hosts[0].TLS
	}
	return ports
}
