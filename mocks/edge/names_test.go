package edge

import (
	"context"
	"crypto/x509"
	"math/big"
	"net"
	"testing"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/vendor"
)

// TestNamesOfLists has the device's certificate name a list at a host. That the name server does not answer is the
// harness's error; what it answers, true or not, makes nothing of the device but a certificate whose list is not used.
func TestNamesOfLists(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(question *dns.Msg) *dns.Msg // nil: none
		fault  observation.FaultCause
	}{
		"silent": {nil, observation.NamesUnanswered},
		"failing": {func(q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, dns.RcodeServerFailure) },
			observation.NamesUnanswered},
		"denying": {func(q *dns.Msg) *dns.Msg { return new(dns.Msg).SetRcode(q, dns.RcodeNameError) }, ""},
		"leading astray": {func(q *dns.Msg) *dns.Msg {
			a := new(dns.Msg).SetReply(q)
			if q.Question[0].Qtype == dns.TypeA {
				a.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)}}
			}
			return a
		}, ""},
		"leading to no host": {func(q *dns.Msg) *dns.Msg {
			a := new(dns.Msg).SetReply(q)
			if q.Question[0].Qtype == dns.TypeA {
				a.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4bcast}}
			}
			return a
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := observation.NewLog()
			e := &Edge{config: Config{Config: vendor.Config{Log: log}, names: resolver(t, c.answer)}, gate: peers.NewGate(peers.Peers{}, log)}
			leaf := &x509.Certificate{SerialNumber: big.NewInt(1), CRLDistributionPoints: []string{"http://lists.test:1/a.crl"}}
			if err := e.heedLists(leaf, nil); err != nil {
				t.Errorf("the certificate is rejected: %v", err)
			}
			var fault observation.FaultCause
			notes := 0
			for _, event := range log.Events() {
				switch event.Kind {
				case observation.Fault:
					fault = event.Fault
				case observation.Note:
					notes++
				}
			}
			if fault != c.fault || notes != 1 {
				t.Errorf("the fault is %q, want %q; %d notes", fault, c.fault, notes)
			}
		})
	}
}

// resolver asks a name server that gives an answer of its own to each question, or none, until the test ends.
func resolver(t *testing.T, answer func(*dns.Msg) *dns.Msg) *net.Resolver {
	over, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		if over.Err() != nil { // the resolver goes on asking when nobody waits any more
			return nil, net.ErrClosed
		}
		client, server := net.Pipe()
		context.AfterFunc(over, func() { server.Close() })
		go func() {
			defer server.Close()
			conn := &dns.Conn{Conn: server}
			for {
				question, err := conn.ReadMsg()
				if err != nil {
					return
				}
				if answer != nil {
					conn.WriteMsg(answer(question))
				}
			}
		}()
		return client, nil
	}}
}
