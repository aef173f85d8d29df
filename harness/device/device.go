// Package device is what the harness knows of a device under test: how it is
// prepared for a scenario, told to act, and ended. Adapters implement it; see
// packages reference (in process) and process (a program, from its descriptor).
package device

import (
	"context"
	"errors"
	"net/netip"

	"github.com/sipconform/sipconform/mocks/observation"
)

// ErrUnsupported is what [Session.Do] returns for an action that the device
// does not know. A scenario that needs it is not applicable.
var ErrUnsupported = errors.New("device does not support this action")

// Device is a device under test. Prepare may be called concurrently: sessions
// share nothing.
type Device interface {
	Name() string
	// Version is the device's own word for its version, "" if it has none.
	Version(ctx context.Context) (string, error)
	Capabilities() Capabilities
	// Prepare readies one instance: files written, process started. The caller
	// must Close the session.
	Prepare(ctx context.Context, setup Setup) (Session, error)
}

// Session is one prepared instance of a device.
type Session interface {
	// Do makes the device act and returns when the device has been told, not
	// when it is done. What it does then is for observation.
	Do(ctx context.Context, action Action) error
	// Settled returns when the device reports that it has finished acting on
	// what it was told, or when the descriptor's settling window has passed
	// without anything new in the log. It never decides a verdict alone.
	Settled(ctx context.Context) error
	// Listening is where the device takes SIP, by protocol (observation.TLS …).
	// It is empty for a device that only takes calls over its registration.
	Listening() map[string]netip.AddrPort
	// Close ends the instance and everything it started, and removes its files.
	Close() error
}

// Verb is what a device can be told to do.
type Verb string

// The verbs of the descriptor and of the shim protocol. Answering is set up in
// [Setup.Answer], since a device answers by itself.
const (
	Register   Verb = "register"
	Unregister Verb = "unregister"
	Call       Verb = "call"
	HangUp     Verb = "hang-up"
	Options    Verb = "options"
	HTTPSGet   Verb = "https-get"
	TLSConnect Verb = "tls-connect"
	// Nonsense must be answered with ErrUnsupported: the adapter's own control.
	Nonsense Verb = "nonsense"
)

// Action is a verb with its target: for Call the request URI's user and host
// ("+15551234567@example.sip.twilio.com").
type Action struct {
	Verb   Verb
	Target string
}

// Setup is everything that a device is configured with for one scenario.
type Setup struct {
	// Log receives what the adapter does and hears.
	Log *observation.Log
	// Dir is a folder of the session's own; its owner removes it.
	Dir string
	// Address is the device's own address. Ports are the adapter's choice.
	Address netip.Addr
	// DNS is the name server that knows the vendor's names. Where the mock is
	// not on the protocol's default port, SRV records say so (RFC 3263 §4.2).
	DNS netip.AddrPort
	// Account is the identity the vendor knows.
	Account Account
	// Trust is the PEM of the roots to import.
	Trust []byte
	// Certificate and Key are the device's own, PEM, leaf first; empty for none.
	Certificate, Key []byte
	// Levers are the settings varied for the scenario. Every field that is not
	// zero needs the capability of the same name.
	Levers Levers
}

// Account is a SIP identity at the vendor.
type Account struct {
	User, Password string
	// Domain is the vendor's name in the AOR, such as example.sip.twilio.com.
	Domain string
	// Expires is the registration interval to ask for, in seconds; 0 leaves it
	// to the device.
	Expires int
}

// Levers are the device's settings that a scenario varies. Zero values leave
// the device's own configuration alone.
type Levers struct {
	TLSMin, TLSMax uint16   // IANA versions
	Suites         []uint16 // TLS suites, IANA numbers, up to 1.2
	Groups         []uint16
	SRTPSuites     []string // RFC 4568 names in order of preference
	Media          Media
	MKI            bool // offer keys with an MKI
	Lifetime       string
	Transport      string // observation.UDP, TCP or TLS
	VerifyOff      bool   // switch certificate verification off
	SIPS           bool   // use sips: URIs
	Expires        int
}

// Media is the profile of the media lines a device offers.
type Media string

// Media profiles. Opportunistic is RTP/AVP with a=crypto, RFC 8643; Both is a
// line of each.
const (
	MediaDefault  Media = ""
	RTP           Media = "RTP/AVP"
	SRTP          Media = "RTP/SAVP"
	Opportunistic Media = "RTP/AVP+crypto"
	Both          Media = "RTP/SAVP,RTP/AVP"
)
