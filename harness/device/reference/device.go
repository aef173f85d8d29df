// Package reference is a device that conforms: a SIP user agent, client and
// server, that registers, calls and is called over TLS with SDES-SRTP, in
// process. The matrix runs on it to prove itself, and with one bug out of
// [Bugs] switched on it must be found out ([Mutants]).
//
// It shares with the mocks the parsers of SIP, SDP and a=crypto, which are
// fuzzed and judge nothing. Transactions, dialogs, digest, name resolution,
// certificate checks and media are its own, so that no code under judgement
// stands on both sides.
package reference

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// Options are what a [Device] is made of. The zero value is a conformant device
// at the pace of real time.
type Options struct {
	// Name of the device, "reference" if empty.
	Name string
	Bugs Bugs
	// Interval is the time between media packets, 20 ms if zero. Each packet
	// holds 20 ms of audio whatever the interval, so that a shorter one runs
	// faster than time.
	Interval time.Duration
	// Ring is how long an incoming call rings before it is answered.
	Ring time.Duration
	// KeepAlive is the time between double-CRLF pings on connections that the
	// device opened (RFC 5626 §4.4.1). Zero sends none.
	KeepAlive time.Duration
	// Legacy makes it a phone of an old series, which has TLS 1.0 and no more.
	Legacy bool
}

// Device is the reference device. Its sessions share nothing.
type Device struct{ options Options }

var _ device.Device = (*Device)(nil)

// New returns a device.
func New(options Options) *Device {
	if options.Name == "" {
		options.Name = "reference"
	}
	if options.Interval <= 0 {
		options.Interval = packetTime
	}
	if options.Legacy {
		options.Bugs.OnlyTLS10 = true
	}
	if options.Bugs.PingsTooOften {
		options.KeepAlive = 20 * time.Millisecond
	}
	return &Device{options: options}
}

// Name is the name in [Options].
func (d *Device) Name() string { return d.options.Name }

// Version is empty: the device is as old as the harness.
func (d *Device) Version(context.Context) (string, error) { return "", nil }

// Capabilities are all that there are.
func (d *Device) Capabilities() device.Capabilities {
	capabilities := device.Capabilities{
		device.CanRegister, device.CanCall, device.CanAnswer, device.CanListen, device.CanOptions, device.CanEcho,
		device.CanDigest, device.CanSRV, device.CanOCSP, device.CanFetch, device.CanIdentify,
		device.LeverTLSVersion, device.LeverSuites, device.LeverGroups, device.LeverSRTPSuites, device.LeverMedia,
		device.LeverMKI, device.LeverLifetime, device.LeverTransport, device.LeverVerify, device.LeverSIPS,
		device.LeverExpires,
		"tls:1.0", "tls:1.1", "tls:1.2", "tls:1.3",
	}
	if d.options.Legacy {
		capabilities = append(capabilities, device.IsLegacyPhone)
	}
	for name := range srtpProfiles {
		capabilities = append(capabilities, device.SRTPSuite(name))
	}
	slices.Sort(capabilities)
	return capabilities
}

// Prepare opens the listeners of one instance: TLS if the setup has a
// certificate, and UDP or TCP if the transport lever says so, on ports that are
// free. A lever that the device cannot obey is an error that wraps
// [device.ErrUnsupported].
func (d *Device) Prepare(_ context.Context, setup device.Setup) (device.Session, error) {
	if err := checkLevers(setup.Levers); err != nil {
		return nil, fmt.Errorf("%s: %w", d.options.Name, err)
	}
	s, err := newSession(d.options, setup)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.options.Name, err)
	}
	return s, nil
}

// checkLevers refuses settings that would have no effect.
func checkLevers(l device.Levers) error {
	known := append(tls.CipherSuites(), tls.InsecureCipherSuites()...)
	settable := func(s *tls.CipherSuite, id uint16) bool { // crypto/tls takes those of TLS 1.3 as they are
		return s.ID == id && slices.Contains(s.SupportedVersions, tls.VersionTLS12)
	}
	for _, id := range l.Suites {
		if !slices.ContainsFunc(known, func(s *tls.CipherSuite) bool { return settable(s, id) }) {
			return fmt.Errorf("TLS suite 0x%04X: %w", id, device.ErrUnsupported)
		}
	}
	for _, id := range l.Groups {
		if !slices.Contains(groups, tls.CurveID(id)) {
			return fmt.Errorf("TLS group 0x%04X: %w", id, device.ErrUnsupported)
		}
	}
	for _, name := range l.SRTPSuites {
		if _, ok := srtpProfiles[name]; !ok {
			return fmt.Errorf("SRTP suite %s: %w", name, device.ErrUnsupported)
		}
	}
	switch l.Transport {
	case "", observation.UDP, observation.TCP, observation.TLS:
	default:
		return fmt.Errorf("transport %q: %w", l.Transport, device.ErrUnsupported)
	}
	switch l.Media {
	case device.MediaDefault, device.RTP, device.SRTP, device.Opportunistic, device.Both:
	default:
		return fmt.Errorf("media %q: %w", l.Media, device.ErrUnsupported)
	}
	return nil
}
