package edge

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"

	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

// sipsPort is SIP's over TLS, whose row of the table of ports the edge's own
// listeners obey.
const sipsPort = 5061

// portBounds are the lowest and the highest of the versions of a cell.
func portBounds(versions []string) (lowest, highest uint16, err error) {
	if len(versions) == 0 {
		return 0, 0, errors.New("edge: the table of ports has no versions for these settings")
	}
	if lowest, err = version(versions[0]); err == nil {
		highest, err = version(versions[len(versions)-1])
	}
	return lowest, highest, err
}

// listenPorts opens the TLS listeners of the table of ports but SIP's own.
func (e *Edge) listenPorts() error {
	if e.revision.Ports == nil {
		return nil
	}
	for _, port := range e.revision.Ports.Listens() {
		if port == sipsPort {
			continue
		}
		at := netip.AddrPortFrom(e.config.Address, 0)
		if e.config.StandardPorts {
			at = netip.AddrPortFrom(e.config.Address, port)
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

// page is what listeners of HTTP have to say.
func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "sipconform\n")
}

// portRules are those of a listener that is not SIP's: its versions, whatever
// suites there are, and no certificate asked.
func (e *Edge) portRules(port uint16) tlspeer.Rules {
	rules := tlspeer.Rules{Certificate: e.rulesOf(e.hosts[0].Name).Certificate}
	rules.MinVersion, rules.MaxVersion, _ = portBounds(e.revision.Ports.Takes(port, e.now.Load().settings))
	return rules
}

// Ports are where the listeners of the product's table are, by the number that
// the table has for them. On ports that are free, the two differ.
func (e *Edge) Ports() map[uint16]netip.AddrPort {
	ports := maps.Clone(e.ports)
	if e.revision.Ports != nil {
		ports[sipsPort] = e.hosts[0].TLS
	}
	return ports
}
