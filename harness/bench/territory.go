package bench

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// Territory is a part of 127.0.0.0/8 that no other run on the machine uses, so that
// devices in process can listen on standard ports there. See [Claim].
type Territory struct {
	first byte         // second octet of its lowest address
	claim *net.UDPConn // held as long as the territory is claimed
}

const (
	octets  = 8   // of each territory: 2048 places, more than a plan has scenarios, so that none follows upon another
	highest = 240 // second octet of the first territory
	lowest  = 64  // of the last; those below are for [Block]
)

// Claim claims a territory that is free; the caller must Close it. It is an error that
// there is none, or that the machine has not all of 127.0.0.0/8.
func Claim() (*Territory, error) {
	var errs []error
	for first := highest; first >= lowest; first -= octets {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(first), 0, 250}), 5061)
		claim, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		if err == nil {
			return &Territory{byte(first), claim}, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("bench: no part of 127.0.0.0/8 is free: %w", errors.Join(errs...))
}

// Place returns the place for the scenario with that serial. It is like that of
// [Block], but the mock listens on free ports: SRV records then have to name them.
func (t *Territory) Place(serial int) Place {
	place := block(t.first+byte(serial>>8)%octets, byte(serial))
	place.StandardPorts = false
	return place
}

// Close gives the territory up.
func (t *Territory) Close() error { return t.claim.Close() }
