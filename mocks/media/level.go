package media

import "math"

// quietest is the level of digital silence, as in RFC 6464 §3.
const quietest = -127

// power is the mean square of samples on the 16-bit scale.
type power float64

// powerOf returns the power of samples, 0 if there are none.
func powerOf(samples []int16) power {
	if len(samples) == 0 {
		return 0
	}
	var energy int64
	for _, s := range samples {
		energy += int64(s) * int64(s)
	}
	return power(float64(energy) / float64(len(samples)))
}

// quiet reports whether sound is below what the tone detector hears.
func (p power) quiet() bool { return p < toneSilence*toneSilence }

// level returns the level in dBov, rounded: from -1 to -127. The overload point is that of the 16-bit scale; G.711's own is
// less than a tenth of a decibel below it.
func (p power) level() int {
	const overload = 1 << 15
	if p == 0 {
		return quietest
	}
	return min(-1, max(quietest, int(math.Round(10*math.Log10(float64(p)/(overload*overload))))))
}
