package edge

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Reach returns the addresses by which devices reach what listens at an address, such as that of a host: one of each
// family that it has, as they are advertised.
func (e *Edge) Reach(at netip.Addr) []netip.Addr { return e.config.Reach(at) }

// named returns what the edge writes to a device for an address that it listens at: of the family of the link, where
// it has a twin, and as it is advertised.
func (e *Edge) named(at netip.Addr, link *sipagent.Link) netip.Addr {
	return e.config.Advertise(e.family(at, link.Local.Addr().Is4()))
}

// namedPort is [Edge.named] for an address with its port.
func (e *Edge) namedPort(at netip.AddrPort, link *sipagent.Link) netip.AddrPort {
	return netip.AddrPortFrom(e.named(at.Addr(), link), at.Port())
}

// family returns an address, or its twin if only that is of the family.
func (e *Edge) family(at netip.Addr, four bool) netip.Addr {
	both := e.config.Listens(at)
	if i := slices.IndexFunc(both, func(a netip.Addr) bool { return a.Is4() == four }); i >= 0 {
		return both[i]
	}
	return at
}

// mediaAddress returns where the media of a call listens: at an address of the family that the device offers, or else of
// its signalling.
func (e *Edge) mediaAddress(link *sipagent.Link, offer *sdp.Session) netip.Addr {
	four := link.Local.Addr().Is4()
	if offer != nil {
		if m := offer.First("audio"); m != nil {
			if at, known := offer.RTP(m); known {
				four = at.Addr().Is4()
			}
		}
	}
	return e.family(e.address, four)
}

// localOf returns the listener that the edge names on a connection.
func (e *Edge) localOf(link *sipagent.Link) netip.AddrPort {
	at := e.addresses[link.Protocol]
	for _, h := range e.hosts {
		listens := link.Local.Port() == h.TLS.Port() && slices.Contains(e.config.Listens(h.TLS.Addr()), link.Local.Addr())
		if link.Protocol == observation.TLS && listens {
			at = h.TLS
		}
	}
	return e.namedPort(at, link)
}

func (e *Edge) via(link *sipagent.Link) string {
	branch := sipwire.MagicCookie + e.token(16)
	return fmt.Sprintf("SIP/2.0/%s %s;branch=%s", strings.ToUpper(link.Protocol), e.localOf(link), branch)
}
