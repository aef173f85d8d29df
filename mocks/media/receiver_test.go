package media

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/pion/srtp/v2"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
)

func TestAuthentic(t *testing.T) {
	t.Parallel()
	for suite := range profiles {
		for name, mki := range map[string][]byte{"": nil, " with MKI": {0, 0, 0, 7}} {
			t.Run(suite+name, func(t *testing.T) {
				t.Parallel()
				theirs := keying(t, suite, 1, mki...)
				r, d := newReceiver(t, keying(t, suite, 2), theirs), newDevice(t, theirs)
				for i := range 5 {
					m := judged(r, d.tone()).Media
					if m.Class != observation.AuthenticRTP || m.Diagnosis != "" || m.Payload != 160 || m.SSRC != d.ssrc ||
						m.Sequence != uint16(1000+i) || m.PayloadType != PCMU {
						t.Fatalf("packet %d: %+v", i, m)
					}
					if want := 0; i < 3 && m.Tone != want {
						t.Errorf("packet %d has a tone of %d Hz", i, m.Tone)
					}
					if i >= 3 && abs(m.Tone-DefaultTone) > ToneTolerance {
						t.Errorf("packet %d has a tone of %d Hz", i, m.Tone)
					}
				}
				m := judged(r, d.sealRTCP(d.report(ourSSRC, ourFirst+99, 10))).Media
				if m.Class != observation.AuthenticRTCP || m.Diagnosis != "" || m.Received != 90 || m.SSRC != d.ssrc || m.PayloadType != 201 {
					t.Errorf("report: %+v", m)
				}
			})
		}
	}
}

// TestPadding checks that RTP padding (RFC 3550 §5.1) does not count as payload, in clear and after decryption,
// unless its length is impossible.
func TestPadding(t *testing.T) {
	t.Parallel()
	theirs := keying(t, cm80, 1)
	for _, tt := range []struct {
		last byte
		want int
	}{{4, 160}, {0, 164}, {200, 164}, {164, 0}} {
		d := newDevice(t, theirs)
		packet := append(d.clear(PCMU, 1004), 0, 0, 0, tt.last)
		packet[0] |= 0x20
		if m := judged(newReceiver(t, nil, theirs), d.seal(packet)).Media; m.Class != observation.AuthenticRTP || m.Payload != tt.want {
			t.Errorf("padding of %d, sealed: %s, %d bytes, want %d", tt.last, m.Class, m.Payload, tt.want)
		}
		if m := judged(newReceiver(t, nil, nil), packet).Media; m.Class != observation.ClearRTP || m.Payload != tt.want {
			t.Errorf("padding of %d, in clear: %s, %d bytes, want %d", tt.last, m.Class, m.Payload, tt.want)
		}
	}
}

// TestNotEncryptedIsHeard checks that audio which is only authenticated is decoded.
func TestNotEncryptedIsHeard(t *testing.T) {
	t.Parallel()
	theirs := keying(t, cm80, 1)
	r, d := newReceiver(t, nil, theirs), newDevice(t, theirs, srtp.SRTPNoEncryption())
	var m *observation.MediaInfo
	for range 5 {
		m = judged(r, d.tone()).Media
	}
	if m.Diagnosis != observation.NotEncrypted || m.Payload != 160 || abs(m.Tone-1004) > ToneTolerance {
		t.Errorf("%+v", m)
	}
}

// TestClearIsNeverCiphertext sends a long stream under a wrong key and a long
// one in clear, of every codec and length that mocks negotiate.
func TestClearIsNeverCiphertext(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{cm80, cm32, gcm256} {
		r, wrong := newReceiver(t, nil, keying(t, suite, 1)), newDevice(t, keying(t, suite, 99))
		for i := range 300 {
			law, hz := uint8(i%2*8), 300+i*7
			if m := judged(r, wrong.seal(wrong.clear(law, hz))).Media; m.Class != observation.BadTag || m.Diagnosis != UnknownKey {
				t.Fatalf("%s: packet %d under a wrong key: %s %q", suite, i, m.Class, m.Diagnosis)
			}
			if m := judged(r, wrong.clear(law, hz)).Media; m.Class != observation.ClearRTP || m.Payload != 160 {
				t.Fatalf("%s: packet %d in clear: %s %q", suite, i, m.Class, m.Diagnosis)
			}
		}
	}
}

func TestWithoutKeys(t *testing.T) {
	t.Parallel()
	d := newDevice(t, keying(t, cm80, 1))
	tests := []struct {
		name   string
		packet []byte
		class  observation.MediaClass
		want   observation.Diagnosis
	}{
		{"audio", d.clear(PCMU, 1004), observation.ClearRTP, ""},
		{"SRTP", d.tone(), observation.BadTag, NoKey},
		{"dynamic payload", d.packet(111, tag(rand.New(rand.NewPCG(1, 1)), 97)), observation.ClearRTP, ""},
		{"report", d.report(1, 2, 3), observation.ClearRTCP, ""},
		{"SRTCP", d.sealRTCP(d.report(1, 2, 3)), observation.BadTag, NoKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if m := judged(newReceiver(t, nil, nil), tt.packet).Media; m.Class != tt.class || m.Diagnosis != tt.want {
				t.Errorf("%s %q, want %s %q", m.Class, m.Diagnosis, tt.class, tt.want)
			}
		})
	}
}

// TestBounds sends more streams, and more packets without a diagnosis, than a receiver handles.
func TestBounds(t *testing.T) {
	t.Parallel()
	theirs := keying(t, cm80, 1)
	r := newReceiver(t, nil, theirs)
	wrong := newDevice(t, keying(t, cm80, 9))
	for range maxSearches + 5 {
		if m := judged(r, wrong.tone()).Media; m.Class != observation.BadTag || m.Diagnosis != UnknownKey {
			t.Fatalf("%s %q", m.Class, m.Diagnosis)
		}
	}
	if r.searches != maxSearches {
		t.Errorf("%d searches", r.searches)
	}
	d := newDevice(t, theirs)
	for i := range maxStreams + 5 {
		d.ssrc = uint32(i)
		if m := judged(r, d.tone()).Media; m.Class != observation.AuthenticRTP {
			t.Fatalf("stream %d: %s", i, m.Class)
		}
	}
	if len(r.streams) != maxStreams {
		t.Errorf("%d streams", len(r.streams))
	}
	if n := len(r.reports(r.log.Start())); n != 31 {
		t.Errorf("%d report blocks", n)
	}
}

// FuzzReceiver gives any datagram to receivers of every kind of session, between two good packets. It is logged once, the
// implementations of SRTP agree on it, and it does not disturb the stream.
func FuzzReceiver(f *testing.F) {
	plain := keying(f, cm80, 1)
	d := newDevice(f, plain)
	for _, seed := range [][]byte{
		d.tone(), d.clear(PCMA, 440), d.report(ourSSRC, ourFirst+1, 0), d.sealRTCP(d.report(1, 2, 3)),
		newDevice(f, keying(f, gcm256, 1)).tone(), insert(d.tone(), 4, 10), d.packet(PCMU, tag(rand.New(rand.NewPCG(1, 2)), 160)),
		{0, 1, 2, 3}, {22, 254, 253}, {0x80}, {0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, 1, 0x10, 0, 0, 0},
		{0xbf, 200, 0, 1, 0, 0, 0, 0}, {},
	} {
		f.Add(seed)
	}
	sessions := []*Keying{
		nil, plain, keying(f, cm32, 1, 1, 2), keying(f, gcm128, 1), keying(f, gcm256, 1, 1), keying(f, "F8_128_HMAC_SHA1_80", 1),
		{Suite: cm32, Key: key(f, cm32, 1, 1), Others: []sdes.Key{key(f, cm32, 2, 2)}},
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		for _, theirs := range sessions {
			r := newReceiver(t, nil, nil)
			agree(t, r, keying(t, cm80, 2), theirs, Stray{OtherAttribute, *keying(t, cm80, 6)})
			r.wire = true
			seal := sealing(t, theirs)
			judged(r, seal(1))
			e := judged(r, packet)
			checkJudged(t, e, packet, theirs)
			if good := judged(r, seal(2)).Media; theirs != nil && good.Class != observation.AuthenticRTP {
				t.Fatalf("under %s a good packet is %s %q afterwards", theirs.Suite, good.Class, good.Diagnosis)
			}
			if events := r.log.Events(); len(events) != 3 {
				t.Fatalf("%d events, the last %s: %s", len(events), events[len(events)-1].Kind, events[len(events)-1].Text)
			}
		}
	})
}

func checkJudged(t *testing.T, e observation.Event, packet []byte, theirs *Keying) {
	t.Helper()
	m := e.Media
	switch m.Class {
	case observation.AuthenticRTP, observation.AuthenticRTCP:
		if theirs == nil {
			t.Fatal("authentic without a key")
		}
	case observation.BadTag:
		if m.Diagnosis == "" {
			t.Fatal("a bad tag without a diagnosis")
		}
	case observation.ClearRTP, observation.ClearRTCP:
	case observation.Foreign:
		if e.Text == "" {
			t.Fatal("foreign without a name")
		}
	default:
		t.Fatalf("class %q", m.Class)
	}
	if string(e.Bytes) != string(packet) || m.Payload > len(packet) {
		t.Fatalf("%d bytes of payload in %d", m.Payload, len(packet))
	}
}

// sealing returns a function that makes good packets of a stream.
func sealing(t *testing.T, theirs *Keying) func(sequence uint16) []byte {
	t.Helper()
	clear := func(sequence uint16) []byte {
		d := &device{t: t, ssrc: 0xcafe0001, seq: sequence}
		return d.clear(PCMU, 440)
	}
	if theirs == nil {
		return clear
	}
	s := sealerOf(t, theirs)
	return func(sequence uint16) []byte {
		sealed, err := s.rtp(clear(sequence))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
}

// sealerOf returns what protects packets under a key.
func sealerOf(t *testing.T, k *Keying) *sealer {
	t.Helper()
	p, err := k.check()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSealer(*p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkReceiver(b *testing.B) {
	theirs, ours := keying(b, cm80, 1), keying(b, cm80, 2)
	d := newDevice(b, theirs)
	good := make([][]byte, 1000)
	for i := range good {
		good[i] = d.tone()
	}
	wrong := newDevice(b, keying(b, cm80, 3)).tone()
	at := netip.MustParseAddrPort("127.0.0.1:4000")
	for name, packets := range map[string][][]byte{"authentic": good, "clear": {d.clear(PCMU, 1004)}, "undiagnosable": {wrong}} {
		b.Run(name, func(b *testing.B) {
			r := newReceiver(b, ours, theirs)
			for i := 0; b.Loop(); i++ {
				if i%1000 == 0 { // a long log would dominate the measurement
					r = newReceiver(b, ours, theirs)
				}
				p := packets[i%len(packets)]
				r.take(datagram{bytes: p, local: at, remote: at})
			}
		})
	}
}
