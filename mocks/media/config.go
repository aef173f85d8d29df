// Package media is the mock's end of a call's audio: a pair of UDP sockets that
// sends a tone over RTP or SRTP (RFC 3550, RFC 3711) and says of every datagram
// that comes what it is and under which key.
//
// What it sees goes to an [observation.Log], one Media event a datagram. See
// [Endpoint] for how a datagram is classed, and [OtherDirection] and its
// neighbours for what is said of packets that do not authenticate.
//
// The package serves this module and may change.
package media

import (
	"net/netip"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// Config is what an endpoint is made with.
type Config struct {
	// Address is the local address of both sockets.
	Address netip.Addr
	// Log receives what is seen. It is required.
	Log *observation.Log
	// Interval is the time between two packets; 0 means 20 ms. A packet always
	// has 20 ms of audio: a shorter interval plays the tone faster than time,
	// which only a peer with a jitter buffer minds.
	Interval time.Duration
	// ReportInterval is the time between two RTCP sender reports; 0 means 1 s.
	// The first is sent with the fifth packet, whatever the interval.
	ReportInterval time.Duration
	// Wire keeps the datagrams themselves: each Media event has its datagram in
	// Bytes, and what is sent has events too, with Dir Out.
	Wire bool
}

// Session is what offer and answer have agreed on for one stream.
type Session struct {
	// Remote is where RTP goes. The zero value sends nothing.
	Remote netip.AddrPort
	// RemoteRTCP is where RTCP goes; the zero value means the port after
	// Remote's. If it is Remote itself (rtcp-mux, RFC 5761), RTCP leaves from
	// the RTP socket.
	RemoteRTCP netip.AddrPort
	// Send is the key of our own a=crypto and protects what we send, Receive
	// that of the peer's and opens what it sends. Nil means plain RTP.
	Send, Receive *Keying
	// PayloadType is [PCMU] or [PCMA].
	PayloadType uint8
	// Tone is the frequency in Hz of the sine that is sent, 1 to 3999; 0 means
	// [DefaultTone].
	Tone int
	// Echo sends back the audio that comes instead of the tone: each packet of
	// it that could be decoded is one packet sent. Until the first, silence.
	Echo bool
	// Mute sends no RTP and no RTCP: a=recvonly and a=inactive.
	Mute bool
}

// Payload types of RFC 3551 that an endpoint can send and decode.
const (
	PCMU uint8 = 0
	PCMA uint8 = 8
)

// DefaultTone is the milliwatt test frequency in Hz.
const DefaultTone = 1004

// Keying is one direction's crypto-suite and master keys.
type Keying struct {
	// Suite is a crypto-suite of RFC 4568, 6188 or 7714: see [Suites].
	Suite string
	Key   sdes.Key
	// Others are further keys under other MKIs of the same length. All of them
	// open what comes; what is sent is protected with Key.
	Others []sdes.Key
}

// KeyingOf returns the keying that an attribute declares.
func KeyingOf(a sdes.Attribute) *Keying {
	k := &Keying{Suite: a.Suite}
	if len(a.Keys) > 0 {
		k.Key, k.Others = a.Keys[0], a.Keys[1:]
	}
	return k
}
