// Package reference is a conformant device in process: a SIP user agent that registers, calls and takes calls over TLS
// with SDES-SRTP, and fetches pages over HTTPS. The scenarios prove themselves on it: it passes them all, and with one of
// its [Bugs] switched on it fails (see [Mutants]). With one of its [Peculiarities], which standards allow, it must not (see
// [Variants]).
//
// It shares with the mocks only the parsers of SIP, SDP and a=crypto, which judge nothing. Transactions, dialogs, digest,
// name resolution, certificate checks and media are its own, so that no code that is judged stands on both sides.
//
// The package serves this module and may change. To test a device of your own, see package device.
package reference

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Options describe a [Device]. The zero value is a conformant device that sends audio in real time.
type Options struct {
	// Name is the device's name, "reference" if empty.
	Name string
	// Bugs are the faults that the device has, Peculiarities the legal oddities.
	Bugs          Bugs
	Peculiarities Peculiarities
	// Interval is the time between media packets, 20 ms if zero. A packet always holds 20 ms of audio, so a shorter
	// interval sends audio faster than real time. Peculiarities of packets scale both.
	Interval time.Duration
	// Ring is how long an incoming call rings before it is answered.
	Ring time.Duration
	// KeepAlive is the time between double-CRLF pings on connections that the device opened (RFC 5626 §4.4.1). Zero
	// sends none.
	KeepAlive time.Duration
	// Legacy makes the device a phone of an old series, which has only TLS 1.0 and loses its trust in a vendor whose
	// certificate is renewed.
	Legacy bool
	// Audio is what the device sends in a call.
	Audio Audio
	// Answer, unless it is nil, returns what the device sends back for a request of a peer, ACK included. The device
	// then takes no calls itself. Nil bytes send nothing.
	Answer func(request *sipwire.Message) []byte
	// Refuses, unless it is nil, tells which certificates of servers the device refuses although they are good.
	Refuses func(leaf *x509.Certificate) bool

	// Network, unless it is nil, returns what stands between the device and each socket of its media, such as a network
	// that loses packets.
	Network func(Socket) Socket

	memory *memory // for SendsUnderFirstKey
}

// Device is the reference device. Its sessions share nothing, unless a bug has them remember a key.
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
		options.Bugs.OnlyTLS10, options.Bugs.PinsLeafKey = true, true
	}
	options.memory = new(memory)
	options.Ring = max(options.Ring, options.ringing())
	if options.Bugs.PingsTooOften {
		options.KeepAlive = 20 * time.Millisecond
	}
	options.Interval = options.Interval * options.Peculiarities.packet() / packetTime
	return &Device{options: options}
}

// Name returns the name from the [Options].
func (d *Device) Name() string { return d.options.Name }

// Version returns "": the device has the version of the harness.
func (d *Device) Version(context.Context) (string, error) { return "", nil }

// Capabilities returns all capabilities, but that of a legacy phone only for one.
func (d *Device) Capabilities() device.Capabilities {
	capabilities := device.Capabilities{
		device.CanRegister, device.CanRefresh, device.CanCall, device.CanAnswer, device.CanListen, device.CanHangUp,
		device.CanHold, device.CanOptions, device.CanEcho, device.CanLoad,
		device.CanDigest, device.CanSRV, device.CanOCSP, device.CanFetch, device.CanConnect, device.CanIdentify, device.FromOwnAddress,
		device.LeverTLSVersion, device.LeverSuites, device.LeverGroups, device.LeverSRTPSuites, device.LeverMedia,
		device.LeverMKI, device.LeverLifetime, device.LeverTransport, device.LeverVerify, device.LeverSIPS,
		device.LeverExpires, device.LeverCRL, device.LeverPort,
		"tls:1.0", "tls:1.1", "tls:1.2", "tls:1.3",
	}
	if d.options.Legacy {
		capabilities = append(capabilities, device.IsLegacyPhone)
	}
	for name := range protections {
		capabilities = append(capabilities, device.SRTPSuite(name))
	}
	slices.Sort(capabilities)
	return capabilities
}

// Load returns a load that takes a moment.
func (d *Device) Load() device.Load {
	return device.Load{Calls: 4, Rate: 10, For: 800 * time.Millisecond}
}

// Prepare opens the listeners of one instance: TLS if the setup has a certificate, and UDP or TCP, on free ports, if the
// transport lever asks for it. A lever that the device cannot obey is an error that wraps [device.ErrUnsupported].
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

// checkLevers returns an error for a setting that would have no effect.
func checkLevers(l device.Levers) error {
	known := append(tls.CipherSuites(), tls.InsecureCipherSuites()...)
	settable := func(s *tls.CipherSuite, id uint16) bool { // crypto/tls cannot set the suites of TLS 1.3
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
		if _, ok := protections[name]; !ok {
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
