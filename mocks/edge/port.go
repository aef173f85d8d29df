package edge

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/mocks/web"
)

// listenPorts opens the TLS listeners of the profile's table of ports, without
// SIP's own.
func (e *Edge) listenPorts() error {
	if e.revision.Ports == nil {
		return nil
	}
	for _, port := range e.revision.Ports.Listens() {
		if port == profile.SIPSPort {
			continue
		}
		at := netip.AddrPortFrom(e.address, 0)
		if e.config.StandardPorts {
			at = netip.AddrPortFrom(e.address, port)
		}
		listener := web.Listener{Address: at, Rules: func() tlspeer.Rules { return e.portRules(port) }}
		if e.revision.Ports.HTTP(port) {
			listener.Handler = http.HandlerFunc(page)
		}
		bound, err := e.web.Listen(listener)
		if err != nil {
			return fmt.Errorf("edge: port %d: %w", port, err)
		}
		e.ports[port] = bound
	}
	return nil
}

// page is what the listeners of HTTP serve.
func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "sipconform\n")
}

// portRules returns the rules of a listener that is not SIP's: the versions of
// its row, any suite, and no certificate asked of clients.
func (e *Edge) portRules(port uint16) tlspeer.Rules {
	rules := tlspeer.Rules{Certificate: e.rulesOf(e.hosts[0].Name).Certificate}
	rules.MinVersion, rules.MaxVersion, _ = vendor.PortBounds(e.revision, port, e.now.Load().settings)
	return rules
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
