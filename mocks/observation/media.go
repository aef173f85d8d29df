package observation

import (
	"net/netip"
	"time"
)

// MediaClass is what a datagram on a media socket turned out to be.
type MediaClass string

// The classes of datagram. Authentic packets carry the suite's tag under the
// negotiated key and packet index; Clear ones are valid plain RTP or RTCP; Foreign ones
// are neither RTP nor RTCP (STUN, DTLS: RFC 7983). What came before any key was agreed,
// and in such a number that it could not be kept, is Unjudged.
const (
	AuthenticRTP  MediaClass = "srtp"
	AuthenticRTCP MediaClass = "srtcp"
	ClearRTP      MediaClass = "rtp"
	ClearRTCP     MediaClass = "rtcp"
	BadTag        MediaClass = "bad-tag"
	Foreign       MediaClass = "foreign"
	Unjudged      MediaClass = "unjudged"
)

// The protocols of Foreign datagrams that a judge looks for, by their first octet (RFC 7983 §7).
const (
	STUN = "STUN"
	DTLS = "DTLS"
)

// Diagnosis says what is odd about a datagram: a stable slug, such as "stray-mki".
// Package media has those of packets that do not authenticate.
type Diagnosis string

// The diagnoses of packets that authenticate.
const (
	// NotEncrypted: the tag is right and the payload in clear, as it would be
	// under UNENCRYPTED_SRTP or UNENCRYPTED_SRTCP.
	NotEncrypted Diagnosis = "not-encrypted"
	// PreviousKey: the peer protects with the key from before the last offer and
	// answer. Until the first packet under the new key comes to the same socket that
	// is correct, and the class is authentic; afterwards it is BadTag.
	PreviousKey Diagnosis = "previous-key"
	// Noise: the payload decrypts into noise where it should be audio, so it is
	// encrypted under another key than it is authenticated with.
	Noise Diagnosis = "noise"
	// NotRTCP: the packet decrypts into something that is no RTCP.
	NotRTCP Diagnosis = "not-rtcp"
)

// Content is what a packet of clear or decrypted RTP carries, by its bytes alone.
type Content string

// The contents that are told apart. The zero value is whatever else.
const (
	Audio          Content = "audio"           // G.711 that can be heard
	Silence        Content = "silence"         // G.711 that cannot
	Events         Content = "telephone-event" // RFC 4733, by its length of 4 bytes
	ComfortNoise   Content = "comfort-noise"   // RFC 3389, payload type 13
	HeaderAlone    Content = "header-alone"    // no payload: a keep-alive, RFC 6263 §4
	UnknownContent Content = ""
)

// MediaInfo is one datagram on a media socket, classified by its bytes alone.
type MediaInfo struct {
	Class    MediaClass     `json:"class"`
	Protocol string         `json:"protocol,omitempty"` // of a Foreign datagram: [STUN], [DTLS] and others
	Local    netip.AddrPort `json:"local"`
	Remote   netip.AddrPort `json:"remote"`
	// Arrived is when it came, on the log's clock. The event's own time is when it was judged: later if keys had to be
	// waited for, or the harness was busy.
	Arrived     time.Duration `json:"arrived_ns,omitempty"`
	SSRC        uint32        `json:"ssrc,omitempty"`
	Sequence    uint16        `json:"sequence,omitempty"`
	Timestamp   uint32        `json:"timestamp,omitempty"`
	Marker      bool          `json:"marker,omitempty"`
	PayloadType uint8         `json:"payload_type,omitempty"`
	Payload     int           `json:"payload,omitempty"` // bytes of decrypted payload
	Content     Content       `json:"content,omitempty"`
	// Event is the number of a telephone-event (RFC 4733 §3.2: 0 to 9 are the digits)
	// plus one; 0 if the packet has none.
	Event int `json:"event,omitempty"`
	// Key names the master key under which the packet authenticates: a fingerprint,
	// from which the key cannot be had. Suite is the crypto-suite of RTP that does, by its name in
	// a=crypto, Rollover the rollover counter and Index the SRTCP index under which it does.
	Key      string `json:"key,omitempty"`
	Suite    string `json:"suite,omitempty"`
	Rollover uint32 `json:"rollover,omitempty"`
	Index    uint32 `json:"index,omitempty"`
	// Tone is the dominant frequency in Hz of the audio decoded so far, 0 while
	// there is not enough of it.
	Tone int `json:"tone,omitempty"`
	// Level is the RMS level of the packet's own audio in dBov, from -1 to -127, which is also that of
	// digital silence; 0 if none was decoded.
	Level int `json:"level,omitempty"`
	// Diagnosis explains a BadTag, or qualifies a packet that authenticates. Got and
	// Want are the bytes or the counter that it is about, where it is about a number.
	Diagnosis Diagnosis `json:"diagnosis,omitempty"`
	Got       int       `json:"got,omitempty"`
	Want      int       `json:"want,omitempty"`
	// Received is the peer's own count of our packets, from an RTCP report block.
	Received uint32 `json:"received,omitempty"`
}
