package media

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
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
		want   observation.Diagnosis
	}{
		{"stray MKI of 1 byte", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 1, 10) }, observation.BadTag, StrayMKI(1)},
		{"stray MKI of 4 bytes", cm32, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 4, 4) }, observation.BadTag, StrayMKI(4)},
		{"stray MKI of 128 bytes", cm256, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 128, 10) }, observation.BadTag, StrayMKI(128)},
		{"stray MKI behind an AEAD tag", gcm128, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 4, 0) }, observation.BadTag, StrayMKI(4)},
		{"stray MKI that fills up a frame", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return insert(newDevice(t, k).tone(), 70, 10) }, observation.BadTag, StrayMKI(70)},
		{"MKI missing", cm80, mki, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, &Keying{Suite: k.Suite, Key: sdes.Key{Material: k.Key.Material}}).tone()
		}, observation.BadTag, MissingMKI},
		{"MKI of another value", gcm256, mki, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, &Keying{Suite: k.Suite, Key: sdes.Key{Material: k.Key.Material, HasMKI: true, MKI: []byte{9, 9, 9, 9}}}).tone()
		}, observation.BadTag, UnknownMKI},
		{"MKI of another length", cm80, mki, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, &Keying{Suite: k.Suite, Key: sdes.Key{Material: k.Key.Material, HasMKI: true, MKI: []byte{4}}}).tone()
		}, observation.BadTag, MKILength(1, 4)},
		{"short tag", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, &Keying{Suite: cm32, Key: k.Key}).tone() },
			observation.BadTag, TagLength(4, 10)},
		{"long tag", cm32, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, &Keying{Suite: cm80, Key: k.Key}).tone() },
			observation.BadTag, TagLength(10, 4)},
		{"short tag behind an MKI", cm256, mki, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, &Keying{Suite: "AES_256_CM_HMAC_SHA1_32", Key: k.Key}).tone()
		}, observation.BadTag, TagLength(4, 10)},
		{"our own key", cm80, nil,
			func(t *testing.T, ours, _ *Keying) []byte { return newDevice(t, ours).tone() }, observation.BadTag, OtherDirection},
		{"our own key under GCM", gcm256, nil,
			func(t *testing.T, ours, _ *Keying) []byte { return newDevice(t, ours).tone() }, observation.BadTag, OtherDirection},
		{"not encrypted", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k, srtp.SRTPNoEncryption()).tone() },
			observation.AuthenticRTP, observation.NotEncrypted},
		{"not encrypted, with MKI", cm32, mki,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k, srtp.SRTPNoEncryption()).tone() },
			observation.AuthenticRTP, observation.NotEncrypted},
		{"not encrypted under GCM", gcm128, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k, srtp.SRTPNoEncryption()).tone() },
			observation.BadTag, observation.NotEncrypted},
		{"no tag", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { p := newDevice(t, k).tone(); return p[:len(p)-10] }, observation.BadTag, NoTag},
		{"no tag under GCM", gcm256, nil,
			func(t *testing.T, _, k *Keying) []byte { p := newDevice(t, k).tone(); return p[:len(p)-16] }, observation.BadTag, NoTag},
		{"another key", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, keying(t, k.Suite, 77)).tone() }, observation.BadTag, UnknownKey},
		{"another key, 4-byte tag", cm32, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, keying(t, k.Suite, 77)).tone() }, observation.BadTag, UnknownKey},
		{"another key under GCM", gcm128, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, keying(t, k.Suite, 77)).tone() }, observation.BadTag, UnknownKey},
		{"another key, A-law", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, keying(t, k.Suite, 77))
			return d.seal(d.clear(PCMA, 440))
		}, observation.BadTag, UnknownKey},
		{"one bit flipped", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { p := newDevice(t, k).tone(); p[60] ^= 1; return p }, observation.BadTag, UnknownKey},
		{"telephone event under another key", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, keying(t, k.Suite, 77))
			return d.seal(d.packet(101, []byte{5, 10, 0, 160}))
		}, observation.BadTag, UnknownKey},
		{"PCMU in clear", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k).clear(PCMU, 1004) }, observation.ClearRTP, ""},
		{"PCMA in clear", gcm256, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k).clear(PCMA, 440) }, observation.ClearRTP, ""},
		{"silence in clear", cm32, nil, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, k).packet(PCMU, []byte(strings.Repeat("\xff", 160)))
		}, observation.ClearRTP, ""},
		{"noise in clear", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, k).packet(PCMU, tag(rand.New(rand.NewPCG(1, 2)), 160))
		}, observation.ClearRTP, ""},
		{"telephone event in clear", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			return newDevice(t, k).packet(101, []byte{5, 10, 0, 160})
		}, observation.ClearRTP, ""},

		{"report in clear", cm80, nil,
			func(t *testing.T, _, k *Keying) []byte { return newDevice(t, k).report(1, 2, 3) }, observation.ClearRTCP, ""},
		{"report authenticated only", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k, srtp.SRTCPNoEncryption())
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.AuthenticRTCP, observation.NotEncrypted},
		{"report authenticated only under GCM", gcm128, mki, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k, srtp.SRTCPNoEncryption())
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.AuthenticRTCP, observation.NotEncrypted},
		{"report under another key", cm80, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, keying(t, k.Suite, 77))
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.BadTag, UnknownKey},
		{"report under our key", gcm128, nil, func(t *testing.T, ours, _ *Keying) []byte {
			d := newDevice(t, ours)
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.BadTag, OtherDirection},
		{"report with stray MKI", cm32, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k)
			return insert(d.sealRTCP(d.report(1, 2, 3)), 4, 10)
		}, observation.BadTag, StrayMKI(4)},
		{"report without MKI", cm80, mki, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, &Keying{Suite: k.Suite, Key: sdes.Key{Material: k.Key.Material}})
			return d.sealRTCP(d.report(1, 2, 3))
		}, observation.BadTag, MissingMKI},
		{"report with the short tag of SRTP", cm32, nil, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k)
			p := d.sealRTCP(d.report(1, 2, 3))
			return p[:len(p)-6]
		}, observation.BadTag, TagLength(4, 10)},
		{"report with MKI and the short tag", cm32, mki, func(t *testing.T, _, k *Keying) []byte {
			d := newDevice(t, k)
			p := d.sealRTCP(d.report(1, 2, 3))
			return p[:len(p)-6]
		}, observation.BadTag, TagLength(4, 10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := keying(t, tt.suite, 2), keying(t, tt.suite, 1, tt.mki...)
			r := newReceiver(t, ours, theirs)
			packet := tt.packet(t, ours, theirs)
			m := judged(r, packet).Media
			if m.Class != tt.class || m.Diagnosis != tt.want {
				t.Fatalf("%s %q, want %s %q", m.Class, m.Diagnosis, tt.class, tt.want)
			}
			// The trials must not have disturbed the stream.
			if m := judged(r, newDevice(t, theirs).tone()).Media; m.Class != observation.AuthenticRTP {
				t.Errorf("a good packet afterwards is %s %q", m.Class, m.Diagnosis)
			}
		})
	}
}
