// Package device defines what the harness expects of a device under test. The harness prepares a [Session] of a
// [Device] for each scenario, tells it to act, and closes it; what the device does is observed on the network, and the
// adapter never has to say whether it worked.
//
// The package is there to be imported: users who write an adapter in Go implement Device and Session, and nothing else
// of the harness. Most devices need no Go: package process runs a program that a device.yaml describes, and speaks to
// programs in any language. Package reference is a conformant device in process.
package device

import (
	"context"
	"errors"
	"net/netip"

	"github.com/sipconform/sipconform/mocks/observation"
)

// ErrUnsupported says that a device does not know an action, or cannot be set to what a lever asks for. The scenario
// that needs it is then not applicable.
var ErrUnsupported = errors.New("device does not support this action")

// What a person at a device can ask for instead of acting.
var (
	// ErrAgain says that the scenario is to begin anew, and that what was seen of it counts for nothing.
	ErrAgain = errors.New("the person at the device wants to begin the scenario again")
	// ErrBack says the same, and that the scenario before it is to run again first.
	ErrBack = errors.New("the person at the device wants to go back to the scenario before")
)

// Device is a device under test. Its methods may be called concurrently.
type Device interface {
	// Name names the device in results and reports.
	Name() string
	// Version returns the version that the device states, or "" if it states none.
	Version(ctx context.Context) (string, error)
	// Capabilities returns what the device can do and be set to.
	Capabilities() Capabilities
	// Prepare readies an instance of the device for one scenario. Instances share nothing, and several exist at the
	// same time. The caller must close the session. A lever that the device cannot obey is an error that wraps
	// [ErrUnsupported].
	Prepare(ctx context.Context, setup Setup) (Session, error)
}

// Session is an instance of a device, prepared for one scenario.
type Session interface {
	// Do tells the device to act. It returns when the device has been told, not when it is done. An action that the
	// device does not know is an error that wraps [ErrUnsupported].
	Do(ctx context.Context, action Action) error
	// Settled waits until the device has finished acting on what it was told, as far as the adapter can tell. It
	// saves waiting; no verdict rests on it alone.
	Settled(ctx context.Context) error
	// Listening returns where the device takes SIP, by protocol ([observation.TLS] and so on). It is empty for a
	// device that takes calls only over its registration.
	Listening() map[string]netip.AddrPort
	// Close ends the instance and everything that it started, and removes its files outside [Setup.Dir].
	Close() error
}

// Verb is what a device can be told to do. A device answers calls without being told.
type Verb string

// The verbs of [Session.Do], of the descriptor and of the shim protocol.
const (
	Register   Verb = "register"    // registers the account
	Unregister Verb = "unregister"  // ends the registration
	Call       Verb = "call"        // calls the target
	HangUp     Verb = "hang-up"     // ends all calls
	Hold       Verb = "hold"        // puts the call on hold
	Resume     Verb = "resume"      // ends the hold
	Options    Verb = "options"     // sends OPTIONS to the target, or to the account's domain
	HTTPSGet   Verb = "https-get"   // fetches the page at the target
	TLSConnect Verb = "tls-connect" // shakes hands with the target, "host:port", and closes the connection if all is well
	// Nonsense checks the adapter itself: the answer must be [ErrUnsupported].
	Nonsense Verb = "nonsense"
)

// Action is a verb with its target. The target of a call is the user and host of the Request-URI, such as
// "+15551234567@example.sip.twilio.com".
type Action struct {
	Verb   Verb
	Target string
}

// Setup is everything that an instance of a device is configured with.
type Setup struct {
	// Log receives what the adapter does and hears.
	Log *observation.Log
	// Scenario is the ID of the scenario, and Title what it is about, for messages to people.
	Scenario, Title string
	// Pause stops the time that the scenario may take, for an adapter that waits for a person; calling resume goes on. It is
	// nil where nobody counts the time.
	Pause func() (resume func())
	// Dir is a folder of the session's own. The harness removes it.
	Dir string
	// Address is the device's own address. The adapter chooses the ports.
	Address netip.Addr
	// StandardPorts tells that nothing else uses the address. A server of the device's
	// then listens on port 5061, where a vendor calls that is told no port.
	StandardPorts bool
	// DNS is the name server that knows the vendor's names. SRV records name the port wherever a mock does not
	// listen on the protocol's default port (RFC 3263 §4.2).
	DNS netip.AddrPort
	// Account is the identity that the vendor knows.
	Account Account
	// Trust is the PEM of the roots to trust.
	Trust []byte
	// Certificate and Key are the device's own, in PEM, leaf first; empty for a device without a certificate.
	Certificate, Key []byte
	// Levers are the settings that the scenario varies. A field that is not zero needs the capability of its name.
	Levers Levers
}

// Account is a SIP identity at the vendor.
type Account struct {
	User, Password string
	// Domain is the host of the AOR, such as example.sip.twilio.com.
	Domain string
	// Expires is the registration interval to ask for, in seconds; 0 leaves it to the device.
	Expires int
}

// Levers are the settings of a device that a scenario varies. Zero values leave the device's own configuration alone.
type Levers struct {
	TLSMin, TLSMax uint16   // TLS versions, IANA numbers; 0 sets no bound at that end
	Suites         []uint16 // cipher suites, IANA numbers
	Groups         []uint16 // key exchange groups, IANA numbers
	SRTPSuites     []string // RFC 4568 names, the preferred one first
	Media          Media    // what the device offers and accepts
	MKI            bool     // gives its keys an MKI
	Lifetime       string   // of its keys, as in a=crypto: "2^20"
	Transport      string   // observation.UDP, TCP or TLS
	VerifyOff      bool     // does not verify certificates
	SIPS           bool     // uses sips: URIs
	Expires        int      // registration interval to ask for, in seconds
	// RevocationLists is the PEM of lists that the device is given with the roots, one
	// of each authority.
	RevocationLists string
	Port            uint16 // where its server takes TLS
}

// Media is the media profile of the lines in a device's offers.
type Media string

// The settings of [Levers.Media].
const (
	MediaDefault  Media = "" // what the device offers by itself
	RTP           Media = "RTP/AVP"
	SRTP          Media = "RTP/SAVP"
	Opportunistic Media = "RTP/AVP+crypto"   // RTP/AVP with a=crypto, RFC 8643
	Both          Media = "RTP/SAVP,RTP/AVP" // a line of each
)
