// Package observation is what was seen while a scenario ran: an ordered log of
// events with one clock and no judgement. Mocks and device adapters append to
// it; verdicts are functions of it; evidence is written from it.
package observation

import (
	"net/netip"
	"time"
)

// Kind names what an event is about. The payload that belongs to a kind is the
// field of [Event] of the same name.
type Kind string

// The kinds of event. TransportOpen to TLSKeyLog are seen below SIP, SIP to
// Data on the decrypted stream, Media on the RTP sockets; Console,
// Unexpected and Note are said by a mock, Device by a device adapter, DNS by
// the name server.
const (
	TransportOpen  Kind = "transport-open"
	TransportClose Kind = "transport-close"
	Wire           Kind = "wire"
	ClientHello    Kind = "tls-client-hello"
	TLSAlert       Kind = "tls-alert"
	TLSHandshake   Kind = "tls-handshake"
	TLSKeyLog      Kind = "tls-key-log"
	SIP            Kind = "sip"
	SIPMalformed   Kind = "sip-malformed"
	KeepAlive      Kind = "keep-alive"
	HTTP           Kind = "http"
	Data           Kind = "data"
	Media          Kind = "media"
	DNS            Kind = "dns"
	Console        Kind = "console"
	Device         Kind = "device"
	Unexpected     Kind = "unexpected"
	Note           Kind = "note"
)

// Direction tells which side an event's bytes came from, seen from the mock.
type Direction string

// In is device to mock, Out is mock to device.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Ping is the Text of a KeepAlive that asks for an answer: the second of two
// line breaks, RFC 5626 §4.4.1.
const Ping = "ping"

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
	Console   *ConsoleInfo   `json:"console,omitempty"`
	Device    *DeviceInfo    `json:"device,omitempty"`

	// Bytes is the raw material: a transport segment for Wire, one framed
	// message for SIP and SIPMalformed, the CRLFs for KeepAlive, the first bytes
	// for Data, the datagram for Media, the handshake message (from its type octet
	// on) for ClientHello.
	Bytes []byte `json:"bytes,omitempty"`
	// Text is a line for a person: a reason, a note, a key-log line.
	Text string `json:"text,omitempty"`
}

// Transport protocols as [TransportInfo.Protocol] names them.
const (
	UDP = "udp"
	TCP = "tcp"
	TLS = "tls"
)

// TransportInfo describes a connection. Local is the mock's address.
type TransportInfo struct {
	Protocol string         `json:"protocol"` // UDP, TCP or TLS
	Listener string         `json:"listener,omitempty"`
	Local    netip.AddrPort `json:"local"`
	Remote   netip.AddrPort `json:"remote"`
	// Dialed is true when the mock opened the connection.
	Dialed bool `json:"dialed,omitempty"`
	// Cause of a TransportClose: "eof", "reset", "local", "timeout".
	Cause string `json:"cause,omitempty"`
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

// AlertInfo is a TLS alert that crossed the wire. Encrypted alerts are seen
// only where the TLS engine reports them.
type AlertInfo struct {
	Level       uint8 `json:"level"`
	Description uint8 `json:"description"`
}

// HandshakeInfo is how a handshake ended on the mock's side. A completed
// handshake is no proof that the device accepted the mock: see design.md,
// Judging, 3.
type HandshakeInfo struct {
	Role     string `json:"role"` // "server" or "client", the mock's
	Complete bool   `json:"complete"`
	Error    string `json:"error,omitempty"`
	// Refusal are the causes for which the mock refused the peer's certificate,
	// as package identity names them.
	Refusal    []string `json:"refusal,omitempty"`
	Version    uint16   `json:"version,omitempty"`
	Suite      uint16   `json:"suite,omitempty"`
	Group      uint16   `json:"group,omitempty"`
	ServerName string   `json:"server_name,omitempty"`
	LocalChain [][]byte `json:"local_chain,omitempty"` // DER, leaf first
	PeerChain  [][]byte `json:"peer_chain,omitempty"`  // DER, leaf first
}

// HTTPInfo is a request of the device's (In) or the answer to it (Out), which
// names the request too. A Data event is what a device sent where no protocol
// is known, or what is not the one that is.
type HTTPInfo struct {
	Method string `json:"method"`
	Host   string `json:"host"`
	Path   string `json:"path"`
	Status int    `json:"status,omitempty"` // of an answer
}

// MediaClass is what a datagram on a media socket turned out to be.
type MediaClass string

// The classes of datagram. Authentic packets passed the suite's tag under the
// negotiated key; Clear ones are valid plain RTP or RTCP; Foreign is what is
// neither RTP nor RTCP (STUN, DTLS: RFC 7983).
const (
	AuthenticRTP  MediaClass = "srtp"
	AuthenticRTCP MediaClass = "srtcp"
	ClearRTP      MediaClass = "rtp"
	ClearRTCP     MediaClass = "rtcp"
	BadTag        MediaClass = "bad-tag"
	Foreign       MediaClass = "foreign"
)

// MediaInfo is one datagram on a media socket, judged by its bytes alone.
type MediaInfo struct {
	Class       MediaClass     `json:"class"`
	Local       netip.AddrPort `json:"local"`
	Remote      netip.AddrPort `json:"remote"`
	SSRC        uint32         `json:"ssrc,omitempty"`
	Sequence    uint16         `json:"sequence,omitempty"`
	PayloadType uint8          `json:"payload_type,omitempty"`
	Payload     int            `json:"payload,omitempty"` // bytes of decrypted payload
	// Tone is the dominant frequency in Hz of the audio decoded so far, 0 while
	// there is not enough of it.
	Tone int `json:"tone,omitempty"`
	// Diagnosis explains BadTag: "stray MKI of 4 bytes", "tag of 4 bytes instead of 10", "key of the other direction".
	Diagnosis string `json:"diagnosis,omitempty"`
	// Received is the peer's own count of our packets, from an RTCP report block.
	Received uint32 `json:"received,omitempty"`
}

// DNSInfo is one question to the mock name server.
type DNSInfo struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Answers []string `json:"answers,omitempty"`
	Code    string   `json:"code,omitempty"` // NOERROR, NXDOMAIN …
}

// ConsoleInfo is an entry in the mock vendor's console: what a customer of the
// vendor would read there.
type ConsoleInfo struct {
	Code   string `json:"code"`
	Level  string `json:"level"`
	Title  string `json:"title"`
	CallID string `json:"call_id,omitempty"`
}

// DeviceInfo is what a device adapter did or heard. It is evidence, never proof.
type DeviceInfo struct {
	// What: "start", "exit", "action", "event", "output", "settled".
	What   string `json:"what"`
	Action string `json:"action,omitempty"`
	// Status is an exit status for "exit".
	Status int `json:"status,omitempty"`
	// ByItself tells, for "exit", that it was the device that ended, and not a
	// command that was through or a program that was told to.
	ByItself bool `json:"by_itself,omitempty"`
}
