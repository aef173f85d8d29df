package reference

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{records: func(*peer) []string {
		return []string{
			"h.example.com. 60 IN A 127.0.0.9",
			"h.example.com. 60 IN A 127.0.0.8",
			"_sips._tcp.d.example.com. 60 IN SRV 20 0 5071 h.example.com.",
			"_sips._tcp.d.example.com. 60 IN SRV 10 0 5072 i.example.com.",
			"i.example.com. 60 IN A 127.0.0.7",
			"d.example.com. 60 IN A 127.0.0.6",
			"_sips._tcp.none.example.com. 60 IN SRV 0 0 0 .",
			"_sip._udp.d.example.com. 60 IN SRV 0 0 5080 i.example.com.",
		}
	}})
	tests := []struct {
		host     string
		port     uint16
		protocol string
		want     string
		asked    string
	}{
		{"d.example.com", 0, observation.TLS, "127.0.0.7:5072 127.0.0.9:5071 127.0.0.8:5071", "SRV _sips._tcp.d.example.com|A i.example.com|A h.example.com"},
		{"d.example.com", 5099, observation.TLS, "127.0.0.6:5099", "A d.example.com"},
		{"d.example.com", 0, observation.TCP, "127.0.0.6:5060", "SRV _sip._tcp.d.example.com|A d.example.com"},
		{"d.example.com", 0, observation.UDP, "127.0.0.7:5080", "SRV _sip._udp.d.example.com|A i.example.com"},
		{"h.example.com", 0, observation.TLS, "127.0.0.9:5061 127.0.0.8:5061", "SRV _sips._tcp.h.example.com|A h.example.com"},
		{"127.0.0.1", 0, observation.TLS, "127.0.0.1:5061", ""},
		{"127.0.0.1", 7, observation.UDP, "127.0.0.1:7", ""},
		{"[::1]", 0, observation.TCP, "[::1]:5060", ""},
		{"none.example.com", 0, observation.TLS, "no address of none.example.com", "SRV _sips._tcp.none.example.com|A none.example.com"},
	}
	for _, tt := range tests {
		hops, err := w.session.locate(t.Context(), tt.host, tt.port, tt.protocol)
		var got []string
		for _, h := range hops {
			got = append(got, h.address.String())
		}
		if err != nil {
			got = append(got, err.Error())
		}
		if asked := w.dns.questions(); strings.Join(got, " ") != tt.want || asked != tt.asked {
			t.Errorf("%s:%d over %s: %s having asked %s", tt.host, tt.port, tt.protocol, got, asked)
		}
	}
}

func TestOrderOfSRV(t *testing.T) {
	t.Parallel()
	record := func(priority, weight, port uint16) *dns.SRV {
		return &dns.SRV{Priority: priority, Weight: weight, Port: port}
	}
	if order(nil) != nil {
		t.Error("something of nothing")
	}
	first := map[uint16]int{}
	for range 1000 {
		ordered := order([]*dns.SRV{record(2, 9, 4), record(1, 0, 1), record(1, 30, 2), record(1, 70, 3)})
		if len(ordered) != 4 || ordered[3].Port != 4 {
			t.Fatalf("%v", ordered)
		}
		first[ordered[0].Port]++
	}
	// Weights 0, 30 and 70.
	if first[1] > 50 || first[2] < 200 || first[2] > 400 || first[3] < 600 {
		t.Errorf("first: %v", first)
	}
}

func TestNextAddressAfter503(t *testing.T) {
	t.Parallel()
	// The host has two addresses. The first connection answers 503.
	w := newWorld(t, settings{
		script: func(r *received) {
			if r.conn == 1 {
				r.respond(503, "")
			} else if r.Method != "ACK" {
				r.respond(486, "")
			}
		},
		records: func(p *peer) []string {
			return []string{
				"edge.example.com. 600 IN A 127.0.0.1",
				fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 1 1 %d edge.example.com.", domain, port(p.tls.Addr())),
				fmt.Sprintf("_sips._tcp.%s. 600 IN SRV 2 1 %d edge.example.com.", domain, port(p.second.Addr())),
			}
		},
	})
	w.do(device.Call, target)
	if got := outline(w.finish()); got != "tls1 INVITE, tls1 ACK, tls2 INVITE, tls2 ACK" {
		t.Error(got)
	}
}

// TestLyingNameServer: a name server that sends the device to hundreds of hosts at which nobody is keeps it no longer than
// one that sends it to a few.
func TestLyingNameServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{records: func(*peer) []string {
		var lies []string
		for i := range 300 {
			lies = append(lies, fmt.Sprintf("_sips._tcp.lies.example.com. 60 IN SRV 1 1 1 h%d.example.com.", i),
				fmt.Sprintf("h%d.example.com. 60 IN A 127.0.0.1", i), fmt.Sprintf("many.example.com. 60 IN A 127.9.%d.%d", i/200, 1+i%200))
		}
		return lies
	}})
	for _, host := range []string{"lies.example.com", "many.example.com"} {
		hops, err := w.session.locate(t.Context(), host, 0, observation.TLS)
		if err != nil || len(hops) != mostHops {
			t.Errorf("%s: it would try %d addresses: %v", host, len(hops), err)
		}
	}
	if asked := strings.Count(w.dns.questions(), "|") + 1; asked > mostHops+6 {
		t.Errorf("it asked %d questions", asked)
	}
	w.do(device.Call, "x@lies.example.com")
	w.finish()
}

func TestNoNameServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{setup: func(s *device.Setup, _ *authority) { s.DNS = netip.AddrPort{} }})
	w.do(device.Register, "")
	w.said("no name server for")
}
