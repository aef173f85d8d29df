package media

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// latch is where media goes to a peer behind a NAT. The addresses that such a peer describes are behind the NAT; but its
// packets come from the address and port of the NAT at which the NAT takes those for the peer (RFC 4961). So for each
// socket of ours, packets go to where the first one came from that is surely the peer's: that authenticates or, without
// keys, comes from an address of the peer's (RFC 7362 §4). After that it stays, whatever else comes, until the peer
// describes another address: then it moves once more, with the first such packet from elsewhere.
type latch struct {
	log        *observation.Log
	gate       *peers.Gate
	signalling netip.Addr

	mu        sync.Mutex
	described netip.AddrPort // by the peer, newest
	targets   map[opening]*target
}

// opening is a socket of ours, for one of the two protocols.
type opening struct {
	local netip.AddrPort
	kind  kind
}

// target is where media goes from a socket.
type target struct {
	to      netip.AddrPort
	settled bool // until the peer describes another address
}

// newLatch returns a latch for the endpoints of a configuration; nil if its peer is not behind a NAT.
func newLatch(c Config) *latch {
	if !c.Gate.Latches() {
		return nil
	}
	return &latch{log: c.Log, gate: c.Gate, signalling: c.Signalling, targets: make(map[opening]*target)}
}

// describe notes where the peer asks for RTP from the socket local.
func (l *latch) describe(to, local netip.AddrPort) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if to == l.described {
		return
	}
	l.described = to
	for _, t := range l.targets {
		t.settled = false
	}
	if _, known := l.targets[opening{local, kindRTP}]; !known {
		l.log.Append(observation.Event{Kind: observation.Note, Conn: conn(local, to),
			Text: fmt.Sprintf("the device is behind a NAT and asks for media at %s: nothing is sent before its own media shows where it is", to)})
	}
}

// hear takes note of a datagram that has been judged. Clear says that no keys are agreed.
func (l *latch) hear(d datagram, info *observation.MediaInfo, clear bool) {
	var o opening
	switch class := info.Class; {
	case info.Diagnosis == observation.PreviousKey: // it was sent before the newest description
		return
	case class == observation.AuthenticRTP, clear && class == observation.ClearRTP:
		o = opening{d.local, kindRTP}
	case class == observation.AuthenticRTCP, clear && class == observation.ClearRTCP:
		o = opening{d.local, kindRTCP}
	default:
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.targets[o]
	switch {
	case t != nil && (t.settled || t.to == d.remote), l.gate.Media(d.remote.Addr(), l.signalling) != "":
		return
	case t == nil:
		l.targets[o] = &target{d.remote, true}
	default:
		t.to, t.settled = d.remote, true
	}
	l.log.Append(observation.Event{Kind: observation.Note, Conn: conn(d.local, d.remote),
		Text: fmt.Sprintf("%s goes to %s, from where the device's own came through the NAT", o.kind, d.remote)})
}

// target returns where packets go from a socket; the zero value before any has come there.
func (l *latch) target(local netip.AddrPort, kind kind) netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.targets[opening{local, kind}]; t != nil {
		return t.to
	}
	return netip.AddrPort{}
}
