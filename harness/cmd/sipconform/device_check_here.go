package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"time"

	places "github.com/sipconform/sipconform/harness/bench" // serve has a bench
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// versionWait is how long a device may take to tell its version.
const versionWait = 20 * time.Second

// descriptor tells of the mistakes in a descriptor.
func (c *checkup) descriptor(name string, d *process.Descriptor, mistakes []error) {
	c.part("Descriptor")
	for _, mistake := range mistakes {
		c.fault("%v", mistake)
	}
	switch {
	case len(mistakes) > 0:
	case d == nil:
		c.ok("%s is built in", name)
	default:
		c.ok("%s: %s", d.Name, d.Description)
	}
}

// programs tells which programs are missing, and what version the device has. The device is nil if its descriptor is broken.
func (c *checkup) programs(ctx context.Context, d *process.Descriptor, of device.Device) {
	if d == nil {
		return
	}
	c.part("Programs")
	missing := make(map[string]bool)
	programs := d.Programs()
	for _, p := range programs {
		switch {
		case p.Err != nil:
			missing[p.Name] = true
			c.fault("%v%s", p.Err, install(p.Err, d.Packages))
		case p.Path == "":
			c.unchecked("%s is in the folder that a scenario makes", p.Name)
		default:
			c.ok("%s", p.Path)
		}
	}
	if len(programs) == 0 {
		c.ok("none is needed on this machine")
	}
	switch {
	case len(d.Version.Command) == 0:
		c.note("reports cannot say which version it is: the descriptor has no version")
	case len(missing) > 0 || of == nil:
		c.unchecked("its version, until the rest is mended")
	default:
		ctx, cancel := context.WithTimeout(ctx, versionWait)
		defer cancel()
		version, err := of.Version(ctx)
		if c.hears(err) {
			c.ok("version %s", version)
		}
	}
}

// install says where a program that is missing comes from, if the descriptor knows.
func install(missing error, packages []string) string {
	switch {
	case !errors.Is(missing, exec.ErrNotFound) && !errors.Is(missing, fs.ErrNotExist):
		return ""
	case len(packages) == 0:
		return ": install it, or correct the command"
	}
	return ": on Debian, apt-get install " + strings.Join(packages, " ")
}

// place tells where a device runs that is a program on this machine, and whether its ports are free there.
func (c *checkup) place(o scenarios.Options, unplaced error, d *process.Descriptor) {
	c.part("Place")
	switch {
	case unplaced != nil:
		c.fault("%v", unplaced)
		return
	case o.Isolation == scenarios.InProcess:
		c.ok("it runs in process, and takes ports that are free")
		return
	case o.Isolation == scenarios.Namespace:
		c.ok("this machine gives namespaces: the device reaches the mocks and nothing else, and every port is free")
		program, _ := o.Device.(*process.Device)
		if g := program.Confinement().Guarantees(); g.Why != "" {
			c.note("%s", g)
		}
		return
	}
	c.note("this machine gives no namespaces: the device shares its loopback, and only its own configuration leads it to the mocks")
	c.listening(d, places.Block(1).Device)
}

// listening tells whether the device's ports are free at an address of this machine.
func (c *checkup) listening(d *process.Descriptor, at netip.Addr) {
	ports, err := d.ListensAt(at)
	if !c.hears(err) {
		return
	}
	for _, protocol := range slices.Sorted(maps.Keys(ports)) {
		c.free(protocol, ports[protocol], "the device cannot listen there")
	}
	control, err := d.ControlAt(at)
	if !c.hears(err) || control == "" {
		return
	}
	address, err := netip.ParseAddrPort(control)
	if err != nil {
		c.unchecked("the port of its control, %s", control)
		return
	}
	c.free(observation.TCP, address, "the device cannot take control messages there")
}

// free tells whether a port can be listened at, and what follows if it cannot.
func (c *checkup) free(protocol string, at netip.AddrPort, otherwise string) bool {
	var err error
	if protocol == observation.UDP {
		var l *net.UDPConn
		if l, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at)); err == nil {
			err = l.Close()
		}
	} else {
		var l *net.TCPListener
		if l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at)); err == nil {
			err = l.Close()
		}
	}
	switch {
	case err == nil:
		c.ok("%s is free (%s)", at, protocol)
	case errors.Is(err, fs.ErrPermission):
		c.fault("%s takes privileges (%s): %s; run this as root, or choose a port above 1023", at, protocol, otherwise)
	default:
		c.fault("%s is not free (%s): %s: %v", at, protocol, otherwise, err)
	}
	return err == nil
}
