package media

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	pion "github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/srtp"
)

// TestDiagnosis breaks one thing at a time.
func TestDiagnosis(t *testing.T) {
	t.Parallel()
	mki := []byte{1, 2, 3, 4}
	tests := []struct {
		name   string
		suite  string
		mki    []byte // declared
		packet func(t *testing.T, ours, theirs *Keying) []byte
		class  observation.MediaClass
		want   finding
	}{
		{"stray MKI of 1 byte", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 1, 10) },
			observation.BadTag, finding{StrayMKI, 1, 0}},
		{"stray MKI of 4 bytes", cm32, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 4, 4) },
			observation.BadTag, finding{StrayMKI, 4, 0}},
		{"stray MKI of 128 bytes", cm256, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 128, 10) },
			observation.BadTag, finding{StrayMKI, 128, 0}},
		{"stray MKI behind an AEAD tag", gcm128, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 4, 0) },
			observation.BadTag, finding{StrayMKI, 4, 0}},
		{"stray MKI that fills up a frame", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 70, 10) },
			observation.BadTag, finding{StrayMKI, 70, 0}},
		{"MKI missing", cm80, mki, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, &Keying{Suite: k.Suite, Key: sdes.Key{Material: k.Key.Material}}).tone()
		}, observation.BadTag, finding{MissingMKI, 0, 4}},
		{"MKI of another value", gcm256, mki, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, &Keying{Suite: k.Suite, Key: sdes.Key{Material: k.Key.Material, HasMKI: true, MKI: []byte{9, 9, 9, 9}}}).tone()
		}, observation.BadTag, finding{diagnosis: UnknownMKI}},
		{"MKI of another length", cm80, mki, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, &Keying{Suite: k.Suite, Key: sdes.Key{Material: k.Key.Material, HasMKI: true, MKI: []byte{4}}}).tone()
		}, observation.BadTag, finding{MKILength, 1, 4}},
		{"short tag", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, &Keying{Suite: cm32, Key: k.Key}).tone() },
			observation.BadTag, finding{TagLength, 4, 10}},
		{"long tag", cm32, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, &Keying{Suite: cm80, Key: k.Key}).tone() },
			observation.BadTag, finding{TagLength, 10, 4}},
		{"short tag behind an MKI", cm256, mki, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, &Keying{Suite: "AES_256_CM_HMAC_SHA1_32", Key: k.Key}).tone()
		}, observation.BadTag, finding{TagLength, 4, 10}},
		{"our own key", cm80, nil,
			func(t *testing.T, ours, _ *Keying) []byte { return newDevice(t, ours).tone() },
			observation.BadTag, finding{diagnosis: OtherDirection}},
		{"our own key under GCM", gcm256, nil,
			func(t *testing.T, ours, _ *Keying) []byte { return newDevice(t, ours).tone() },
			observation.BadTag, finding{diagnosis: OtherDirection}},
		{"not encrypted", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k, pion.SRTPNoEncryption()).tone() },
			observation.AuthenticRTP, finding{diagnosis: observation.NotEncrypted}},
		{"not encrypted, with MKI", cm32, mki,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k, pion.SRTPNoEncryption()).tone() },
			observation.AuthenticRTP, finding{diagnosis: observation.NotEncrypted}},
		{"not encrypted under GCM", gcm128, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k, pion.SRTPNoEncryption()).tone() },
			observation.BadTag, finding{diagnosis: observation.NotEncrypted}},
		{"no tag", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { p := newDevice(t, k).tone(); return p[:len(p)-10] },
			observation.BadTag, finding{diagnosis: NoTag}},
		{"no tag under GCM", gcm256, nil,
			func(t *testing.T, _, k *Keying) []byte { p := newDevice(t, k).tone(); return p[:len(p)-16] },
			observation.BadTag, finding{diagnosis: NoTag}},
		{"another key", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, keying(t, k.Suite, 77)).tone() },
			observation.BadTag, finding{diagnosis: UnknownKey}},
		{"another key, 4-byte tag", cm32, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, keying(t, k.Suite, 77)).tone() },
			observation.BadTag, finding{diagnosis: UnknownKey}},
		{"another key under GCM", gcm128, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, keying(t, k.Suite, 77)).tone() },
			observation.BadTag, finding{diagnosis: UnknownKey}},
		{"another key, A-law", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, keying(t, k.Suite, 77))
			return d.seal(d.clear(PCMA, 440))
		}, observation.BadTag, finding{diagnosis: UnknownKey}},
		{"one bit flipped", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { p := newDevice(t, k).tone(); p[60] ^= 1; return p },
			observation.BadTag, finding{diagnosis: UnknownKey}},
		{"telephone event under another key", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, keying(t, k.Suite, 77))
			return d.seal(d.packet(101, []byte{5, 10, 0, 160}))
		}, observation.BadTag, finding{diagnosis: UnknownKey}},
		{"PCMU in clear", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k).clear(PCMU, 1004) }, observation.ClearRTP, finding{}},
		{"PCMA in clear", gcm256, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k).clear(PCMA, 440) }, observation.ClearRTP, finding{}},
		{"silence in clear", cm32, nil, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, k).packet(PCMU, []byte(strings.Repeat("\xff", 160)))
		}, observation.ClearRTP, finding{}},
		{"noise in clear", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, k).packet(PCMU, tag(rand.New(rand.NewPCG(1, 2)), 160))
		}, observation.ClearRTP, finding{}},
		{"telephone event in clear", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, k).packet(101, []byte{5, 10, 0, 160})
		}, observation.ClearRTP, finding{}},

		{"report in clear", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k).report(1, 2, 3) }, observation.ClearRTCP, finding{}},
		{"report authenticated only", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k, pion.SRTCPNoEncryption())
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.AuthenticRTCP, finding{diagnosis: observation.NotEncrypted}},
		{"report authenticated only under GCM", gcm128, mki, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k, pion.SRTCPNoEncryption())
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.AuthenticRTCP, finding{diagnosis: observation.NotEncrypted}},
		{"report under another key", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, keying(t, k.Suite, 77))
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.BadTag, finding{diagnosis: UnknownKey}},
		{"report under our key", gcm128, nil, func(t *testing.T, ours, _ *Keying) []byte {
			d := newDevice(t, ours)
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.BadTag, finding{diagnosis: OtherDirection}},
		{"report with stray MKI", cm32, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k)
			return insert(d.sealRTCP(d.report(1, 2, 3)), 4, 10)
		}, observation.BadTag, finding{StrayMKI, 4, 0}},
		{"report without MKI", cm80, mki, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, &Keying{Suite: k.Suite, Key: sdes.Key{Material: k.Key.Material}})
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.BadTag, finding{MissingMKI, 0, 4}},
		{"report with the short tag of SRTP", cm32, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k)
			p := d.sealRTCP(d.report(1, 2, 3))
			return p[:len(p)-6]
		}, observation.BadTag, finding{TagLength, 4, 10}},
		{"report with MKI and the short tag", cm32, mki, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k)
			p := d.sealRTCP(d.report(1, 2, 3))
			return p[:len(p)-6]
		}, observation.BadTag, finding{TagLength, 4, 10}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := keying(t, tt.suite, 2), keying(t, tt.suite, 1, tt.mki...)
			r := newReceiver(t, ours, theirs)
			packet := tt.packet(t, ours, theirs)
			m := judged(r, packet).Media
			if got := (finding{m.Diagnosis, m.Got, m.Want}); m.Class != tt.class || got != tt.want {
				t.Fatalf("%s %+v, want %s %+v", m.Class, got, tt.class, tt.want)
			}
			// The trials must not have disturbed the stream.
			if m := judged(r, newDevice(t, theirs).tone()).Media; m.Class != observation.AuthenticRTP {
				t.Errorf("a good packet afterwards is %s %q", m.Class, m.Diagnosis)
			}
		})
	}
}

// TestDiagnosisOfForms breaks what pion's library cannot: the packets are sealed by package srtp.
func TestDiagnosisOfForms(t *testing.T) {
	t.Parallel()
	type fault func(*forged)
	suite := func(name string) fault { return func(f *forged) { f.suite = name } }
	material := func(change func([]byte) []byte) fault { return func(f *forged) { f.material = change(f.material) } }
	for name, tt := range map[string]struct {
		suite string
		mki   []byte
		fault fault
		want  finding
	}{
		"tag of 8 bytes":  {cm80, nil, func(f *forged) { f.Tag = 8 }, finding{TagLength, 8, 10}},
		"tag of 16 bytes": {cm80, nil, func(f *forged) { f.Tag = 16 }, finding{TagLength, 16, 10}},
		"whole tag":       {cm32, nil, func(f *forged) { f.Tag = 20 }, finding{TagLength, 20, 4}},
		"short AEAD tag":  {gcm128, nil, func(f *forged) { f.Tag = 8 }, finding{TagLength, 8, 16}},
		"stray MKI behind the tag": {cm80, nil, func(f *forged) { f.MKI, f.At = []byte{0, 1}, srtp.Misplaced },
			finding{MisplacedMKI, 2, 0}},
		"MKI behind the tag": {cm80, []byte{0, 1}, func(f *forged) { f.At = srtp.Misplaced }, finding{MisplacedMKI, 2, 2}},
		"MKI before an AEAD tag": {gcm256, []byte{0, 1}, func(f *forged) { f.At = srtp.Misplaced },
			finding{MisplacedMKI, 2, 2}},
		"MKI that the tag covers":   {cm32, []byte{5}, func(f *forged) { f.At = srtp.Covered }, finding{CoveredMKI, 1, 1}},
		"rollover counter left out": {cm80, nil, func(f *forged) { f.NoRollover = true }, finding{NoRollover, 0, 0}},
		"half of the key":           {cm256, nil, func(f *forged) { half(f, cm80, 16, 32) }, finding{diagnosis: HalfKey}},
		"half of the key under GCM": {gcm256, nil, func(f *forged) { half(f, gcm128, 16, 32) }, finding{diagnosis: HalfKey}},
		"salt before key": {cm80, nil, material(func(m []byte) []byte { return slices.Concat(m[14:], m[:14]) }),
			finding{diagnosis: SwappedKey}},
		"F8": {cm80, nil, suite("F8_128_HMAC_SHA1_80"), finding{diagnosis: observation.Noise}},
		"GCM under a key for AES_CM": {cm80, nil, func(f *forged) { half(f, gcm128, 16, 16); f.material = f.material[:28]; f.Tag = 16 },
			finding{diagnosis: OtherSuite}},
		"AES_192 for a key of AES_256": {cm256, nil, func(f *forged) { half(f, "AES_192_CM_HMAC_SHA1_80", 24, 32) },
			finding{diagnosis: UnknownKey}},
		"another attribute's key": {cm80, nil, material(func([]byte) []byte { return key(t, cm80, 51).Material }),
			finding{diagnosis: OtherAttribute}},
		"another call's key": {gcm128, nil, material(func([]byte) []byte { return key(t, gcm128, 52).Material }),
			finding{diagnosis: OtherCall}},
		"our key of another attribute": {cm80, nil, material(func([]byte) []byte { return key(t, cm80, 53).Material }),
			finding{diagnosis: OtherDirection}},
		"another attribute's, with MKI": {cm80, []byte{9}, material(func([]byte) []byte { return key(t, cm80, 51).Material }),
			finding{diagnosis: OtherAttribute}},
		"rollover counter of its own": {cm80, nil, func(f *forged) { f.counter = 7 }, finding{diagnosis: UnknownKey}},
		"not encrypted, A-law under GCM": {gcm256, nil, func(f *forged) { f.Plain = true },
			finding{diagnosis: observation.NotEncrypted}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theirs := keying(t, tt.suite, 1, tt.mki...)
			r := newReceiver(t, keying(t, tt.suite, 2), nil)
			agree(t, r, keying(t, tt.suite, 2), theirs,
				Stray{OtherAttribute, *keying(t, cm80, 51)}, Stray{OtherCall, *keying(t, gcm128, 52)}, Stray{OtherDirection, *keying(t, cm80, 53)})
			f := &forged{suite: tt.suite, material: theirs.Key.Material}
			f.Tag, f.MKI = theirs.tag(t), tt.mki
			tt.fault(f)
			m := judged(r, f.seal(t, newDevice(t, keying(t, cm80, 9)).clear(PCMU, 440))).Media
			if got := (finding{m.Diagnosis, m.Got, m.Want}); got != tt.want {
				t.Errorf("%s %+v, want %+v", m.Class, got, tt.want)
			}
		})
	}
}

// forged is how a faulty device seals a packet.
type forged struct {
	suite    string
	material []byte
	counter  uint32
	srtp.Form
}

func (f *forged) seal(t *testing.T, packet []byte) []byte {
	t.Helper()
	k, err := srtp.New(f.suite, f.material)
	if err != nil {
		t.Fatal(err)
	}
	sealed, _ := k.SealRTP(packet, f.counter, f.Form)
	return sealed
}

// half has a device use the first n bytes of a master key of that length, with the salt.
func half(f *forged, suite string, n, of int) {
	f.suite, f.material = suite, slices.Concat(f.material[:n], f.material[of:])
}

// tag is the length of the keying's tag.
func (k *Keying) tag(t *testing.T) int {
	p, err := k.check()
	if err != nil {
		t.Fatal(err)
	}
	return p.suite.TagRTP
}

// BenchmarkSearch is the search that finds nothing, with as many keys as a receiver tries.
func BenchmarkSearch(b *testing.B) {
	r := newReceiver(b, nil, nil)
	var strays []Stray
	for i := range uint64(mostStrays) {
		strays = append(strays, Stray{OtherCall, *keying(b, cm80, 100+i)})
	}
	agree(b, r, keying(b, cm80, 2), keying(b, cm80, 1), strays...)
	packet := newDevice(b, keying(b, cm80, 77)).tone()
	for b.Loop() {
		r.searches = 0
		judged(r, packet)
	}
}
