package media

import "math"

// quietest is the level of digital silence, as in RFC 6464 §3.
const quietest = -127

// loudness is how many samples there are, and the sum of their squares on the 16-bit scale.
type loudness struct {
	samples int
	energy  int64
}

func loudnessOf(samples []int16) loudness {
	l := loudness{samples: len(samples)}
	for _, s := range samples {
		l.energy += int64(s) * int64(s)
	}
	return l
}

// quiet reports whether samples are below what the tone detector hears.
func (l loudness) quiet() bool { return l.energy < toneSilence*toneSilence*int64(l.samples) }

// level returns the RMS level in dBov, rounded: from -1 to -127, and 0 if there are no samples. The overload point is that of
// the 16-bit scale; G.711's own is less than a tenth of a decibel below it.
func (l loudness) level() int {
	const overload = 1 << 15
	switch {
	case l.samples == 0:
		return 0
	case l.energy == 0:
		return quietest
	}
	power := float64(l.energy) / (float64(l.samples) * overload * overload)
	return min(-1, max(quietest, int(math.Round(10*math.Log10(power)))))
}
