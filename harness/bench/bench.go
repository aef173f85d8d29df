// Package bench describes the place where one scenario runs: its log, its folder,
// its addresses and names, and the device under test.
//
// The package serves this module and may change.
package bench

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// Bench is handed to a scenario's run. Its fields are for reading.
type Bench struct {
	Log *observation.Log
	// Dir is the scenario's own folder, removed afterwards.
	Dir string
	// ID is the scenario's.
	ID string
	// Serial is unique among the scenarios that run at the same time. It starts at 1.
	Serial int
	Seed   uint64
	// Wire makes mocks record raw segments, for a capture.
	Wire bool
	// Device is the device under test.
	Device device.Device
	Names  *nameserver.Server
	Forge  *certs.Forge
	Place  Place
	// MediaInterval is the time between the mock's media packets; 0 for 20 ms.
	MediaInterval time.Duration
	// Pause stops the time that the scenario may take, while a person acts; calling resume goes on.
	Pause func() (resume func())
}

// Place is the addresses of a scenario's parties.
type Place struct {
	Vendor  netip.Addr // the mock's edge
	Private netip.Addr // in the mock's Contact; no device should send anything there
	Device  netip.Addr
	Proxies [3]netip.Addr // the vendor's other hosts, if it has several
	// StandardPorts is true where the mock listens on ports 5060 and 5061, which takes
	// addresses of the scenario's own.
	StandardPorts bool
	// DeviceAlone is true where nothing else uses the device's address, so that its
	// server can listen on port 5061, where vendors look for it.
	DeviceAlone bool
	// HTTPSPort is true where it can listen on port 443 too, which takes a right that
	// users have only in namespaces of their own.
	HTTPSPort bool
	// Network is what else there is to know where the device is on a network; nil where it is not.
	Network *Network
}

// Network is a place on a network, which other hosts are on as well.
type Network struct {
	// Customer is the name at the vendor that the device is configured with once; empty where each scenario has its own.
	Customer string
	// User and Password are the account that the device is configured with once; empty likewise.
	User, Password string
	// Device is who the device is, and Resolver those that ask the name server for it.
	Device, Resolver peers.Peers
	// CheckSync tells that the device registers again when it is asked to, see process.Network.
	CheckSync bool
	// Twins and Advertised are the further addresses of the vendor: see vendor.Config.
	Twins, Advertised map[netip.Addr]netip.Addr
	// MediaPorts are those that the vendor's media may use; the zero value is any.
	MediaPorts media.PortRange
	// MediaTurn has the scenarios take those in turn, so that a late packet of one meets no call of the next.
	MediaTurn *media.Turn
}

// Peers says from which addresses the mock takes what comes, and where it sends media: to the device's own and, unless
// bound says that the device comes from its own alone, 127.0.0.1. A program that binds no address comes from there,
// whichever session it is of: such programs cannot be told apart. Where scenarios share an address, none can.
func (p Place) Peers(bound bool) peers.Peers {
	if p.Network != nil {
		return p.Network.Device
	}
	all := []netip.Addr{p.Device}
	if unbound := netip.AddrFrom4([4]byte{127, 0, 0, 1}); !bound && p.Device.IsLoopback() && p.Device != unbound {
		all = append(all, unbound)
	}
	return peers.Peers{Device: all}
}

// Shared returns the place for in-process devices: one address, any free ports.
func Shared() Place {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	return Place{Vendor: loopback, Private: loopback, Device: loopback, Proxies: [3]netip.Addr{loopback, loopback, loopback}}
}

// Block returns the place for the scenario with that serial on machines that have
// all of 127.0.0.0/8: a /24 of its own.
func Block(serial int) Place {
	return block(1+byte(serial>>8), byte(serial))
}

func block(second, third byte) Place {
	at := func(host byte) netip.Addr { return netip.AddrFrom4([4]byte{127, second, third, host}) }
	return Place{
		Vendor: at(1), Device: at(2), Private: at(9), Proxies: [3]netip.Addr{at(11), at(12), at(13)},
		StandardPorts: true, DeviceAlone: true,
	}
}

// Resolvers says who asks the name server.
func (p Place) Resolvers() peers.Peers {
	if p.Network != nil {
		return p.Network.Resolver
	}
	return p.Peers(false)
}

// Name returns the customer's name at the vendor in this scenario, such as "s43921b4f". It
// follows from the ID, so that certificates have the same names in every run, unless the
// device has one for all.
func (b *Bench) Name() string {
	if n := b.Place.Network; n != nil && n.Customer != "" {
		return n.Customer
	}
	hash := fnv.New32a()
	hash.Write([]byte(b.ID))
	return fmt.Sprintf("s%08x", hash.Sum32())
}

// Serials hands out serials in turn and reuses the one that was free the longest. An
// address that was just left may still be in use: a child process that is being
// forked holds its parent's sockets for a moment longer than the parent.
type Serials struct{ taken atomic.Int64 }

// blocks is the number of places that [Block] has.
const blocks = 250 << 8

// Next returns the next serial, from 1.
func (s *Serials) Next() int { return int((s.taken.Add(1)-1)%blocks) + 1 }

// DeviceFault is an error of the device, not of the harness: the device could not be
// prepared, or was gone when it was told to act.
type DeviceFault struct{ Err error }

func (f *DeviceFault) Error() string { return "device: " + f.Err.Error() }

// Unwrap returns the device's own error.
func (f *DeviceFault) Unwrap() error { return f.Err }
