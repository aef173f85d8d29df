package nameserver_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// TestStrangers: who asks about another session's names is refused, and its question is no observation of that session,
// also after the records have changed.
func TestStrangers(t *testing.T) {
	t.Parallel()
	s := start(t, observation.NewLog())
	log := observation.NewLog()
	records := nameserver.Records{nameserver.A("guarded.example.com", edge)}
	v := s.Variable(log, records)
	t.Cleanup(v.Release)
	v.Admit(peers.NewGate(peers.Peers{Device: []netip.Addr{netip.MustParseAddr("127.9.9.2")}}, log))
	v.Set(records)
	for _, network := range []string{"udp", "tcp"} {
		if code := ask(t, s, network, "guarded.example.com", dns.TypeA).Rcode; code != dns.RcodeRefused {
			t.Errorf("over %s the answer is %s", network, dns.RcodeToString[code])
		}
	}
	v.Admit(peers.NewGate(peers.Peers{Device: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}, log))
	if code := ask(t, s, "udp", "guarded.example.com", dns.TypeA).Rcode; code != dns.RcodeSuccess {
		t.Errorf("the device's answer is %s", dns.RcodeToString[code])
	}
	if got := seen(log); !slices.Equal(got, []string{"A guarded.example.com. NOERROR"}) {
		t.Errorf("the questions in the log are %q", got)
	}
}
