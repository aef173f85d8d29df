package observation

import "net/netip"

// MediaClass is what a datagram on a media socket turned out to be.
type MediaClass string

// The classes of datagram. Authentic packets carry the suite's tag under the
// negotiated key; Clear ones are valid plain RTP or RTCP; Foreign ones are
// neither RTP nor RTCP (STUN, DTLS: RFC 7983).
const (
	AuthenticRTP  MediaClass = "srtp"
	AuthenticRTCP MediaClass = "srtcp"
	ClearRTP      MediaClass = "rtp"
	ClearRTCP     MediaClass = "rtcp"
	BadTag        MediaClass = "bad-tag"
	Foreign       MediaClass = "foreign"
)

// Diagnosis says what is odd about a datagram: "stray MKI of 4 bytes", "tag of 4
// bytes instead of 10". Package media has the rest of them.
type Diagnosis string

// The diagnoses of packets that authenticate.
const (
	// NotEncrypted: the tag is right and the payload in clear, as it would be
	// under UNENCRYPTED_SRTP or UNENCRYPTED_SRTCP.
	NotEncrypted Diagnosis = "authenticated but not encrypted"
	// PreviousKey: the peer protects with the key from before the last offer and
	// answer. Until the first packet under the new key that is correct, and the
	// class is authentic; afterwards it is BadTag.
	PreviousKey Diagnosis = "previous key"
)

// MediaInfo is one datagram on a media socket, classified by its bytes alone.
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
	// Diagnosis explains a BadTag, or qualifies a packet that authenticates.
	Diagnosis Diagnosis `json:"diagnosis,omitempty"`
	// Received is the peer's own count of our packets, from an RTCP report block.
	Received uint32 `json:"received,omitempty"`
}
