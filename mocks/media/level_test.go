package media

import (
	"bytes"
	"testing"
)

func TestLevel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		samples []int16
		want    int
	}{
		"nothing":                    {nil, 0},
		"digital silence":            {make([]int16, 160), -127},
		"a full-scale square wave":   {[]int16{32767, -32768, 32767, -32768}, -1},
		"half of one":                {[]int16{16384, -16384}, -6},
		"the least that is not zero": {[]int16{1, -1}, -90},
	} {
		if got := loudnessOf(c.samples).level(); got != c.want {
			t.Errorf("%s: %d dBov, want %d", name, got, c.want)
		}
	}
	for _, law := range []uint8{PCMU, PCMA} {
		full := func(amplitude float64) []int16 {
			samples := sine(1000)[:800]
			largest := 0.0
			for _, s := range samples {
				largest = max(largest, float64(s))
			}
			for i := range samples {
				samples[i] = int16(float64(samples[i]) * amplitude / largest)
			}
			decoded, _ := decodeAudio(nil, law, encodeAudio(law, samples))
			return decoded
		}
		if got := loudnessOf(full(32000)).level(); got != -3 {
			t.Errorf("payload type %d: a full-scale sine has %d dBov, want -3", law, got)
		}
		if got := loudnessOf(full(320)).level(); got != -43 {
			t.Errorf("payload type %d: a hundredth of it has %d dBov, want -43", law, got)
		}
	}
}

// TestLevelOfPackets: each packet of audio has the level of its own, and no other packet has one.
func TestLevelOfPackets(t *testing.T) {
	t.Parallel()
	theirs := keying(t, cm80, 1)
	r, d := newReceiver(t, nil, theirs), newDevice(t, theirs)
	loud := judged(r, d.tone()).Media.Level
	if loud > -3 || loud < -30 {
		t.Errorf("a tone has %d dBov", loud)
	}
	if got := judged(r, d.seal(d.packet(PCMU, bytes.Repeat([]byte{0xff}, 160)))).Media.Level; got != -127 {
		t.Errorf("silence has %d dBov", got)
	}
	if got := judged(r, d.seal(d.packet(101, []byte{5, 10, 0, 160}))).Media.Level; got != 0 {
		t.Errorf("a digit has %d dBov", got)
	}
	stranger := newDevice(t, keying(t, cm80, 3))
	if got := judged(r, stranger.tone()).Media.Level; got != 0 {
		t.Errorf("what does not open has %d dBov", got)
	}
}
