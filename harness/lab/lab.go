// Package lab keeps what a real device is configured with once: the customer's name at the vendor, the account, where
// the vendor is, and the authorities that the device imports. They are the same in every run that opens the folder.
//
// Everything about certificates follows from the lab's secret. Its roots are those of the day on which the lab was
// made, in every run and byte for byte; what is below them is dated around today, so that a lab works for years. The
// roots are constrained ([certs.Constraints]): whoever gets hold of the secret cannot vouch for anything but the
// vendors' names, to a device that checks name constraints.
//
// The package serves this module and may change.
package lab

import (
	"net/netip"
	"slices"
	"time"

	"github.com/sipconform/sipconform/certs"
)

// FileName is the name of the lab's file in its folder. The file has the lab's secret.
const FileName = "lab.yaml"

// Lab is an opened lab. Its fields must not be changed.
type Lab struct {
	Dir string // the folder
	// Name is the customer's name at the vendor, a DNS label: the domain at Twilio is Name + ".sip.twilio.com".
	Name    string
	Account Account
	Created time.Time // UTC, in whole seconds
	// Products are those that the device is certified for, such as "twilio/voice". The roots vouch for no others.
	Products []string
	// Listen are the addresses where the vendor listens, never wildcards; at least one.
	Listen []netip.Addr
	// DNS is the vendor's name server, the zero value where there is none.
	DNS netip.AddrPort
	// Advertised says which address the device has to use for one of Listen, where there is address translation
	// between them; nil without.
	Advertised map[netip.Addr]netip.Addr
	// Constraints are what the roots may vouch for.
	Constraints certs.Constraints
	// HandoutPath is the part of an URL that nobody guesses, below which secrets are handed out.
	HandoutPath string

	secret []byte
	forge  *certs.Forge
}

// Account is the one account of the lab's customer.
type Account struct {
	User     string
	Password string
}

// Forge returns the forge of the lab's authorities. What it issues is dated around the time at which the lab was
// opened. It is the same in every call, because its keys take time to make.
func (l *Lab) Forge() *certs.Forge { return l.forge }

// Address returns the address at which the device reaches what listens at another.
func (l *Lab) Address(listening netip.Addr) netip.Addr {
	if advertised, ok := l.Advertised[listening]; ok {
		return advertised
	}
	return listening
}

// DeviceHost is the name that the vendor has for the device's own server, and that its certificate is for.
func (l *Lab) DeviceHost() string { return l.Name + ".device.example" }

// deviceYears is how long the device's own certificate is valid: less than the intermediate above it, which is dated
// around the day when it was issued.
const deviceYears = 4

// DeviceLeaf describes a certificate for the device, which is configured once and has to last.
func (l *Lab) DeviceLeaf() certs.Leaf {
	return certs.Leaf{
		DNSNames: []string{l.DeviceHost()}, Key: certs.RSA2048, KeySlot: "device", ClientAuth: true,
		NotBefore: l.Created.AddDate(0, 0, -30), NotAfter: l.Created.AddDate(deviceYears, 0, 0),
	}
}

// found makes the forge, for a lab that is opened at a time.
func (l *Lab) found(at time.Time) error {
	forge, err := certs.NewSecretForge(l.secret)
	if err != nil {
		return err
	}
	bounds := l.Constraints
	forge.At, forge.RootsAt, forge.Constraints = at, l.Created, &bounds
	l.forge = forge
	return nil
}

// addresses are all at which the vendor can be, and which its certificates may have.
func (l *Lab) addresses() []netip.Addr {
	all := slices.Clone(l.Listen)
	for _, listening := range l.Listen {
		if at := l.Address(listening); !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all
}
