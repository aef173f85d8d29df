package media

import (
	"bytes"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// FuzzDiagnosis seals a packet as it was agreed, or with some mistakes, and changes one byte of it or none. What was
// sealed as agreed is authentic, a lone mistake about the tag's or the MKI's length is found, and whatever the packet is,
// the implementations of SRTP agree.
func FuzzDiagnosis(f *testing.F) {
	sound := encodeAudio(PCMU, sine(440)[:samplesPerPacket])
	for suite := range uint8(len(sdes.SuiteNames())) {
		for mistakes := range uint32(64) {
			f.Add(sound, suite, mistakes*mistakes*2654435761, uint16(0), byte(mistakes&1))
		}
		f.Add(sound, suite, uint32(0), uint16(0), byte(0))
		f.Add([]byte{}, suite, uint32(1), uint16(0), byte(0))
	}
	f.Fuzz(func(t *testing.T, payload []byte, suite uint8, mistakes uint32, at uint16, change byte) {
		if len(payload) > 2000 {
			return
		}
		take := func(n uint32) uint32 { // the next of the packet's properties
			defer func() { mistakes /= n }()
			return mistakes % n
		}
		isRTCP := take(2) == 1
		names := sdes.SuiteNames()
		lengths := []int{0, 1, 4, 128}
		mki := bytes.Repeat([]byte{7, 0, 3}, 43)
		theirs := keying(t, names[int(suite)%len(names)], 1, mki[:lengths[take(4)]]...)
		k, err := srtp.New(theirs.Suite, theirs.Key.Material)
		if err != nil {
			t.Fatal(err)
		}

		agreed := k.RTP()
		packet := append([]byte{0x80, PCMU, 0, 1, 0, 0, 0, 0, 0xca, 0xfe, 0, 1}, payload...)
		seal := func(counter uint32, f srtp.Form) ([]byte, bool) { return k.SealRTP(packet, counter, f) }
		if isRTCP {
			agreed = k.RTCP()
			packet = append([]byte{0x80, receiverReport, 0, 1, 0xca, 0xfe, 0, 1}, payload...)
			seal = func(index uint32, f srtp.Form) ([]byte, bool) { return k.SealRTCP(packet, index, f) }
		}
		agreed.MKI = theirs.Key.MKI
		form := agreed
		form.Tag = []int{agreed.Tag, agreed.Tag, 4, 8, 10, 16, 20}[take(7)]
		if k.AEAD() {
			form.Tag = min(form.Tag, 16)
		}
		if n := take(8); n >= 4 {
			form.MKI = mki[:lengths[n-4]]
		}
		form.At = []srtp.Place{srtp.Usual, srtp.Usual, srtp.Misplaced, srtp.Covered}[take(4)]
		form.Plain, form.NoRollover = take(4) == 3, take(4) == 3
		counter := []uint32{0, 0, 1, 1<<32 - 1}[take(4)]
		sealed, ok := seal(counter, form)
		if !ok {
			t.Fatalf("%x is not sealed as %+v", packet, form)
		}
		sealed[int(at)%len(sealed)] ^= change

		own := keying(t, theirs.Suite, 2)
		r := newReceiver(t, own, theirs)
		m := judged(r, sealed).Media
		for _, e := range r.log.Events() {
			if e.Kind == observation.Fault {
				t.Fatalf("%s, %+v: %x: %s", theirs.Suite, form, sealed, e.Text)
			}
		}
		if m.Class == observation.BadTag && m.Diagnosis == "" {
			t.Fatalf("%s, %+v: %x has a bad tag without a diagnosis", theirs.Suite, form, sealed)
		}

		// What is certain.
		if change != 0 || form.At != srtp.Usual || form.Plain || form.NoRollover || counter != 0 {
			return
		}
		authentic := m.Class == observation.AuthenticRTP || m.Class == observation.AuthenticRTCP
		switch tag, sameMKI := form.Tag == agreed.Tag, len(form.MKI) == len(agreed.MKI); {
		case tag && sameMKI && !authentic:
			t.Fatalf("%s, %+v: %x is sealed as agreed, but is %s %s", theirs.Suite, form, sealed, m.Class, m.Diagnosis)
		case !tag && sameMKI && m.Diagnosis != TagLength:
			t.Fatalf("%s, %+v: %x has a wrong tag, but is %s %s", theirs.Suite, form, sealed, m.Class, m.Diagnosis)
		case tag && !sameMKI && !slices.Contains([]observation.Diagnosis{StrayMKI, MKILength, MissingMKI, CoveredMKI}, m.Diagnosis):
			t.Fatalf("%s, %+v: %x has a wrong MKI, but is %s %s", theirs.Suite, form, sealed, m.Class, m.Diagnosis)
		}
	})
}
