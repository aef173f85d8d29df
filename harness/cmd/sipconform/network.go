package main

import (
	"flag"
	"net/netip"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/harness/lab"
	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/scenarios"
)

// networkFlags are the flags of certify for a device that is on a network.
type networkFlags struct {
	listen, at, advertise *words
	dns, lab, media       *string
}

// namesOfNetworkFlags are those that no other device takes.
var namesOfNetworkFlags = []string{"listen", "advertise", "media-ports", "dns", "at", "lab"}

func newNetworkFlags(flags *flag.FlagSet) networkFlags {
	n := networkFlags{listen: new(words), at: new(words), advertise: new(words)}
	flags.Var(n.listen, "listen", "for a device on a network: addresses of this machine at which it reaches the vendor, A or "+
		"A,B,C; those of the lab if empty")
	flags.Var(n.advertise, "advertise", "for a device on a network: the address that it has to use instead, where there is "+
		"address translation before the vendor: A, or LISTEN=A of several")
	n.media = flags.String("media-ports", "", "for a device on a network: the UDP ports of the vendor's media, such as "+
		"40000-40999; any if empty")
	flags.Var(n.at, "at", "for a device on a network: its addresses, A or A,B, instead of those in its descriptor")
	n.dns = flags.String("dns", "", "for a device on a network: where it asks for the vendor's names, such as 192.0.2.1:53; as "+
		"the lab has it if empty; none for nowhere")
	n.lab = flags.String("lab", "lab", "for a device on a network: the folder of the lab that it is configured for (sipconform lab init)")
	return n
}

// apply gives a run what the flags say.
func (n networkFlags) apply(o *scenarios.Options, flags *flag.FlagSet) error {
	d, ok := o.Device.(*process.Device)
	if !ok || d.Network() == nil {
		return n.refuse(flags)
	}
	if err := n.move(o, d); err != nil {
		return err
	}
	o.Network = new(scenarios.Network)
	if !d.Network().Fresh {
		if err := n.enter(o); err != nil {
			return err
		}
	}
	return n.tell(o, d)
}

// move puts the device at the addresses of -at.
func (n networkFlags) move(o *scenarios.Options, d *process.Device) error {
	at, err := addresses("-at", *n.at)
	if err == nil && len(at) > 0 {
		o.Device = d.At(at)
	}
	return err
}

// tell gives a run where its vendor is.
func (n networkFlags) tell(o *scenarios.Options, d *process.Device) (err error) {
	if len(*n.listen) > 0 {
		if o.Network.Listen, err = addresses("-listen", *n.listen); err != nil {
			return err
		}
	}
	if len(*n.advertise) > 0 {
		if o.Network.Advertised, err = advertised(*n.advertise, o.Network.Listen); err != nil {
			return err
		}
	}
	if *n.media != "" {
		if o.Network.MediaPorts, err = media.ParsePortRange(*n.media); err != nil {
			return usage("-media-ports: %w", err)
		}
	}
	switch {
	case *n.dns == "none":
		o.Network.DNS = netip.AddrPort{}
	case *n.dns != "":
		if o.Network.DNS, err = netip.ParseAddrPort(*n.dns); err != nil {
			return usage("-dns %q is not an IP address with a port, such as 192.0.2.1:53, nor none", *n.dns)
		}
	case d.Network().Fresh && len(o.Network.Listen) > 0:
		o.Network.DNS = netip.AddrPortFrom(o.Network.Listen[0], 53)
	}
	return here(o.Network)
}

// here refuses addresses that this machine does not have.
func here(n *scenarios.Network) error {
	m, err := thisMachine()
	if err != nil {
		return err
	}
	for _, a := range n.Listen {
		switch {
		case a.IsUnspecified():
			return usage("-listen: %s is every address of this machine, and the device has to be told one: %s", a, m.choices())
		case !m.has(a):
			return usage("-listen: %s is no address of this machine: %s", a, m.choices())
		}
	}
	if n.DNS.IsValid() && !m.has(n.DNS.Addr()) {
		return usage("-dns: %s is no address of this machine: %s", n.DNS.Addr(), m.choices())
	}
	return nil
}

// enter takes from the lab what the device is configured with.
func (n networkFlags) enter(o *scenarios.Options) error {
	l, err := lab.Open(*n.lab)
	if err != nil {
		return usage("the device is configured once, for a lab: %w; make one with sipconform lab init %s -listen ADDRESS, or name "+
			"another with -lab", err, *n.lab)
	}
	o.Forge = l.Forge()
	o.Network.Listen, o.Network.DNS, o.Network.Advertised = l.Listen, l.DNS, l.Advertised
	o.Network.Customer = scenarios.Customer{Name: l.Name, User: l.Account.User, Password: l.Account.Password, Products: l.Products}
	return nil
}

// refuse tells of flags that say nothing to a device which is not on a network.
func (n networkFlags) refuse(flags *flag.FlagSet) error {
	var alien []string
	flags.Visit(func(f *flag.Flag) {
		if slices.Contains(namesOfNetworkFlags, f.Name) && f.Value.String() != f.DefValue {
			alien = append(alien, "-"+f.Name)
		}
	})
	if len(alien) > 0 {
		return usage("%s: only a device with place: network in its descriptor is met on a network", strings.Join(alien, ", "))
	}
	return nil
}
