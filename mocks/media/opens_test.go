package media

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// TestOpens tries the keys of another call on packets under them, and under none.
func TestOpens(t *testing.T) {
	t.Parallel()
	mki := []byte{0, 0, 7}
	for _, suite := range []string{cm80, cm32, cm256, gcm128, gcm256, "F8_128_HMAC_SHA1_80"} {
		theirs, other := keying(t, suite, 1), keying(t, suite, 2)
		marked := &Keying{Suite: suite, Key: sdes.Key{Material: theirs.Key.Material, HasMKI: true, MKI: mki}}
		two := &Keying{Suite: suite, Key: sdes.Key{Material: other.Key.Material, HasMKI: true, MKI: []byte{9, 9, 9}}, Others: []sdes.Key{marked.Key}}
		engine, err := srtp.New(suite, theirs.Key.Material)
		if err != nil {
			t.Fatal(err)
		}
		seal := func(counter uint32, mki []byte) []byte {
			form := engine.RTP()
			form.MKI = mki
			sealed, _ := engine.SealRTP([]byte{0x80, PCMU, 0, 1, 0, 0, 0, 0, 0xca, 0xfe, 0, 1, 1, 2, 3, 4}, counter, form)
			return sealed
		}
		plain := seal(0, nil)
		report, _ := engine.SealRTCP([]byte{0x80, receiverReport, 0, 1, 0xca, 0xfe, 0, 1}, 1, engine.RTCP())
		for name, c := range map[string]struct {
			packet []byte
			keys   *Keying
			want   bool
		}{
			"its key":                       {plain, theirs, true},
			"another":                       {plain, other, false},
			"none":                          {plain, nil, false},
			"a key that does not fit":       {plain, &Keying{Suite: suite, Key: sdes.Key{Material: mki}}, false},
			"its key, with an MKI in vain":  {plain, marked, true},
			"its key, with the MKI":         {seal(0, mki), marked, true},
			"its key, as the second of two": {seal(0, mki), two, true},
			"its key, after a wrap":         {seal(1, nil), theirs, true},
			"RTCP under its key":            {report, theirs, true},
			"RTCP under another":            {report, other, false},
			"nothing":                       {nil, theirs, false},
			"a header":                      {plain[:12], theirs, false},
		} {
			if got := c.keys.Opens(c.packet); got != c.want {
				t.Errorf("%s, %s: %v", suite, name, got)
			}
		}
	}
}

// TestKeepsStrangers: the first packet of a stream that no key opens is kept, and nothing else where packets are not.
func TestKeepsStrangers(t *testing.T) {
	t.Parallel()
	theirs := keying(t, cm80, 1)
	r, d, stranger := newReceiver(t, keying(t, cm80, 2), theirs), newDevice(t, theirs), newDevice(t, keying(t, cm80, 3))
	stranger.ssrc++
	kept := func(packet []byte) bool { return len(judged(r, packet).Bytes) > 0 }
	report := stranger.report(ourSSRC, ourFirst, 0)
	for _, c := range []struct {
		name   string
		packet []byte
		want   bool
	}{
		{"authentic", d.tone(), false},
		{"the first of a stream", stranger.tone(), true},
		{"the second", stranger.tone(), false},
		{"the first report about it", stranger.sealRTCP(report), true},
		{"the second", stranger.sealRTCP(report), false},
		{"a stray MKI, which is no riddle", insert(d.tone(), 4, 10), false},
	} {
		if kept(c.packet) != c.want {
			t.Errorf("%s: want %v", c.name, c.want)
		}
	}
	for range 2 * maxKept {
		stranger.ssrc++
		judged(r, stranger.tone())
	}
	if len(r.kept) != maxKept {
		t.Errorf("%d packets are kept", len(r.kept))
	}
	if m := judged(r, stranger.tone()).Media; m.Class != observation.BadTag {
		t.Errorf("%+v", m)
	}
}
