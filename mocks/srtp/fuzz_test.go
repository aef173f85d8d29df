package srtp

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/pion/rtp"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// chosen returns one of many streams, by the bits of a number.
func chosen(choice, rollover uint32) stream {
	names := sdes.SuiteNames()
	s := stream{suite: names[int(choice&0xf)%len(names)], rollover: rollover}
	suite, _ := sdes.LookupSuite(s.suite)
	s.material = make([]byte, suite.KeySalt())
	s.mki = make([]byte, []int{0, 1, 4, 128}[choice>>4&3])
	s.clearRTP, s.clearRTCP = choice>>6&1 != 0, choice>>7&1 != 0
	random := rand.NewChaCha8([32]byte{byte(choice >> 8)})
	random.Read(s.material)
	random.Read(s.mki)
	return s
}

// FuzzRTP seals any packet, changes a byte, and compares what this package and pion/srtp make of the packet as it was
// given, as it was sealed and as it was changed.
func FuzzRTP(f *testing.F) {
	for i, packet := range rtpPackets() {
		for choice := range uint32(len(sdes.SuiteNames())) {
			f.Add(packet, uint32(i), choice+uint32(i)<<4, uint16(13*i), byte(1))
		}
	}
	f.Add([]byte{}, uint32(0), uint32(0), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, packet []byte, rollover, choice uint32, at uint16, change byte) {
		s := chosen(choice, rollover)
		own, other := newOurs(t, s), newPion(t, s)
		compare := func(packet []byte) {
			if other == nil || len(packet) < 12 {
				return
			}
			other.(pionEnd).open.SetROC(binary.BigEndian.Uint32(packet[8:]), rollover)
			here, err := own.openRTP(packet, rollover)
			there, errThere := other.openRTP(packet, rollover)
			if _, malformed := new(rtp.Header).Unmarshal(packet); malformed != nil || packet[0]>>6 != 2 || !own.hasMKI(packet, own.rtp) {
				return // TestPionDiffers
			}
			if (err == nil) != (errThere == nil) || !bytes.Equal(here, there) {
				t.Fatalf("%s: %x opens to\n%x (%v) and\n%x (%v)", s, packet, here, err, there, errThere)
			}
		}
		compare(packet)
		sealed, err := own.sealRTP(packet, rollover)
		if err != nil {
			if opened, err := own.openRTP(packet, rollover); err == nil {
				t.Fatalf("%s: %x is no RTP, but opens to %x", s, packet, opened)
			}
			return
		}
		if opened, err := own.openRTP(sealed, rollover); err != nil || !bytes.Equal(opened, packet) {
			t.Fatalf("%s: %x opens to %x (%v)", s, sealed, opened, err)
		}
		compare(sealed)
		forged := bytes.Clone(sealed)
		forged[int(at)%len(forged)] ^= change
		compare(forged)
		if opened, err := own.openRTP(forged, rollover); err == nil && change != 0 && own.hasMKI(forged, own.rtp) {
			t.Fatalf("%s: %x opens to %x, though it was sealed as %x", s, forged, opened, sealed)
		}
	})
}

// FuzzRTCP is FuzzRTP for SRTCP.
func FuzzRTCP(f *testing.F) {
	for i, packet := range rtcpPackets() {
		for choice := range uint32(len(sdes.SuiteNames())) {
			f.Add(packet, uint32(i), choice+uint32(i)<<4, uint16(13*i), byte(1))
		}
	}
	f.Add([]byte{}, uint32(0), uint32(0), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, packet []byte, index, choice uint32, at uint16, change byte) {
		s := chosen(choice, 0)
		own, other := newOurs(t, s), newPion(t, s)
		compare := func(packet []byte) {
			if other == nil {
				return
			}
			here, err := own.openRTCP(packet)
			there, errThere := other.openRTCP(packet)
			if !own.hasMKI(packet, own.rtcp) {
				return // TestPionDiffers
			}
			if (err == nil) != (errThere == nil) || !bytes.Equal(here, there) {
				t.Fatalf("%s: %x opens to\n%x (%v) and\n%x (%v)", s, packet, here, err, there, errThere)
			}
		}
		compare(packet)
		sealed, err := own.sealRTCP(packet, index)
		if err != nil {
			if opened, err := own.openRTCP(packet); err == nil {
				t.Fatalf("%s: %x is no RTCP, but opens to %x", s, packet, opened)
			}
			return
		}
		r, ok := own.key.OpenRTCP(sealed, own.rtcp)
		if !ok || !bytes.Equal(r.Plain, packet) || r.Index != index&^encrypted || r.Encrypted == s.clearRTCP {
			t.Fatalf("%s: %x opens to %+v (%v)", s, sealed, r, ok)
		}
		compare(sealed)
		forged := bytes.Clone(sealed)
		forged[int(at)%len(forged)] ^= change
		compare(forged)
		if opened, err := own.openRTCP(forged); err == nil && change != 0 && own.hasMKI(forged, own.rtcp) {
			t.Fatalf("%s: %x opens to %x, though it was sealed as %x", s, forged, opened, sealed)
		}
	})
}

// FuzzForms opens any packet in any form, and checks that what opens seals to the same packet again. Without a tag every
// packet opens.
func FuzzForms(f *testing.F) {
	for i, packet := range append(rtpPackets(), rtcpPackets()...) {
		for choice := range uint32(len(sdes.SuiteNames())) {
			f.Add(packet, choice, byte(0), byte(i), byte(i))
			f.Add(packet, choice, byte(20), byte(128+i), byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, packet []byte, choice uint32, tag, mki, place byte) {
		k := newOurs(t, chosen(choice, 0)).key
		longest := 20
		if k.AEAD() {
			longest = 16
		}
		form := Form{Tag: int(tag) % (longest + 1), MKI: make([]byte, mki), At: Place(place % 3), Plain: choice>>6&1 != 0}
		form.NoRollover = choice>>7&1 != 0
		// form with the MKI of the packet, which has so many bytes behind it
		withMKI := func(behind int) Form {
			f := form
			f.MKI = packet[len(packet)-behind-len(form.MKI) : len(packet)-behind]
			return f
		}
		behind, behindRTCP := 0, 0
		switch {
		case k.AEAD() && form.At == Misplaced:
			behind, behindRTCP = form.Tag, form.Tag+rtcpIndex
		case !k.AEAD() && form.At != Misplaced:
			behind, behindRTCP = form.Tag, form.Tag
		}
		if plain, ok := k.OpenRTP(packet, choice, form); ok {
			if again, ok := k.SealRTP(plain, choice, withMKI(behind)); !ok || !bytes.Equal(again, packet) {
				t.Errorf("RTP %x opens to %x, and that seals to %x", packet, plain, again)
			}
		}
		if r, ok := k.OpenRTCP(packet, form); ok {
			form.Plain = !r.Encrypted
			if again, ok := k.SealRTCP(r.Plain, r.Index, withMKI(behindRTCP)); !ok || !bytes.Equal(again, packet) {
				t.Errorf("RTCP %x opens to %+v, and that seals to %x", packet, r, again)
			}
		}
	})
}
