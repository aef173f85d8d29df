// Package bench is the place in which one scenario runs: its log, its folder,
// its addresses and names, and the device under test.
package bench

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Bench is handed to a scenario's run. Its fields are for reading.
type Bench struct {
	Log *observation.Log
	// Dir is a folder of the scenario's own, removed when it has run.
	Dir string
	// Serial is unique among the scenarios that run at the same time, from 1.
	Serial int
	Seed   uint64
	// Wire asks mocks to record raw segments, for a capture.
	Wire bool
	// Device is the device under test.
	Device device.Device
	Names  *nameserver.Server
	Forge  *certs.Forge
	Place  Place
	// MediaInterval is the time between the mock's media packets; 0 for 20 ms.
	MediaInterval time.Duration
}

// Place is where a scenario's parties are.
type Place struct {
	Vendor  netip.Addr // the mock's edge
	Private netip.Addr // what the mock's Contact names, for nobody to write to
	Device  netip.Addr
	Proxies [3]netip.Addr // of a vendor with more hosts than one: those after the first
	// StandardPorts is true where each scenario has addresses of its own and
	// so can have 5060 and 5061.
	StandardPorts bool
}

// Shared is the place of in-process devices: one address, free ports.
func Shared() Place {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	return Place{Vendor: loopback, Private: loopback, Device: loopback, Proxies: [3]netip.Addr{loopback, loopback, loopback}}
}

// Block is the place of the scenario with that serial where the whole of
// 127.0.0.0/8 can be used: a /24 of its own.
func Block(serial int) Place {
	at := func(host byte) netip.Addr {
		return netip.AddrFrom4([4]byte{127, 1 + byte(serial>>8), byte(serial), host})
	}
	return Place{Vendor: at(1), Device: at(2), Private: at(9), Proxies: [3]netip.Addr{at(11), at(12), at(13)}, StandardPorts: true}
}

// Name is the customer's name at the vendor in this scenario: "s7".
func (b *Bench) Name() string { return fmt.Sprintf("s%d", b.Serial) }

// Serials hands out serials in turn. None comes back for as long as there are
// others: a child that is being forked holds its parent's sockets for a moment
// longer than the parent, so an address just left may still be in use.
type Serials struct{ taken atomic.Int64 }

// blocks is how many places [Block] has.
const blocks = 250 << 8

// Next returns the next serial, from 1.
func (s *Serials) Next() int { return int((s.taken.Add(1)-1)%blocks) + 1 }

// DeviceFault is an error of the device, not of the harness: it could not be
// prepared, or was gone when it was told to act.
type DeviceFault struct{ Err error }

func (f *DeviceFault) Error() string { return "device: " + f.Err.Error() }

// Unwrap returns the device's own error.
func (f *DeviceFault) Unwrap() error { return f.Err }
