package media

import (
	"math"

	"github.com/sipconform/sipconform/mocks/observation"
)

// This file distinguishes plain RTP from SRTP that does not authenticate. Both have the same header in clear, so only
// the payload can show the difference, in two ways:
//
// Length. A payload of G.711 or G.722 is a whole number of 10 ms frames of 80 bytes, whatever the packet time. SRTP
// adds a tag of 4, 10 or 16 bytes, so its payload is not, unless an MKI happens to fill up the frame.
//
// Content. The ciphertext of AES looks like random octets, each of 256 values as likely as any other. The octets of
// G.711 do not: their upper half has the sign and the loudness, which are not random in sound, and sound repeats
// itself. So there are two measures, whose values for random octets are known: how evenly the 16 values of the upper
// half are used, and how many pairs of equal octets there are. One packet of 20 ms is enough to recognise any steady
// sound, white noise included, and a random one passes for audio less than once in 10^5.

// frameBytes is the size of 10 ms of G.711 and of G.722.
const frameBytes = 80

// payloadG722 has frames of the same size as G.711, RFC 3551 §4.5.2.
const payloadG722 uint8 = 9

// wholeFrames reports whether a payload has the length of audio with nothing after it. It knows the payload types for
// which RFC 3551 fixes the length.
func wholeFrames(payloadType uint8, payload []byte) bool {
	switch payloadType {
	case PCMU, PCMA, payloadG722:
		return len(payload) > 0 && len(payload)%frameBytes == 0
	}
	return false
}

// isG711 reports whether a payload type is that of G.711.
func isG711(payloadType uint8) bool { return payloadType == PCMU || payloadType == PCMA }

// minContent is the least number of octets whose distribution is meaningful.
const minContent = 32

// looksRandom reports whether octets are distributed like ciphertext. Fewer than minContent always are.
func looksRandom(octets []byte) bool {
	n := float64(len(octets))
	if len(octets) < minContent {
		return true
	}
	var count [256]uint16 // no datagram has more
	pairs := 0
	for _, b := range octets {
		pairs += int(count[b])
		count[b]++
	}
	// Pairs are counts of rare events: their variance is their mean.
	mean := n * (n - 1) / 2 / 256
	if float64(pairs) > mean+5*math.Sqrt(mean)+3 {
		return false
	}
	// A chi-squared of 15 degrees of freedom exceeds 60 once in 4 million.
	var chiSquared float64
	for upper := range 16 {
		c := 0
		for _, of := range count[16*upper:][:16] {
			c += int(of)
		}
		chiSquared += (float64(c) - n/16) * (float64(c) - n/16) / (n / 16)
	}
	return chiSquared <= 60
}

// Payload types that are known by more than their number.
const (
	comfortNoise uint8 = 13 // RFC 3389
	firstDynamic uint8 = 96 // RFC 3551 §6
)

// lastEvent is the last event that telephones send: the digits, *, #, A to D and flash (RFC 4733 §3.2).
const lastEvent = 16

// isEvent reports whether a payload in clear is a telephone event.
func isEvent(payloadType uint8, payload []byte) bool {
	return payloadType >= firstDynamic && len(payload) == 4 && payload[0] <= lastEvent && payload[1]&0x40 == 0
}

// contentOf returns what a payload in clear is, if it is G.711 by the samples in it.
func contentOf(payloadType uint8, payload []byte, sound loudness) observation.Content {
	switch {
	case len(payload) == 0:
		return observation.HeaderAlone
	case payloadType == comfortNoise:
		return observation.ComfortNoise
	case isEvent(payloadType, payload):
		return observation.Events
	case sound.samples == 0:
		return observation.UnknownContent
	case sound.quiet():
		return observation.Silence
	}
	return observation.Audio
}

// clearInSecure is the rule for a packet that fails to authenticate in a secure
// stream whose tag has tagLength bytes. It is plain RTP if any of this holds:
//
//   - it is a telephone-event, to which no tag would fit;
//   - its payload is shorter than the tag, so it has none;
//   - its payload is a whole number of frames of its payload type;
//   - its payload is not random, so it is not encrypted.
//
// Any other payload is random and longer than it should be: encrypted and tagged under a key that was not negotiated.
// (A compressed codec that was not negotiated would look the same, but no mock offers one.)
func clearInSecure(payloadType uint8, payload []byte, tagLength int) bool {
	return isEvent(payloadType, payload) || len(payload) < tagLength || wholeFrames(payloadType, payload) ||
		!looksRandom(leadingFrames(payload))
}

// protectedWithoutKey is the rule if no key is known. Any codec may be in use, so a packet counts as plain RTP unless
// it claims to be G.711 and is both random and not a whole number of frames.
func protectedWithoutKey(payloadType uint8, payload []byte) bool {
	return isG711(payloadType) && len(payload) >= minContent &&
		!wholeFrames(payloadType, payload) && looksRandom(leadingFrames(payload))
}

// leadingFrames returns the whole frames of a payload, or all of it if it has none. What follows them, such as an MKI
// of mostly zeros, would distort the distribution.
func leadingFrames(payload []byte) []byte {
	if len(payload) < frameBytes {
		return payload
	}
	return payload[:len(payload)-len(payload)%frameBytes]
}
