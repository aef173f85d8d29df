package srtp

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// TestCcrtp compares this package with GNU ccRTP, which has F8.
func TestCcrtp(t *testing.T) {
	t.Parallel()
	f := startForeign(t, testkit.Compile(t, "g++", "ccrtp.cpp", "ccrtp/rtp.h", "-lccrtp", "-lucommon", "-lcommoncpp"))
	for name, all := range streams() {
		if strings.HasPrefix(name, "AEAD_") || strings.HasPrefix(name, "AES_192_") { // it encrypts nothing with these keys
			continue
		}
		for _, s := range all {
			if len(s.mki) > 0 || s.clearRTP || s.clearRTCP {
				continue
			}
			cipher := "cm"
			if strings.HasPrefix(name, "F8_") {
				cipher = "f8"
			}
			own := newOurs(t, s)
			master := own.key.suite.MasterKey
			for _, packet := range rtpPackets()[:2] {
				sealed, _ := own.sealRTP(packet, s.rollover)
				theirs, err := f.command("rtp %s %x %x %d %d 0 %x", cipher, s.material[:master], s.material[master:],
					own.rtp.Tag, s.rollover, packet)
				if err != nil || !bytes.Equal(theirs, sealed) {
					t.Errorf("%s: RTP is sealed as\n%x and\n%x (%v)", s, sealed, theirs, err)
				}
				for _, rate := range []uint64{1, 2, 1 << 10, 1 << 24} {
					k, err := NewWithRate(name, s.material, rate)
					if err != nil {
						t.Fatal(err)
					}
					sealed, _ := k.SealRTP(packet, s.rollover, own.rtp)
					theirs, err := f.command("rtp %s %x %x %d %d %d %x", cipher, s.material[:master], s.material[master:],
						own.rtp.Tag, s.rollover, rate, packet)
					if err != nil || !bytes.Equal(theirs, sealed) {
						t.Errorf("%s, rate %d: RTP is sealed as\n%x and\n%x (%v)", s, rate, sealed, theirs, err)
					}
				}
			}
			for i, packet := range rtcpPackets() {
				// For F8 it takes what it encrypts for the header, RFC 3711 §4.1.2.4, so that they have to be the same.
				packet = slices.Concat(packet[:rtcpHeader], packet)
				sealed, _ := own.sealRTCP(packet, uint32(i))
				theirs, err := f.command("rtcp %s %x %x %d %d %x", cipher, s.material[:master], s.material[master:],
					own.rtcp.Tag, i, packet)
				if err != nil || !bytes.Equal(theirs, sealed) {
					t.Errorf("%s: RTCP is sealed as\n%x and\n%x (%v)", s, sealed, theirs, err)
				}
			}
		}
	}
}
