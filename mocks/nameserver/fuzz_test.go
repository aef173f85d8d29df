package nameserver

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/observation"
)

// FuzzReply checks that every datagram that unpacks gets an answer that packs.
func FuzzReply(f *testing.F) {
	for _, name := range []string{"s1.example.com.", "_sips._tcp.s1.example.com.", "_.", "_", ".", `a\.b.s1.example.com.`} {
		packed, err := new(dns.Msg).SetQuestion(name, dns.TypeSRV).Pack()
		if err != nil {
			continue
		}
		f.Add(packed)
	}
	edns, _ := new(dns.Msg).SetQuestion("s1.example.com.", dns.TypeA).SetEdns0(4096, true).Pack()
	f.Add(edns)
	s := &Server{log: observation.NewLog(), zones: zones{domains: make(map[string]*zone)}}
	s.Variable(observation.NewLog(), Records{A("s1.example.com", netip.MustParseAddr("127.0.0.1"))})
	f.Fuzz(func(t *testing.T, packet []byte) {
		query := new(dns.Msg)
		if query.Unpack(packet) != nil {
			return
		}
		z, _ := s.owner(query)
		reply := reply(query, z)
		reply.Truncate(udpSize(query))
		if _, err := reply.Pack(); err != nil {
			t.Errorf("answer does not pack: %v", err)
		}
	})
}
