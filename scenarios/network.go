package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// Network is where a run takes place whose device is on a network.
type Network struct {
	// Listen are the vendor's addresses, which the machine has to have: the first is that of its edge, or its only one, the next
	// three are those of its other hosts, and a fifth is one that the vendor names and where no device should send anything.
	// Those of the other family are the first's, the second's and so on as well, in their order.
	Listen []netip.Addr
	// Advertised has the addresses by which the device reaches those, where there is a NAT before the vendor.
	Advertised map[netip.Addr]netip.Addr
	// MediaPorts are those that a firewall lets through to the vendor's media; any if zero.
	MediaPorts media.PortRange
	// DNS is where the name server is, of all names of the vendor; any free port of loopback if it is not set, for a device
	// that is given addresses.
	DNS netip.AddrPort
	// Customer is what a device is configured with once.
	Customer Customer
}

// Customer is the identity of a device at every vendor.
type Customer struct {
	Name, User, Password string
	// Products are those that the device's roots vouch for, such as "twilio/voice"; all if there are none.
	Products []string
}

// Vouched tells whether the device's roots are good for a product, such as "twilio/voice".
func (c Customer) Vouched(product string) bool {
	return len(c.Products) == 0 || slices.Contains(c.Products, product)
}

// ownTime is what a scenario may take with a device that acts in its own time, while nobody is asked to act: a phone looks
// names up, registers and gives up when it likes.
const ownTime = 3 * time.Minute

// budget is the time that a scenario may take; 0 for the usual one.
func (n *Network) budget(d *process.Device) time.Duration {
	switch returns := d.Network().Returns; {
	case returns > 0:
		return ownTime + returns
	case d.NeedsPerson():
		return ownTime
	}
	return 0
}

// check returns what is wrong with the addresses.
func (n *Network) check() error {
	if len(n.Listen) == 0 {
		return errors.New("the device is on a network: give an address of this machine that it reaches the vendor at, with -listen")
	}
	for i, a := range n.Listen {
		if _, err := vendor.Usable(a); err != nil {
			return fmt.Errorf("-listen: %w", err)
		}
		if slices.Contains(n.Listen[:i], a) {
			return fmt.Errorf("-listen has %s twice", a)
		}
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
		if err != nil { // not wrapped: EADDRNOTAVAIL elsewhere means that ports have run out
			return fmt.Errorf("-listen: this machine cannot listen at %s, is it one of its addresses? (%v)", a, err)
		}
		l.Close()
	}
	return nil
}

// Families returns the addresses of the first one's family, and for each its twin in the other, as far as there are any.
func (n *Network) Families() (own []netip.Addr, twins map[netip.Addr]netip.Addr) {
	var others []netip.Addr
	for _, a := range n.Listen {
		if a.Is4() == n.Listen[0].Is4() {
			own = append(own, a)
		} else {
			others = append(others, a)
		}
	}
	twins = make(map[netip.Addr]netip.Addr)
	for i, a := range others[:min(len(own), len(others))] {
		twins[own[i]] = a
	}
	return own, twins
}

// place is the place of every scenario: there is one device, and it is asked one thing at a time.
func (n *Network) place(d *process.Network) func(serial int) bench.Place {
	own, twins := n.Families()
	at := func(i int) netip.Addr { return own[min(i, len(own)-1)] }
	place := bench.Place{
		Vendor: at(0), Proxies: [3]netip.Addr{at(1), at(2), at(3)}, Private: at(0),
		StandardPorts: true, DeviceAlone: true, HTTPSPort: true,
		Network: &bench.Network{
			Device: peers.Peers{Device: d.Addresses, Latch: d.NAT}, CheckSync: d.CheckSync,
			Resolver: peers.Peers{Device: slices.Concat(d.Addresses, d.Resolvers)},
			Twins:    twins, Advertised: n.Advertised, MediaPorts: n.MediaPorts, MediaTurn: media.NewTurn(0),
		},
	}
	if len(d.Addresses) > 0 {
		place.Device = d.Addresses[0]
	}
	if len(own) > 4 {
		place.Private = at(4)
	}
	if !d.Fresh {
		place.Network.Customer, place.Network.User, place.Network.Password = n.Customer.Name, n.Customer.User, n.Customer.Password
	}
	return func(int) bench.Place { return place }
}

// meet finds out what has to be known of the device before the first scenario.
func (c *Certification) meet(ctx context.Context, d *process.Device) (*process.Device, error) {
	n := c.options.Network
	if err := n.check(); err != nil {
		return nil, err
	}
	if !d.Network().Fresh && n.Customer.Name == "" {
		return nil, errors.New("the device is configured once: name the lab that it is configured for, with -lab")
	}
	if err := c.vouchedFor(n.Customer); err != nil {
		return nil, err
	}
	if err := c.oneProduct(d); err != nil {
		return nil, err
	}
	if len(d.Network().Addresses) > 0 {
		return d, nil
	}
	from, err := c.find(ctx, d, n.place(d.Network())(1))
	if err != nil {
		return nil, err
	}
	return d.At([]netip.Addr{from}), nil
}

// products are those of the plan, such as "twilio/voice".
func (c *Certification) products() (all []string) {
	for _, p := range c.Plan.Parts {
		if name := p.Vendor + "/" + p.Product; !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// vouchedFor makes sure that the roots of the lab are good for what is asked.
func (c *Certification) vouchedFor(of Customer) error {
	foreign := slices.DeleteFunc(c.products(), of.Vouched)
	if len(foreign) == 0 {
		return nil
	}
	return fmt.Errorf("the lab is for %s, and the filter selects %s as well: choose with -filter, such as %s, or make a lab for those, too",
		strings.Join(of.Products, ", "), strings.Join(foreign, ", "), filterOf(of.Products[0]))
}

// filterOf returns the filter that selects a product.
func filterOf(product string) string {
	vendor, name, _ := strings.Cut(product, "/")
	return "'vendor:" + vendor + " && product:" + name + "'"
}

// names starts the name server, at that address, or at a free port of loopback if it is not set.
func names(ctx context.Context, at netip.AddrPort) (*nameserver.Server, error) {
	server, err := nameserver.Start(ctx, nameserver.Config{Address: at})
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: a port below 1024 takes privileges, so run this as root, "+
			"or name a higher one with -dns if the device can be told it", err)
	}
	return server, err
}

// oneProduct makes sure that a device which nothing and nobody configures is asked for one product alone.
func (c *Certification) oneProduct(d *process.Device) error {
	if d.Network().Fresh || d.Configurable() {
		return nil
	}
	if products := c.products(); len(products) > 1 {
		return fmt.Errorf("the device is configured once, for one product, and the filter selects %d, %s: choose one with -filter, such as %s, "+
			"or describe under configure how the device is set to another", len(products), strings.Join(products, ", "), filterOf(products[0]))
	}
	return nil
}
