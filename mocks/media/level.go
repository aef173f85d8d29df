package media

import "math"

// quietest is the level of digital silence, as in RFC 6464 §3.
const quietest = -127

// level returns the RMS level of samples in dBov, rounded: from -1 to -127, and 0 if there are none. The overload point is
// that of the 16-bit scale; G.711's own is less than a tenth of a decibel below it.
func level(samples []int16) int {
	if len(samples) == 0 {
		return 0
	}
	const overload = 1 << 15
	var power float64
	for _, s := range samples {
		power += float64(s) * float64(s)
	}
	power /= float64(len(samples)) * overload * overload
	if power == 0 {
		return quietest
	}
	return min(-1, max(quietest, int(math.Round(10*math.Log10(power)))))
}
