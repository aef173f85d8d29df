package bench_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
)

func TestShared(t *testing.T) {
	t.Parallel()
	p := bench.Shared()
	for who, at := range map[string]netip.Addr{"vendor": p.Vendor, "private": p.Private, "device": p.Device} {
		if at != netip.MustParseAddr("127.0.0.1") {
			t.Errorf("%s is at %s", who, at)
		}
	}
	if p.StandardPorts || p.DeviceAlone {
		t.Error("scenarios that share an address cannot all have its ports")
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	for serial, prefix := range map[int]string{1: "127.1.1", 255: "127.1.255", 256: "127.2.0", 300: "127.2.44"} {
		p := bench.Block(serial)
		want := bench.Place{Vendor: netip.MustParseAddr(prefix + ".1"), Device: netip.MustParseAddr(prefix + ".2"),
			Private: netip.MustParseAddr(prefix + ".9"), StandardPorts: true, DeviceAlone: true}
		for i, host := range []string{".11", ".12", ".13"} {
			want.Proxies[i] = netip.MustParseAddr(prefix + host)
		}
		if p != want {
			t.Errorf("Block(%d) is %+v, want %+v", serial, p, want)
		}
	}
}

// TestBlocksAreDisjoint: scenarios share no address, and none has an address in
// 127.0.0.0/16, where the machine's own servers and the mock name server are.
func TestBlocksAreDisjoint(t *testing.T) {
	t.Parallel()
	machine := netip.MustParsePrefix("127.0.0.0/16")
	taken := make(map[netip.Addr]int)
	for serial := 1; serial <= 2000; serial++ {
		p := bench.Block(serial)
		for _, at := range append(p.Proxies[:], p.Vendor, p.Device, p.Private) {
			if other, is := taken[at]; is {
				t.Fatalf("%s belongs to %d and %d", at, other, serial)
			}
			taken[at] = serial
			if !at.IsLoopback() || machine.Contains(at) {
				t.Fatalf("scenario %d is at %s", serial, at)
			}
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	if got := (&bench.Bench{ID: "twilio/voice/connect/default", Serial: 17}).Name(); got != "s43921b4f" {
		t.Errorf("Name is %q", got)
	}
}

// TestSerialsAreNotReused: a child that is being forked can hold an address that was
// just left, so serials are not reused soon.
func TestSerialsAreNotReused(t *testing.T) {
	t.Parallel()
	var s bench.Serials
	seen := make(map[netip.Addr]bool)
	for range 1000 {
		place := bench.Block(s.Next())
		if seen[place.Vendor] || !place.Vendor.IsLoopback() {
			t.Fatalf("%v was handed out before, or is not loopback", place.Vendor)
		}
		seen[place.Vendor] = true
	}
}

func TestDeviceFault(t *testing.T) {
	t.Parallel()
	cause := errors.New("it is gone")
	err := fmt.Errorf("register: %w", &bench.DeviceFault{Err: cause})
	if !errors.Is(err, cause) {
		t.Error("errors.Is does not find the device's error")
	}
	if fault := (*bench.DeviceFault)(nil); !errors.As(err, &fault) || fault.Error() != "device: it is gone" {
		t.Errorf("the fault is %v", fault)
	}
}
