package main

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/scenarios"
)

// reachWait is how long a device on a network may take to accept a connection.
const reachWait = 3 * time.Second

// network tells where a device on a network is met, and whether it is there. It gives o the device at its addresses, and where the
// vendor is.
func (c *checkup) network(o *scenarios.Options, d *process.Device, where networkFlags, descriptor *process.Descriptor) {
	c.part("Lab")
	c.hears(where.move(o, d))
	d = o.Device.(*process.Device)
	o.Network = new(scenarios.Network)
	configured := true
	switch {
	case d.Network().Fresh:
		c.ok("none is needed: the device is begun anew for each scenario")
	case c.hears(where.enter(o)):
		vouched := "every product"
		if products := o.Network.Customer.Products; len(products) > 0 {
			vouched = strings.Join(products, ", ")
		}
		c.ok("%s, for the customer %s; its roots vouch for %s", *where.lab, o.Network.Customer.Name, vouched)
	default:
		configured = false
	}
	if c.hears(where.tell(o, d)) && configured && len(o.Network.Listen) == 0 {
		c.fault("nothing says where the vendor is: give an address of this machine that the device reaches, with -listen%s", ownAddresses())
	}
	c.part("Device")
	if len(d.Network().Addresses) == 0 {
		c.unchecked("its address is not known: a run takes whoever registers first with the account's password; or give it with -at")
		return
	}
	if d.Network().Fresh {
		c.unchecked("%s answers when a scenario has begun it", d.Network().Addresses[0])
		return
	}
	c.reaches(descriptor, d.Network().Addresses[0])
}

// reaches connects to the ports of a device at an address.
func (c *checkup) reaches(d *process.Descriptor, at netip.Addr) {
	control, err := d.ControlAt(at)
	if c.hears(err) && control != "" {
		if err := connects(control); err != nil {
			c.fault("%s, where the device takes control messages, cannot be reached: %v", control, err)
		} else {
			c.ok("%s takes control messages", control)
		}
	}
	ports, err := d.ListensAt(at)
	c.hears(err)
	delete(ports, observation.UDP)
	for _, protocol := range slices.Sorted(maps.Keys(ports)) {
		if err := connects(ports[protocol].String()); err != nil {
			c.note("%s, where the vendor calls the device (%s), does not answer now: %v", ports[protocol], protocol, err)
		} else {
			c.ok("%s takes calls (%s)", ports[protocol], protocol)
		}
	}
	if control == "" && len(ports) == 0 {
		c.unchecked("whether %s is reached: the device has no TCP port that the descriptor knows", at)
	}
}

// connects tells whether something takes TCP connections.
func connects(address string) error {
	conn, err := net.DialTimeout("tcp", address, reachWait)
	if err != nil {
		return err
	}
	return conn.Close()
}

// The vendor's ports on a network.
const (
	plainPort = 5060
	tlsPort   = 5061
	httpsPort = 443
)

// ports tells whether this machine lets the vendor listen. HTTPS is listened for if the device asks for it.
func (c *checkup) ports(n *scenarios.Network, https bool) {
	if len(n.Listen) == 0 {
		return
	}
	c.part("Vendor")
	const vendor = "the vendor cannot listen there"
	for _, a := range n.Listen {
		c.free(observation.UDP, netip.AddrPortFrom(a, plainPort), vendor)
		c.free(observation.TCP, netip.AddrPortFrom(a, plainPort), vendor)
		c.free(observation.TCP, netip.AddrPortFrom(a, tlsPort), vendor)
		if https {
			c.free(observation.TCP, netip.AddrPortFrom(a, httpsPort), vendor)
		}
	}
	if !n.DNS.IsValid() {
		c.note("there is no name server: the device has to be told the vendor's addresses")
		return
	}
	const names = "the name server cannot listen there"
	c.free(observation.UDP, n.DNS, names)
	c.free(observation.TCP, n.DNS, names)
}

// asksHTTPS tells whether a device with these capabilities is asked anything over HTTPS.
func asksHTTPS(p *plan.Plan, has device.Capabilities) bool {
	return slices.ContainsFunc(p.Scenarios, func(s *plan.Scenario) bool {
		return s.Direction == plan.HTTPS && len(plan.Missing(s, has)) == 0
	})
}
