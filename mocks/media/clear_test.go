package media

import (
	crand "crypto/rand"
	"math"
	"math/rand/v2"
	"testing"
)

// audio returns a packet of samples in A-law or µ-law.
func audio(law uint8, next func(i int) float64) []byte {
	samples := make([]int16, samplesPerPacket)
	for i := range samples {
		samples[i] = int16(max(-32768, min(32767, next(i))))
	}
	return encodeAudio(law, samples)
}

// TestAudioIsNotRandom has the noisiest audio, in every loudness, with a random tag, so that only the content can
// show that it is audio.
func TestAudioIsNotRandom(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for _, law := range []uint8{PCMU, PCMA} {
		for loudness := 1.0; loudness <= 16384; loudness *= 1.5 {
			sources := map[string]func(i int) float64{
				"white noise": func(int) float64 { return loudness * random.NormFloat64() },
				"flat noise":  func(int) float64 { return loudness * (2*random.Float64() - 1) },
				"1004 Hz":     func(i int) float64 { return loudness * 2 * math.Sin(2*math.Pi*1004*float64(i)/8000) },
				"sweep":       func(i int) float64 { return loudness * 2 * math.Sin(float64(i*i)/400) },
				"two tones":   func(i int) float64 { return loudness * (math.Sin(float64(i)*0.7) + math.Sin(float64(i)*1.03)) },
			}
			for name, next := range sources {
				for range 20 {
					packet := append(audio(law, next), tag(random, 10)...)
					if looksRandom(packet) {
						t.Fatalf("%s of loudness %.0f under payload type %d looks random", name, loudness, law)
					}
				}
			}
		}
	}
}

func tag(random *rand.Rand, n int) []byte {
	tag := make([]byte, n)
	for i := range tag {
		tag[i] = byte(random.Uint32())
	}
	return tag
}

func TestCiphertextIsRandom(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	for _, n := range []int{minContent, 90, 164, 170, 176, 490, 1400} {
		octets, clear := make([]byte, n), 0
		for range 5000 {
			random.Read(octets)
			if !looksRandom(octets) {
				clear++
			}
		}
		if clear > 1 { // one may be chance
			t.Errorf("%d of 5000 random payloads of %d bytes pass for audio", clear, n)
		}
	}
}

func TestClearRules(t *testing.T) {
	t.Parallel()
	speech := audio(PCMU, func(i int) float64 { return 3000 * math.Sin(float64(i)/3) })
	noise := make([]byte, 600)
	crand.Read(noise)
	tests := []struct {
		name        string
		payloadType uint8
		payload     []byte
		secure      bool // clear where a key of a 10-byte tag is known
		keyless     bool // clear where none is
	}{
		{"PCMU 20 ms", PCMU, speech, true, true},
		{"PCMA 20 ms", PCMA, speech, true, true},
		{"PCMU 10 ms", PCMU, speech[:80], true, true},
		{"silence", PCMU, make([]byte, 160), true, true},
		{"audio and something behind it", PCMU, append(speech[:160:160], noise[:10]...), true, true},
		{"random but whole frames", PCMU, noise[:160], true, true},
		{"random G.722 frames", payloadG722, noise[:160], true, true},
		{"random and 10 bytes more", PCMU, noise[:170], false, false},
		{"random and 4 bytes more", PCMA, noise[:164], false, false},
		{"random and 16 bytes more", PCMA, noise[:256], false, false},
		{"random, an MKI of zeros and a tag", PCMU, append(append(noise[:160:160], make([]byte, 32)...), noise[:10]...), false, false},
		{"30 ms, encrypted", PCMU, noise[:250], false, false},
		{"telephone event", 101, []byte{5, 10, 0, 160}, true, true},
		{"telephone event, encrypted", 101, noise[:14], false, true},
		{"comfort noise", 13, []byte{60}, true, true},
		{"opus", 111, noise[:60], false, true},
		{"empty", PCMU, nil, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := clearInSecure(tt.payloadType, tt.payload, 10); got != tt.secure {
				t.Errorf("with a key: clear %v", got)
			}
			if got := !protectedWithoutKey(tt.payloadType, tt.payload); got != tt.keyless {
				t.Errorf("without a key: clear %v", got)
			}
		})
	}
}
