package media

import (
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
)

// BenchmarkReceivePath compares what a mock does with a packet (it opens, judges, listens to and records it) with what
// libsrtp does, which opens it. The two take turns; the figure is how much of libsrtp's rate the mock has.
func BenchmarkReceivePath(b *testing.B) {
	program := testkit.Compile(b, "gcc", "libsrtp_speed.c", "srtp2/srtp.h", "-O2", "-lsrtp2")
	for _, suite := range []string{cm80, gcm128} {
		b.Run(suite, func(b *testing.B) {
			const turns, packets = 9, 1000 // a longer log would be a flood
			libsrtp := libsrtpAt(b, program, suite)
			theirs, ours := keying(b, suite, 1), keying(b, suite, 2)
			d := newDevice(b, theirs)
			sealed := make([][]byte, packets)
			for i := range sealed {
				sealed[i] = d.tone()
			}
			at := netip.MustParseAddrPort("127.0.0.1:4000")
			path := func() float64 {
				r := newReceiver(b, ours, theirs)
				began := time.Now()
				for _, packet := range sealed {
					r.take(datagram{bytes: packet, local: at, remote: at})
				}
				return float64(time.Since(began).Nanoseconds()) / packets
			}
			path() // warms up
			libsrtp(packets)
			var ratios []float64
			for range turns {
				ratios = append(ratios, libsrtp(packets)/path())
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[turns/2], "of-libsrtp2")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// libsrtpAt starts the program for a suite, and returns what measures so many packets, in nanoseconds for each.
func libsrtpAt(b *testing.B, program, suite string) func(packets int) float64 {
	c := testkit.Answering(b, testkit.Command(b, program, suite))
	return func(packets int) float64 {
		answer, err := c.Ask("%d", packets)
		if err != nil {
			b.Fatal(err)
		}
		each, err := strconv.ParseFloat(answer, 64)
		if err != nil {
			b.Fatal(err)
		}
		return each
	}
}
