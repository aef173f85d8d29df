package media

import (
	"math"
	"math/bits"
	"math/cmplx"
	"slices"
	"sync"
)

// sampleRate is that of G.711, in Hz; a packet has 20 ms of it.
const (
	sampleRate       = 8000
	samplesPerPacket = sampleRate / 50
)

// ToneTolerance is how far, in Hz, [observation.MediaInfo].Tone can be from the frequency of a steady tone between
// 100 and 3900 Hz. A clean tone is measured to 2 Hz; the rest allows for a phase jump where a packet was lost.
const ToneTolerance = 10

// toneAmplitude is -6 dB of full scale.
const toneAmplitude = 16384

// sineAt fills samples with those of a sine from the one of a number on. Since hz is a whole number, a second of it can be
// repeated without a jump.
func sineAt(hz, from int, samples []int16) {
	turn := oneTurn()
	at, step := hz*from%sampleRate, hz%sampleRate
	for i := range samples {
		samples[i] = turn[at]
		if at += step; at >= sampleRate {
			at -= sampleRate
		}
	}
}

// oneTurn returns a sine of 1 Hz, from which all others are taken: each call has one or more.
var oneTurn = sync.OnceValue(func() *[sampleRate]int16 {
	var turn [sampleRate]int16
	for i := range turn {
		turn[i] = int16(math.Round(toneAmplitude * math.Sin(2*math.Pi*float64(i)/sampleRate)))
	}
	return &turn
})

// toneWindow is the number of samples that a detector uses: the last 64 ms.
const toneWindow = 512

// A spectrum has a tone if toneShare of its energy is in one line and it is louder than toneSilence.
const (
	toneShare   = 0.6
	toneSilence = 100 // root mean square on the 16-bit scale, -50 dB
	toneLowest  = 2   // first line that is not direct current under the window
)

// detector finds the dominant frequency of audio.
type detector struct {
	window [toneWindow]int16
	filled int
	blocks []block // of what was fed last, no more samples than the window has
	sum    block   // of them
}

// block is what [detector.pure] has to know of samples that follow each other: how many there are, and the sums of the
// square of each, of its product with its two neighbours, and of the square of these two together.
type block struct {
	samples                     int
	energy, product, neighbours int64
}

// add adds the sums of further samples, or takes them away if sign is -1.
func (b *block) add(other block, sign int64) {
	b.samples += int(sign) * other.samples
	b.energy += sign * other.energy
	b.product += sign * other.product
	b.neighbours += sign * other.neighbours
}

// feed appends samples to the window.
func (d *detector) feed(samples []int16) {
	if len(samples) > toneWindow {
		*d = detector{}
		samples = samples[len(samples)-toneWindow:]
	}
	d.count(samples)
	keep := min(d.filled, toneWindow-len(samples))
	copy(d.window[:keep], d.window[d.filled-keep:d.filled])
	d.filled = keep + copy(d.window[keep:], samples)
}

// count adds up what follows on the window: each sample but the last, and the last one of the window, has its neighbours now.
func (d *detector) count(samples []int16) {
	var before, x int64
	switch {
	case len(samples) == 0, d.filled < 2 && len(samples) <= 2:
		return
	case d.filled >= 2:
		before, x = int64(d.window[d.filled-2]), int64(d.window[d.filled-1])
	default:
		before, x = int64(samples[0]), int64(samples[1])
		samples = samples[2:]
	}
	b := block{samples: len(samples)}
	for _, sample := range samples {
		after := int64(sample)
		sum := before + after
		b.energy += x * x
		b.product += x * sum
		b.neighbours += sum * sum
		before, x = x, after
	}
	d.blocks = append(d.blocks, b)
	d.sum.add(b, 1)
	for d.sum.samples > toneWindow {
		d.sum.add(d.blocks[0], -1)
		d.blocks = slices.Delete(d.blocks, 0, 1)
	}
}

// tone returns the dominant frequency in Hz, or 0 for silence, for noise and until the window is full.
func (d *detector) tone() int {
	if d.filled < toneWindow {
		return 0
	}
	if hz := d.pure(); hz > 0 {
		return hz
	}
	return d.peak()
}

// pure returns the frequency of a tone that has next to nothing beside it, which most are, for next to nothing of what a
// transform costs; 0 where [detector.peak] has to look. Of a sine, the neighbours of every sample x add up to 2·cos(ω)·x, and the
// factor that fits best leaves no more than the noise of G.711.
func (d *detector) pure() int {
	const (
		most   = 0.005 // of the energy, that may be left
		lowest = 250   // Hz: below, a little noise moves the frequency much
	)
	if d.sum.samples < toneWindow/2 || d.sum.energy < toneSilence*toneSilence*int64(d.sum.samples) {
		return 0
	}
	own, product := float64(d.sum.energy), float64(d.sum.product)
	factor := product / own
	left := float64(d.sum.neighbours) - factor*product
	if left > most*own {
		return 0
	}
	// Noise adds to the energy and not to the product. White noise leaves 2 + factor² times its own energy.
	factor = product / (own - left/(2+factor*factor))
	if factor < -2 || factor > 2 {
		return 0
	}
	hz := int(math.Round(math.Acos(factor/2) * sampleRate / (2 * math.Pi)))
	if hz < lowest || hz > sampleRate/2-lowest {
		return 0
	}
	return hz
}

// peak is tone for any sound.
func (d *detector) peak() int {
	// Samples are real, so that two can share a complex number and half a transform does: see untangle.
	var pairs [toneWindow / 2]complex128
	var energy float64
	for i := range pairs {
		even, odd := float64(d.window[2*i]), float64(d.window[2*i+1])
		energy += even*even + odd*odd
		pairs[i] = complex(even*hann[2*i], odd*hann[2*i+1])
	}
	if energy < toneSilence*toneSilence*toneWindow {
		return 0
	}
	transform(&pairs)

	var power [toneWindow / 2]float64
	var total float64
	peak := toneLowest
	for i := toneLowest; i < len(power); i++ {
		line := untangle(&pairs, i)
		power[i] = real(line)*real(line) + imag(line)*imag(line)
		total += power[i]
		if power[i] > power[peak] {
			peak = i
		}
	}
	// The main lobe of the Hann window is four lines wide.
	var line float64
	for i := max(toneLowest, peak-2); i <= min(len(power)-1, peak+2); i++ {
		line += power[i]
	}
	if total == 0 || line < toneShare*total {
		return 0
	}
	// Near the middle of its lobe the window is a parabola on a logarithmic
	// scale, which places the frequency between the lines.
	offset := 0.0
	if peak > toneLowest && peak < len(power)-1 && power[peak-1] > 0 && power[peak+1] > 0 {
		left, middle, right := math.Log(power[peak-1]), math.Log(power[peak]), math.Log(power[peak+1])
		if bend := left - 2*middle + right; bend < 0 {
			offset = (left - right) / (2 * bend)
		}
	}
	return int(math.Round((float64(peak) + offset) * sampleRate / toneWindow))
}

// hann is the window function, twiddles the roots of unity of the transform, and reversed its order.
var (
	hann     = hannWindow()
	twiddles = roots()
	reversed = order()
)

func order() *[toneWindow / 2]uint8 {
	var r [toneWindow / 2]uint8
	for i := range r {
		r[i] = bits.Reverse8(uint8(i)) // of eight bits, as the transform has 256 places
	}
	return &r
}

func hannWindow() *[toneWindow]float64 {
	var w [toneWindow]float64
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/toneWindow)
	}
	return &w
}

func roots() *[toneWindow / 2]complex128 {
	var r [toneWindow / 2]complex128
	for i := range r {
		r[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/toneWindow)
	}
	return &r
}

// transform is the discrete Fourier transform in place, radix 2.
func transform(x *[toneWindow / 2]complex128) {
	const size = len(x)
	for i, j := range reversed {
		if i < int(j) {
			x[i], x[j] = x[j], x[i]
		}
	}
	for width := 2; width <= size; width <<= 1 {
		half, step := width/2, toneWindow/width
		for start := 0; start < size; start += width {
			low, high := x[start:start+half], x[start+half:start+width]
			for k, odd := range high {
				odd *= twiddles[k*step]
				low[k], high[k] = low[k]+odd, low[k]-odd
			}
		}
	}
}

// untangle returns a line of the transform of samples from that of their pairs, of which the even sample is the real part.
// It is for lines above 0.
func untangle(pairs *[toneWindow / 2]complex128, line int) complex128 {
	z, mirrored := pairs[line], cmplx.Conj(pairs[len(pairs)-line])
	even, odd := z+mirrored, z-mirrored
	return 0.5 * (even + complex(imag(odd), -real(odd))*twiddles[line])
}
