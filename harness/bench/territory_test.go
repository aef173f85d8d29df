package bench_test

import (
	"net"
	"net/netip"
	"runtime"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
)

// TestTerritories: runs that go on at the same time share no address, and a device has
// port 5061 of its own.
func TestTerritories(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8")
	}
	taken := make(map[netip.Addr]bool)
	for range 3 {
		territory, err := bench.Claim()
		if err != nil {
			t.Fatal(err)
		}
		defer territory.Close()
		for _, serial := range []int{1, 255, 256, 700, 2048} {
			p := territory.Place(serial)
			for _, at := range append(p.Proxies[:], p.Vendor, p.Device, p.Private) {
				if taken[at] {
					t.Errorf("%v belongs to two", at)
				}
				taken[at] = true
			}
			if p.StandardPorts || !p.DeviceAlone {
				t.Errorf("scenario %d: the mock has standard ports: %t; the device's address is its own: %t", serial, p.StandardPorts, p.DeviceAlone)
			}
		}
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(territory.Place(1).Device, 5061)))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
}
