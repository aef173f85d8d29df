// Package media is the mock's end of a call's audio: a pair of UDP sockets that sends a tone over RTP or SRTP (RFC
// 3550, RFC 3711) and reports what each received datagram is and under which key.
//
// What it receives goes to an [observation.Log], one Media event for each datagram. See [Endpoint] for the classes of
// datagrams, and [OtherDirection] and its neighbours for the diagnoses of packets that do not authenticate. The
// package serves this module and may change.
package media

import (
	"net/netip"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/sdes"
)

// Config configures an [Endpoint].
type Config struct {
	// Address is the local address of both sockets.
	Address netip.Addr
	// Ports are those that the sockets may have, the zero value any, and Turn whose turn it is among them; nil begins
	// with the first for each endpoint.
	Ports PortRange
	Turn  *Turn
	// Log receives the observations. It is required.
	Log *observation.Log
	// Gate says whose datagrams are taken, and where media goes; nil: anybody's, anywhere. If it says that the peer is
	// behind a NAT, media goes to where the peer's own comes from: see [peers.Peers.Latch].
	Gate *peers.Gate
	// Signalling is where the peer's signalling comes from, for a Gate that does not know the peer otherwise.
	Signalling netip.Addr
	// Interval is the time between two packets; 0 means 20 ms. A packet always has 20 ms of audio: with a shorter
	// interval the tone is sent faster than it plays, which matters only to a peer with a jitter buffer.
	Interval time.Duration
	// ReportInterval is the time between two RTCP sender reports; 0 means 1 s.
	// The first is sent with the fifth packet, whatever the interval.
	ReportInterval time.Duration
	// Wire keeps the datagrams themselves: each Media event has its datagram in
	// Bytes, and what is sent has events too, with Dir Out. Without it, only the first packet of each stream that no
	// known key opens is kept.
	Wire bool
	// Waiting is the room for early media, which the endpoints of a mock share; nil gives the endpoint its own.
	Waiting *Waiting
}

// Session is what offer and answer have agreed on for one stream.
type Session struct {
	// Remote is where RTP goes. The zero value sends nothing, and nor does an unspecified address such as 0.0.0.0. If the
	// gate has something against it, nothing is sent either, and the log says so ([observation.MediaWithheld]). Of a peer
	// behind a NAT it is only what the peer has described.
	Remote netip.AddrPort
	// RemoteRTCP is where RTCP goes; the zero value means the port after
	// Remote's. If it is Remote itself (rtcp-mux, RFC 5761), RTCP leaves from
	// the RTP socket. An unspecified address sends no RTCP.
	RemoteRTCP netip.AddrPort
	// Send is the key of our own a=crypto, which protects what we send; Receive is that of the peer's, which opens
	// what it sends. Nil means plain RTP.
	Send, Receive *Keying
	// PayloadType is [PCMU] or [PCMA].
	PayloadType uint8
	// Tone is the frequency in Hz of the sine that is sent, 1 to 3999; 0 means
	// [DefaultTone].
	Tone int
	// Echo sends the received audio back instead of the tone: one packet for each that could be decoded, and silence
	// before the first.
	Echo bool
	// Strays are further keys that either side has offered. The peer may protect with one of them by mistake, which a
	// diagnosis then says.
	Strays []Stray
	// Dressed has each packet carry contributing sources, a header extension and padding, and the stream pause: all of it
	// legal, and seldom met.
	Dressed bool
	// Mute sends neither RTP nor RTCP, as for a=recvonly and a=inactive.
	Mute bool
}

// Stray is a key that is not to be used in a stream.
type Stray struct {
	// Origin is the diagnosis for a packet under the key: [OtherDirection], [OtherAttribute] or [OtherCall].
	Origin observation.Diagnosis
	Keying Keying
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
	// Suite is a crypto-suite of RFC 4568, 6188 or 7714 that package sdes knows.
	Suite string
	Key   sdes.Key
	// Rate is the key derivation rate: after so many packets the session keys are derived anew (RFC 3711 §4.3.1); 0 for
	// never. The other implementation of SRTP has no such rate, so packets under one are opened by ours alone.
	Rate uint64
	// Others are further keys under other MKIs of the same length. Received packets may be under any of them; sent
	// packets are under Key.
	Others []sdes.Key
}

// KeyingOf returns the keying in an attribute.
func KeyingOf(a sdes.Attribute) *Keying {
	k := &Keying{Suite: a.Suite, Rate: a.DerivationRate()}
	if len(a.Keys) > 0 {
		k.Key, k.Others = a.Keys[0], a.Keys[1:]
	}
	return k
}
