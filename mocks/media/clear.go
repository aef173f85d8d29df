package media

import "math"

// This file tells plain RTP from SRTP that does not authenticate. Both have the
// same header in clear, so only the payload can tell. Two things about it do:
//
// Length. A payload of G.711 or G.722 is a whole number of 10 ms frames of 80
// bytes, whatever the packet time. SRTP adds a tag of 4, 10 or 16 bytes, so it
// is not, unless an MKI happens to fill up the frame.
//
// Content. The ciphertext of AES looks like random octets, each of 256 values
// as likely as any other. The octets of G.711 do not: sign and loudness are in
// their upper half, and sound is neither silent nor loud by the rules of chance;
// it also repeats itself. So there are two measures, each of which is known for
// random octets: how evenly the 16 values of the upper half are used, and how
// many pairs of equal octets there are. One packet of 20 ms tells any steady
// sound, white noise included, and a random one passes for audio less than once
// in 10^5.

// frameBytes is the size of 10 ms of G.711 and of G.722.
const frameBytes = 80

// payloadG722 has frames of the size of G.711's, RFC 3551 §4.5.2.
const payloadG722 uint8 = 9

// wholeFrames tells whether a payload has the length of audio without anything
// behind it. It knows the payload types that fix this in RFC 3551.
func wholeFrames(payloadType uint8, payload []byte) bool {
	switch payloadType {
	case PCMU, PCMA, payloadG722:
		return len(payload) > 0 && len(payload)%frameBytes == 0
	}
	return false
}

// minContent is the least number of octets whose distribution says anything.
const minContent = 32

// looksRandom tells whether octets are distributed like ciphertext. Too few of
// them always are.
func looksRandom(octets []byte) bool {
	n := float64(len(octets))
	if len(octets) < minContent {
		return true
	}
	var count [256]int
	var upper [16]float64
	pairs := 0
	for _, b := range octets {
		pairs += count[b]
		count[b]++
		upper[b>>4]++
	}
	// Pairs are counts of rare events: their variance is their mean.
	mean := n * (n - 1) / 2 / 256
	if float64(pairs) > mean+5*math.Sqrt(mean)+3 {
		return false
	}
	// A chi-squared of 15 degrees of freedom exceeds 60 once in 4 million.
	var chiSquared float64
	for _, c := range upper {
		chiSquared += (c - n/16) * (c - n/16) / (n / 16)
	}
	return chiSquared <= 60
}

// clearInSecure is the rule for a packet that fails to authenticate in a secure
// stream whose tag has tagLength bytes. It is plain RTP if any of this holds:
//
//   - its payload is shorter than the tag, so it has none;
//   - its payload is a whole number of frames of its payload type;
//   - its payload is not random, so it is not encrypted.
//
// What remains is random and longer than it should be: encrypted and tagged
// under a key that is not the negotiated one, or a compressed codec that was
// not negotiated, which does not occur with the codecs that a mock offers.
func clearInSecure(payloadType uint8, payload []byte, tagLength int) bool {
	return len(payload) < tagLength || wholeFrames(payloadType, payload) || !looksRandom(leadingFrames(payload))
}

// protectedWithoutKey is the rule where no key is known. Any codec may be in
// use, so a packet is taken for plain RTP unless it claims to be G.711 and is
// both random and not a whole number of frames.
func protectedWithoutKey(payloadType uint8, payload []byte) bool {
	return (payloadType == PCMU || payloadType == PCMA) && len(payload) >= minContent &&
		!wholeFrames(payloadType, payload) && looksRandom(leadingFrames(payload))
}

// leadingFrames returns the whole frames of a payload, or all of it if it has
// none: what an MKI of mostly zeros behind them looks like is of no interest.
func leadingFrames(payload []byte) []byte {
	if len(payload) < frameBytes {
		return payload
	}
	return payload[:len(payload)-len(payload)%frameBytes]
}
