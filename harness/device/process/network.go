package process

import (
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

// Place is where a device is.
type Place string

// A device with Process is made of programs that the harness starts beside its mocks. A device with Network has addresses of its
// own, on a network that leads to the mocks: a phone on a desk, an SBC in a rack, a container.
const (
	ProcessPlace Place = "process"
	NetworkPlace Place = "network"
)

// Network is what the harness has to know of a device that is on a network.
type Network struct {
	// Addresses are those that everything of the device comes from, the first being that of its server. Without any, the device
	// is whoever registers first with the account's password.
	Addresses Addresses `yaml:"addresses"`
	// Resolvers are further addresses that its questions to the name server come from.
	Resolvers Addresses `yaml:"resolvers"`
	// NAT tells that Addresses are those of a NAT, and that the device itself knows others.
	NAT bool `yaml:"nat"`
	// Fresh tells that start steps or processes begin the device anew for each scenario, with everything that it is configured
	// with. Otherwise it keeps its account, roots and certificate for the whole run.
	Fresh bool `yaml:"fresh"`
	// Person tells that somebody is at the device, who sets and operates it wherever the descriptor does not say how.
	Person bool `yaml:"person"`
	// CheckSync tells that the device registers again when a NOTIFY of the event check-sync asks it to. It is asked at the end of
	// each scenario in which it was registered, and Returns is a minute then if it is not given.
	CheckSync bool `yaml:"check_sync"`
	// Returns is how long it takes at most until the device registers by itself after its connection has ended; 0 if it has to
	// be told.
	Returns time.Duration `yaml:"returns"`
}

// longestReturn bounds [Network.Returns].
const longestReturn = time.Hour

// onNetwork tells whether the device is on a network.
func (d *Descriptor) onNetwork() bool { return d.Place == NetworkPlace }

func (d *Descriptor) checkPlace() error {
	switch d.Place {
	case "", ProcessPlace:
		switch {
		case d.Network != nil:
			return wrong(at("network"), "describes a network, but its place is not network: add place: network")
		case len(d.Configure) > 0:
			return wrong(at("configure"), "has steps to configure it, which only a device with place: network has: write them under start")
		case d.Isolation != Required && d.Isolation != Optional:
			return wrong(at("isolation"), "has the isolation %q: say required or optional", d.Isolation)
		}
		return nil
	case NetworkPlace:
		return d.checkNetwork()
	}
	return wrong(at("place"), "has the place %q: say process or network", d.Place)
}

func (d *Descriptor) checkNetwork() error {
	n := d.Network
	place := at("network")
	for name, list := range map[string]Addresses{"addresses": n.Addresses, "resolvers": n.Resolvers} {
		for i, a := range list {
			if a.IsUnspecified() || a.IsMulticast() || a.Zone() != "" {
				return wrong(place.To(name, i), "has the address %s, which is no host's: give the one that its packets come from", a)
			}
		}
	}
	switch {
	case d.Isolation != "":
		return wrong(at("isolation"), "has an isolation, but is on a network, where the harness cannot isolate it: remove isolation")
	case n.CheckSync && n.Fresh:
		return wrong(place.To("check_sync"), "is begun anew for each scenario (fresh), so that nobody has to ask it to register "+
			"again: remove check_sync")
	case n.Returns < 0 || n.Returns > longestReturn:
		return wrong(place.To("returns"), "registers again after %s: give a duration between 0 and %s", n.Returns, longestReturn)
	case n.Fresh && len(d.Configure) > 0:
		return wrong(at("configure"), "is begun anew for each scenario (fresh), so that it is not configured: write the steps under start")
	}
	return nil
}

// declared are the capabilities that follow from where the device is.
func (d *Descriptor) declared() device.Capabilities {
	all := slices.Clone(d.Capabilities)
	if d.onNetwork() && !d.Network.Fresh {
		all = append(all, device.ConfiguredOnce)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Network returns what is known of a device that is on a network, nil for one that is a program of the harness's.
func (d *Device) Network() *Network { return d.descriptor.Network }

// Configurable tells whether the account and certificates of a device on a network can be changed: by steps, or by a person.
func (d *Device) Configurable() bool {
	return len(d.descriptor.Configure) > 0 || d.descriptor.setByPerson()
}

// At returns the device with the addresses that it turned out to have, or that the user gave.
func (d *Device) At(addresses Addresses) *Device {
	moved := *d.descriptor
	network := *moved.Network
	network.Addresses = addresses
	moved.Network = &network
	at := *d
	at.descriptor = &moved
	return &at
}
