package media

import (
	"net"
	"testing"
)

// BenchmarkSend measures sending one packet of the tone, the socket included.
func BenchmarkSend(b *testing.B) {
	for _, suite := range []string{"", cm80, gcm128} {
		b.Run(suite, func(b *testing.B) {
			e, _ := listenOn(b)
			s := newSender(e.config, e.rtp, e.rtcp, e.receiver, e.echo)
			var sealed *sealer
			if suite != "" {
				p, err := keying(b, suite, 1).check()
				if err != nil {
					b.Fatal(err)
				}
				if sealed, err = s.prepare(p); err != nil {
					b.Fatal(err)
				}
			}
			sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				b.Fatal(err)
			}
			defer sink.Close()
			s.set(Session{Remote: localAddr(sink), Tone: 1004}, sealed)
			for b.Loop() {
				s.next()
			}
		})
	}
}
