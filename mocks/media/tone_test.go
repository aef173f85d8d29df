package media

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// TestG711 checks the values that ITU-T G.711 gives for the ends of the scale
// and that every octet survives decoding and encoding.
func TestG711(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		decode func(byte) int16
		octet  byte
		want   int16
	}{
		{"µ-law zero", decodeMuLaw, 0xff, 0},
		{"µ-law most positive", decodeMuLaw, 0x80, 32124},
		{"µ-law most negative", decodeMuLaw, 0x00, -32124},
		{"A-law least positive", decodeALaw, 0xd5, 8},
		{"A-law least negative", decodeALaw, 0x55, -8},
		{"A-law most positive", decodeALaw, 0xaa, 32256},
		{"A-law most negative", decodeALaw, 0x2a, -32256},
	} {
		if got := tt.decode(tt.octet); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	for i := range 256 {
		b := byte(i)
		if got := encodeALaw(decodeALaw(b)); got != b {
			t.Errorf("A-law %#x became %#x", b, got)
		}
		if got := encodeMuLaw(decodeMuLaw(b)); got != b && b != 0x7f { // 0x7f is negative zero
			t.Errorf("µ-law %#x became %#x", b, got)
		}
	}
	for s := -32768; s < 32768; s++ {
		for name, back := range map[string]int16{"µ-law": decodeMuLaw(encodeMuLaw(int16(s))), "A-law": decodeALaw(encodeALaw(int16(s)))} {
			if diff := abs(int(back) - s); diff > max(16, abs(s)/16) {
				t.Fatalf("%s: %d became %d", name, s, back)
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

// sine returns one second of a sine.
func sine(hz int) []int16 {
	samples := make([]int16, sampleRate)
	sineAt(hz, 0, samples)
	return samples
}

func TestDetector(t *testing.T) {
	t.Parallel()
	for _, law := range []uint8{PCMU, PCMA} {
		for hz := 100; hz <= 3900; hz += 7 {
			var d detector
			feedTone(&d, law, hz, 0, 4)
			if got := d.tone(); abs(got-hz) > 2 {
				t.Errorf("%d Hz measured as %d under payload type %d", hz, got, law)
			}
		}
	}
}

// TestPure checks that what is taken for a tone without a transform has the frequency that the transform finds, whatever its
// level and the noise beside it, and that most tones are.
func TestPure(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	taken, all := 0, 0
	for _, level := range []float64{1, 0.25, 0.05} {
		for _, noise := range []float64{0, 0.01, 0.03, 0.1} { // to the tone
			for hz := 100; hz <= 3900; hz += 7 {
				tone := sine(hz)
				for i := range tone {
					tone[i] = int16(level * (float64(tone[i]) + noise*toneAmplitude*random.NormFloat64()))
				}
				var d detector
				for packet := range 4 {
					decoded, _ := decodeAudio(nil, PCMU, encodeAudio(PCMU, tone[packet*samplesPerPacket:][:samplesPerPacket]))
					d.feed(decoded)
				}
				pure, peak := d.pure(), d.peak()
				if pure > 0 && (abs(pure-peak) > 3 || abs(pure-hz) > 3) {
					t.Errorf("%d Hz at level %g with noise of %g is %d, and %d by its spectrum", hz, level, noise, pure, peak)
				}
				if noise == 0 {
					all++
					taken += min(1, pure)
				}
			}
		}
	}
	if taken < all*8/10 {
		t.Errorf("%d of %d tones without noise are taken for pure", taken, all)
	}
}

// feedTone feeds packets of a tone that has gone through G.711.
func feedTone(d *detector, law uint8, hz, from, packets int) {
	samples := sine(hz)
	for i := from; i < from+packets; i++ {
		decoded, _ := decodeAudio(nil, law, encodeAudio(law, samples[i%50*samplesPerPacket:][:samplesPerPacket]))
		d.feed(decoded)
	}
}

// TestDetectorPieces: in packets of whatever length, among them such that have nothing, a tone is the same, and what is kept of
// it has a limit.
func TestDetectorPieces(t *testing.T) {
	t.Parallel()
	tone := sine(1010)
	for _, piece := range []int{1, 2, 3, 80, 160, 240, 400, 512, 600, 4000} {
		var d detector
		for from := 0; from+piece <= len(tone); from += piece {
			d.feed(tone[from:][:piece])
			d.feed(nil)
		}
		samples := 0
		for _, b := range d.blocks {
			samples += b.samples
		}
		if got := d.tone(); abs(got-1010) > 2 || len(d.blocks) > toneWindow || samples != d.sum.samples || samples > toneWindow {
			t.Errorf("in pieces of %d: %d Hz, and %d blocks of %d samples, counted %d", piece, got, len(d.blocks), samples, d.sum.samples)
		}
	}
}

func TestDetectorHearsNothing(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	for name, next := range map[string]func() int16{
		"silence":       func() int16 { return 0 },
		"faint hum":     func() int16 { return int16(random.IntN(100)) - 50 },
		"white noise":   func() int16 { return int16(random.NormFloat64() * 4000) },
		"random octets": func() int16 { return muLaw[byte(random.Uint32())] },
		"constant":      func() int16 { return 8000 },
	} {
		var d detector
		for range 50 {
			samples := make([]int16, samplesPerPacket)
			for i := range samples {
				samples[i] = next()
			}
			d.feed(samples)
			if got := d.tone(); got != 0 {
				t.Errorf("%s has a tone of %d Hz", name, got)
			}
		}
	}
}

func TestDetectorNeedsAWindow(t *testing.T) {
	t.Parallel()
	var d detector
	for packets, want := range []int{0, 0, 0, 0, 440} {
		if got := d.tone(); abs(got-want) > 2 {
			t.Errorf("after %d packets: %d, want %d", packets, got, want)
		}
		feedTone(&d, PCMU, 440, packets, 1)
	}
}

// TestDetectorFollows changes the tone and loses packets.
func TestDetectorFollows(t *testing.T) {
	t.Parallel()
	var d detector
	feedTone(&d, PCMU, 440, 0, 10)
	feedTone(&d, PCMU, 1004, 0, 4)
	if got := d.tone(); abs(got-1004) > 2 {
		t.Errorf("after the change: %d", got)
	}
	for lost := range 20 {
		feedTone(&d, PCMU, 1004, lost*3, 2) // every third packet is lost
		if got := d.tone(); got != 0 && abs(got-1004) > ToneTolerance {
			t.Errorf("with losses: %d", got)
		}
	}
	d.feed(make([]int16, 2*toneWindow))
	if got := d.tone(); got != 0 {
		t.Errorf("after a long silence: %d", got)
	}
}

// TestUntangle compares each line with the sum that defines it.
func TestUntangle(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	var samples [toneWindow]float64
	var pairs [toneWindow / 2]complex128
	for i := range samples {
		samples[i] = random.NormFloat64()
	}
	for i := range pairs {
		pairs[i] = complex(samples[2*i], samples[2*i+1])
	}
	transform(&pairs)
	for line := 1; line < len(pairs); line++ {
		var want complex128
		for i, sample := range samples {
			want += complex(sample, 0) * cmplx.Rect(1, -2*math.Pi*float64(line*i%toneWindow)/toneWindow)
		}
		if got := untangle(&pairs, line); cmplx.Abs(got-want) > 1e-9 {
			t.Errorf("line %d is %v, want %v", line, got, want)
		}
	}
}

func BenchmarkDetector(b *testing.B) {
	var d detector
	feedTone(&d, PCMU, 1004, 0, 10)
	samples := sine(1004)[:samplesPerPacket]
	for b.Loop() {
		d.feed(samples)
		d.tone()
	}
}
