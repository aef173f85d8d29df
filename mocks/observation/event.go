// Package observation holds what was seen while a scenario ran: an ordered log
// of events with one clock and no judgement. Mocks and device adapters append
// to it; verdicts are computed from it; evidence is written from it.
//
// The package is there to be imported: a test that starts a mock reads the mock's
// log.
package observation

import (
	"net/netip"
	"slices"
	"time"
)

// Kind names what an event is about. The payload that belongs to a kind is the
// field of [Event] of the same name.
type Kind string

// The kinds of event. TransportOpen to TLSKeyLog are seen below SIP, SIP to
// Data on the decrypted stream, Media and Playing on the RTP sockets, DNS by the
// name server. Console and Unexpected come from a mock, Device from a device
// adapter, Stage and Fault from the harness, Flood from the log
// itself; Stranger, Limit and MediaWithheld are what a mock did not do
// ([DeniedInfo]). A Note is for a person alone: no verdict depends on one.
const (
	TransportOpen  Kind = "transport-open"
	TransportClose Kind = "transport-close"
	Wire           Kind = "wire"
	NotTLS         Kind = "not-tls"
	ClientHello    Kind = "tls-client-hello"
	TLSAlert       Kind = "tls-alert"
	TLSHandshake   Kind = "tls-handshake"
	// Renegotiation: the device asked for another handshake on the connection
	// (RFC 5246 §7.4.1), which the mock then ended.
	Renegotiation Kind = "tls-renegotiation"
	TLSKeyLog     Kind = "tls-key-log"
	SIP           Kind = "sip"
	SIPMalformed  Kind = "sip-malformed"
	KeepAlive     Kind = "keep-alive"
	HTTP          Kind = "http"
	Data          Kind = "data"
	Media         Kind = "media"
	// Playing: the mock begins to send a tone, or changes to another, to another SSRC, or
	// beyond a wrap of the sequence number. Media has the frequency, the SSRC, the first
	// sequence number, the rollover counter and the socket.
	Playing    Kind = "playing"
	DNS        Kind = "dns"
	Console    Kind = "console"
	Device     Kind = "device"
	Stage      Kind = "stage"
	Fault      Kind = "fault"
	Unexpected Kind = "unexpected"
	// Stranger: something came from an address that is not the device's, and was not taken.
	Stranger Kind = "stranger"
	// Limit: a peer had as much open at the mock as it may have, and got no more.
	Limit Kind = "limit"
	// MediaWithheld: the device asked for media at an address to which the mock sends none.
	MediaWithheld Kind = "media-withheld"
	Note          Kind = "note"
	// Flood: the log left out events of one kind, because there were too many: the first of them, and at the end of
	// the log how many there were.
	Flood Kind = "flood"
)

// Direction tells which side an event's bytes came from, seen from the mock.
type Direction string

// In is device to mock, Out is mock to device.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Event is one thing that was seen. Conn ties the events of one transport
// connection (or one UDP socket and remote address) together.
type Event struct {
	// Seq is the event's place in its log, from 0. The log sets it.
	Seq int `json:"seq"`
	// At is the time since the log began, on the monotonic clock. The log sets it.
	At   time.Duration `json:"at_ns"`
	Kind Kind          `json:"kind"`
	Conn string        `json:"conn,omitempty"`
	Dir  Direction     `json:"dir,omitempty"`

	Transport *TransportInfo `json:"transport,omitempty"`
	Hello     *HelloInfo     `json:"hello,omitempty"`
	Alert     *AlertInfo     `json:"alert,omitempty"`
	Handshake *HandshakeInfo `json:"handshake,omitempty"`
	HTTP      *HTTPInfo      `json:"http,omitempty"`
	Media     *MediaInfo     `json:"media,omitempty"`
	DNS       *DNSInfo       `json:"dns,omitempty"`
	KeepAlive *KeepAliveInfo `json:"keep_alive,omitempty"`
	Console   *ConsoleInfo   `json:"console,omitempty"`
	Device    *DeviceInfo    `json:"device,omitempty"`
	Flood     *FloodInfo     `json:"flood,omitempty"`
	Stage     StageMark      `json:"stage,omitempty"`
	Fault     FaultCause     `json:"fault,omitempty"`
	Framing   FramingFault   `json:"framing,omitempty"`
	Denied    *DeniedInfo    `json:"denied,omitempty"`

	// Bytes is the raw material: a transport segment for Wire, one framed
	// message for SIP and SIPMalformed, the CRLFs for KeepAlive, the first bytes
	// for Data and NotTLS, the question for DNS, the datagram for Media, the handshake message (from
	// its type octet on) for ClientHello.
	Bytes []byte `json:"bytes,omitempty"`
	// Text is a line for a person: a reason, a note, a key-log line.
	Text string `json:"text,omitempty"`
	// Redacted are the kinds of secret that were taken from the event before it was
	// published, each once.
	Redacted []string `json:"redacted,omitempty"`
}

// HelloInfo is a ClientHello, RFC 8446 §4.1.2 and RFC 5246 §7.4.1.2, with IANA
// numbers in the order in which they were sent.
type HelloInfo struct {
	LegacyVersion uint16   `json:"legacy_version"`
	Versions      []uint16 `json:"versions,omitempty"` // supported_versions, else empty
	Suites        []uint16 `json:"suites"`
	Groups        []uint16 `json:"groups,omitempty"`
	Signatures    []uint16 `json:"signatures,omitempty"`
	ServerName    string   `json:"server_name,omitempty"`
	ALPN          []string `json:"alpn,omitempty"`
	// Oddities lists what is wrong with the hello and does no harm.
	Oddities []HelloOddity `json:"oddities,omitempty"`
}

// MaxVersion is the highest version that the hello offers, GREASE left out.
func (h *HelloInfo) MaxVersion() uint16 {
	if len(h.Versions) == 0 {
		return h.LegacyVersion
	}
	var highest uint16
	for _, v := range h.Versions {
		if v>>8 == 0x03 && v > highest {
			highest = v
		}
	}
	return highest
}

// Offers reports whether the hello offers a version. Without supported_versions, the
// legacy version is the highest of a range (RFC 8446 §4.2.1).
func (h *HelloInfo) Offers(version uint16) bool {
	if len(h.Versions) == 0 {
		return version <= h.LegacyVersion
	}
	return slices.Contains(h.Versions, version)
}

// HTTPInfo is a request from the device (In) or the answer to it (Out), which
// names the request too. Where HTTP is not spoken, or what came is not HTTP, a
// Data event holds what the device sent.
type HTTPInfo struct {
	Method string `json:"method"`
	Host   string `json:"host"`
	Path   string `json:"path"`
	Status int    `json:"status,omitempty"` // of an answer
}

// KeepAliveInfo describes line breaks between SIP messages.
type KeepAliveInfo struct {
	// Ping is true of a double CRLF, which asks for an answer: RFC 5626 §4.4.1.
	Ping bool `json:"ping"`
}

// DNSInfo is one question to the mock name server, and the answer. The event's Bytes are the
// question, without the length that TCP puts before it, and Reply the answer; a message that is too long is not kept.
type DNSInfo struct {
	Protocol string         `json:"protocol,omitempty"` // UDP or TCP
	Local    netip.AddrPort `json:"local,omitzero"`
	Remote   netip.AddrPort `json:"remote,omitzero"`

	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Answers []string `json:"answers,omitempty"`
	Code    string   `json:"code,omitempty"` // NOERROR, NXDOMAIN …
	Reply   []byte   `json:"reply,omitempty"`
}

// ConsoleInfo is an entry in the mock vendor's console, which the vendor's
// customers read.
type ConsoleInfo struct {
	Code   string `json:"code"`
	Level  string `json:"level"`
	Title  string `json:"title"`
	CallID string `json:"call_id,omitempty"`
	// Detail is what exactly was wrong, where the title leaves it open.
	Detail string `json:"detail,omitempty"`
	// Note says what is not sure about the entry, which is the mock's reading of the
	// vendor's documents.
	Note string `json:"note,omitempty"`
}
