package main

import (
	"flag"
	"net/netip"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/process"
	"github.com/sipconform/sipconform/scenarios"
)

// networkFlags are the flags of certify for a device that is on a network.
type networkFlags struct{ listen, dns, at, lab *string }

func newNetworkFlags(flags *flag.FlagSet) networkFlags {
	return networkFlags{
		listen: flags.String("listen", "", "for a device on a network: this machine's addresses, separated by commas, that it reaches the vendor at"),
		dns: flags.String("dns", "", "for a device on a network: where it asks for the vendor's names, such as 192.0.2.10:53; "+
			"the first of -listen with port 53 if empty, none for a device that asks nobody"),
		at:  flags.String("at", "", "for a device on a network: its addresses, instead of those in its descriptor"),
		lab: flags.String("lab", "lab", "for a device on a network: the folder of the lab that it is configured for (see lab init)"),
	}
}

// apply gives a run what the flags say. Those of a network are for devices on one.
func (p networkFlags) apply(o *scenarios.Options, flags *flag.FlagSet) error {
	d, ok := o.Device.(*process.Device)
	if !ok || d.Network() == nil {
		var alien []string
		flags.Visit(func(f *flag.Flag) {
			if slices.Contains([]string{"listen", "dns", "at", "lab"}, f.Name) && f.Value.String() != f.DefValue {
				alien = append(alien, "-"+f.Name)
			}
		})
		if len(alien) > 0 {
			return usage("%s: only a device with place: network in its descriptor is met on a network", strings.Join(alien, ", "))
		}
		return nil
	}
	listen, err := addresses("-listen", *p.listen)
	if err != nil {
		return err
	}
	at, err := addresses("-at", *p.at)
	if err != nil {
		return err
	}
	if len(at) > 0 {
		o.Device = device.Device(d.At(at))
	}
	o.Network = &scenarios.Network{Listen: listen}
	switch {
	case *p.dns == "none":
	case *p.dns != "":
		if o.Network.DNS, err = netip.ParseAddrPort(*p.dns); err != nil {
			return usage("-dns %q is no address with a port, such as 192.0.2.10:53", *p.dns)
		}
	case len(listen) > 0:
		o.Network.DNS = netip.AddrPortFrom(listen[0], 53)
	}
	return nil
}

// addresses reads a list of addresses that are separated by commas.
func addresses(flag, text string) ([]netip.Addr, error) {
	if text == "" {
		return nil, nil
	}
	var all []netip.Addr
	for name := range strings.SplitSeq(text, ",") {
		a, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(name), "[]"))
		if err != nil {
			return nil, usage("%s %s: %q is not an IP address", flag, text, name)
		}
		all = append(all, a.Unmap())
	}
	return all, nil
}
