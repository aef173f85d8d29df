package srtp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/sdes"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// A stream is what two ends agree on before they exchange packets.
type stream struct {
	suite         string // of package sdes
	tag           int    // of SRTP and SRTCP, if it is not the suite's
	material, mki []byte
	rollover      uint32 // of the first packet
	// clearRTP and clearRTCP leave SRTP and SRTCP authenticated only.
	clearRTP, clearRTCP bool
}

const (
	ssrc = 0xcafebabe
	// firstSequence makes the sequence number wrap behind the second packet.
	firstSequence = 0xfffe
)

// An implementation has one end of a stream. It counts its packets itself; only ours has to be told the rollover
// counter and the index.
type implementation interface {
	sealRTP(packet []byte, rollover uint32) ([]byte, error)
	openRTP(packet []byte, rollover uint32) ([]byte, error)
	sealRTCP(packet []byte, index uint32) ([]byte, error)
	openRTCP(packet []byte) ([]byte, error)
}

// ours is this package. It says of each packet what the others have to find out.
type ours struct {
	key       *Key
	rtp, rtcp Form
}

func newOurs(t testing.TB, s stream) ours {
	t.Helper()
	k, err := New(s.suite, s.material)
	if err != nil {
		t.Fatal(err)
	}
	o := ours{key: k, rtp: k.RTP(), rtcp: k.RTCP()}
	o.rtp.MKI, o.rtcp.MKI = s.mki, s.mki
	o.rtp.Plain, o.rtcp.Plain = s.clearRTP, s.clearRTCP
	if s.tag != 0 {
		o.rtp.Tag, o.rtcp.Tag = s.tag, s.tag
	}
	return o
}

func refused(packet []byte, ok bool) ([]byte, error) {
	if !ok {
		return nil, fmt.Errorf("refused")
	}
	return packet, nil
}

func (o ours) sealRTP(packet []byte, rollover uint32) ([]byte, error) {
	return refused(o.key.SealRTP(packet, rollover, o.rtp))
}

func (o ours) openRTP(packet []byte, rollover uint32) ([]byte, error) {
	return refused(o.key.OpenRTP(packet, rollover, o.rtp))
}

func (o ours) sealRTCP(packet []byte, index uint32) ([]byte, error) {
	return refused(o.key.SealRTCP(packet, index, o.rtcp))
}

func (o ours) openRTCP(packet []byte) ([]byte, error) {
	r, ok := o.key.OpenRTCP(packet, o.rtcp)
	return refused(r.Plain, ok)
}

func (s stream) String() string {
	return fmt.Sprintf("%s, rollover counter %d, MKI of %d bytes, clear %t and %t", s.name(), s.rollover, len(s.mki), s.clearRTP, s.clearRTCP)
}

// name is the suite, with the length of the tag if that is not the suite's.
func (s stream) name() string {
	if s.tag == 0 {
		return s.suite
	}
	return fmt.Sprintf("%s_%d", s.suite, s.tag)
}

// streams returns streams of every suite by its name: with every length of MKI, encrypted and not.
func streams() map[string][]stream {
	suites := []stream{{suite: "AEAD_AES_128_GCM", tag: 8}, {suite: "AEAD_AES_256_GCM", tag: 8}}
	for _, name := range sdes.SuiteNames() {
		suites = append(suites, stream{suite: name})
	}
	random := rand.NewChaCha8([32]byte{1})
	all := make(map[string][]stream)
	for _, s := range suites {
		suite, _ := sdes.LookupSuite(s.suite)
		for _, length := range []int{0, 1, 4, 128} {
			for _, s.rollover = range []uint32{0, 1<<32 - 2} {
				for clear := range 4 {
					s.material, s.mki = make([]byte, suite.KeySalt()), make([]byte, length)
					random.Read(s.material)
					random.Read(s.mki)
					s.clearRTP, s.clearRTCP = clear&1 != 0, clear&2 != 0
					all[s.name()] = append(all[s.name()], s)
				}
			}
		}
	}
	return all
}

// rtpPackets returns packets of every shape that RFC 3550 §5.1 gives to a header, with consecutive sequence numbers.
func rtpPackets() [][]byte {
	sound := bytes.Repeat([]byte{0xd5, 0x2a, 0x7f}, 60)
	words := func(n int) []byte { return bytes.Repeat([]byte{0xc5, 0xc6, 0xc7, 0xc8}, n) }
	oneByte := []byte{0xbe, 0xde, 0, 2, 0x10, 0x7f, 0x22, 1, 2, 3, 0, 0}
	twoByte := []byte{0x10, 0x00, 0, 1, 7, 2, 0xaa, 0xbb}
	other := append([]byte{0x12, 0x34, 0, 3}, words(3)...)
	shapes := []struct {
		first, second byte
		behind        [][]byte // the fixed header
	}{
		{0x80, 0, [][]byte{sound}},
		{0x80, 0x80 | 8, [][]byte{{1}}},
		{0x80, 0, nil},
		{0x82, 0, [][]byte{words(2), sound}},
		{0x90, 0, [][]byte{oneByte, sound}},
		{0x90, 101, [][]byte{other, {1, 2, 3, 4}}},
		{0xa0, 0, [][]byte{sound, {0, 0, 0, 4}}},
		{0xbf, 0, [][]byte{words(15), twoByte, bytes.Repeat(sound, 7), {0, 2}}},
	}
	packets := make([][]byte, len(shapes))
	for i, s := range shapes {
		p := []byte{s.first, s.second}
		p = binary.BigEndian.AppendUint16(p, uint16(firstSequence+i))
		p = binary.BigEndian.AppendUint32(p, uint32(160*i))
		p = binary.BigEndian.AppendUint32(p, ssrc)
		packets[i] = append(p, bytes.Join(s.behind, nil)...)
	}
	return packets
}

// rtcpPackets returns compounds, the shortest of which leave nothing to encrypt.
func rtcpPackets() [][]byte {
	source := binary.BigEndian.AppendUint32(nil, ssrc)
	empty := append([]byte{0x80, 201, 0, 1}, source...)
	report := append(append([]byte{0x81, 200, 0, 12}, source...), bytes.Repeat([]byte{1, 2, 3, 4}, 11)...)
	description := append(append([]byte{0x81, 202, 0, 3}, source...), 1, 4, 'm', 'o', 'c', 'k', 0, 0)
	bye := append([]byte{0x81, 203, 0, 1}, source...)
	return [][]byte{append(report, description...), empty, append(empty[:8:8], bye...), report}
}

// agree checks that two implementations seal a stream's packets alike, and that each opens them, out of order too.
func agree(t *testing.T, a, b implementation, s stream) {
	t.Helper()
	sealed := make([][]byte, 0, 16)
	plain := rtpPackets()
	for i, packet := range plain {
		rollover := s.rollover + uint32((firstSequence+i)>>16)
		first, err := a.sealRTP(packet, rollover)
		if err != nil {
			t.Fatalf("%s: RTP packet %d: %v", s, i, err)
		}
		second, err := b.sealRTP(packet, rollover)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: RTP packet %d is sealed as\n%x and\n%x (%v)", s, i, first, second, err)
		}
		sealed = append(sealed, first)
	}
	for _, i := range []int{0, 2, 1, 5, 4, 3, 7, 6} { // one that is late by a wrap among them
		for _, side := range []implementation{a, b} {
			opened, err := side.openRTP(sealed[i], s.rollover+uint32((firstSequence+i)>>16))
			if err != nil || !bytes.Equal(opened, plain[i]) {
				t.Errorf("%s: %T opens RTP packet %d to %x (%v)", s, side, i, opened, err)
			}
		}
	}
	for i, packet := range rtcpPackets() { // libsrtp and pion/srtp begin with index 1, where RFC 3711 §3.4 has 0
		first, err := a.sealRTCP(packet, uint32(i+1))
		if err != nil {
			t.Fatalf("%s: RTCP packet %d: %v", s, i, err)
		}
		second, err := b.sealRTCP(packet, uint32(i+1))
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: RTCP packet %d is sealed as\n%x and\n%x (%v)", s, i, first, second, err)
		}
		for _, side := range []implementation{a, b} {
			if opened, err := side.openRTCP(first); err != nil || !bytes.Equal(opened, packet) {
				t.Errorf("%s: %T opens RTCP packet %d to %x (%v)", s, side, i, opened, err)
			}
		}
	}
}

// jumps checks that an implementation follows a stream whose sequence number jumps forward by more than half its range
// before the first rollover. By the letter of RFC 3711 §3.3.1 the second packet would have a rollover counter of -1, but
// no stream has an index below 0.
func jumps(t *testing.T, i implementation, s stream) {
	t.Helper()
	own := newOurs(t, s)
	for _, sequence := range []uint16{10, 40000} {
		packet := bytes.Clone(rtpPackets()[0])
		binary.BigEndian.PutUint16(packet[2:], sequence)
		sealed, err := own.sealRTP(packet, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := i.openRTP(sealed, 0); err != nil {
			t.Errorf("%T does not open sequence number %d: %v", i, sequence, err)
		}
	}
}

// hasMKI reports whether a packet has the MKI of the form.
func (o ours) hasMKI(packet []byte, f Form) bool {
	end := len(packet)
	if !o.key.AEAD() {
		end -= f.Tag
	}
	return end >= len(f.MKI) && bytes.Equal(packet[end-len(f.MKI):end], f.MKI)
}

// refuse checks that an implementation opens no packet of which one bit is changed. The MKI may change: it is not
// authenticated, and whoever looks at it looks for a key.
func refuse(t *testing.T, i implementation, sealer ours, s stream) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	check := func(name string, sealed []byte, f Form, open func([]byte) ([]byte, error)) {
		for at := range sealed {
			forged := bytes.Clone(sealed)
			forged[at] ^= 1 << random.IntN(8)
			if opened, err := open(forged); err == nil && sealer.hasMKI(forged, f) {
				t.Errorf("%s: %T opens %s to %x, though byte %d was changed", s, i, name, opened, at)
			}
		}
	}
	rtp, _ := sealer.sealRTP(rtpPackets()[4], s.rollover)
	check("RTP", rtp, sealer.rtp, func(p []byte) ([]byte, error) { return i.openRTP(p, s.rollover) })
	rtcp, _ := sealer.sealRTCP(rtcpPackets()[0], 1)
	check("RTCP", rtcp, sealer.rtcp, i.openRTCP)
}
