package reference

import (
	"math"
	"math/bits"
)

// Audio is what the device sends in a call.
type Audio int

// What a device can send.
const (
	// Echo is a tone until audio comes, and from then on what comes.
	Echo Audio = iota
	// Tone is a tone, whatever comes.
	Tone
	// Reports is RTCP without RTP.
	Reports
	// NoMedia is neither.
	NoMedia
)

// The tones that the device plays.
const (
	toneFrequency = 440  // Hz
	milliwatt     = 1004 // Hz, of the test tone that telephone networks use
	toneAmplitude = 8000
	sampleRate    = 8000 // Hz
)

// toneSample returns the nth sample of a tone of that frequency in Hz, linear with 16 bits.
func toneSample(n, hz int) int {
	return int(toneAmplitude * math.Sin(2*math.Pi*float64(hz)*float64(n)/sampleRate))
}

// encodeMuLaw encodes a linear sample of 16 bits in G.711 µ-law.
func encodeMuLaw(sample int) byte {
	const bias, clip = 0x84, 32635
	sign := byte(0)
	if sample < 0 {
		sample, sign = -sample, 0x80
	}
	sample = min(sample, clip) + bias
	exponent := bits.Len(uint(sample)) - 8
	mantissa := byte(sample>>(exponent+3)) & 0x0F
	return ^(sign | byte(exponent)<<4 | mantissa)
}

// encodeALaw encodes a linear sample of 16 bits in G.711 A-law.
func encodeALaw(sample int) byte {
	const clip = 32767
	sign := byte(0x80)
	if sample < 0 {
		sample, sign = -sample-1, 0
	}
	sample = min(sample, clip)
	code := byte(sample >> 4)
	if exponent := bits.Len(uint(sample)) - 8; exponent > 0 {
		code = byte(exponent)<<4 | byte(sample>>(exponent+3))&0x0F
	}
	return (sign | code) ^ 0x55
}
