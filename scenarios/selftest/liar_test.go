package selftest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/scenarios"
)

// TestNamesThatLie gives the conforming device a name server that does not answer, or lies. The device and the scenario
// come to an end in their time; that the device did not come is neither its fault nor a pass, and no error.
func TestNamesThatLie(t *testing.T) {
	check := testkit.NoLeaks(t)
	library := load(t)
	header := func(q *dns.Msg, kind uint16) dns.RR_Header {
		return dns.RR_Header{Name: q.Question[0].Name, Rrtype: kind, Class: dns.ClassINET}
	}
	// Answers lead to a number of hosts, each at an address and with a port.
	leading := func(hosts int, address net.IP, port uint16) func(*dns.Msg) []byte {
		return func(q *dns.Msg) []byte {
			answer := new(dns.Msg).SetReply(q)
			for i := range hosts {
				switch q.Question[0].Qtype {
				case dns.TypeSRV:
					target := fmt.Sprintf("h%d.lies.test.", i)
					answer.Answer = append(answer.Answer, &dns.SRV{Hdr: header(q, dns.TypeSRV), Target: target, Port: port})
				case dns.TypeA:
					answer.Answer = []dns.RR{&dns.A{Hdr: header(q, dns.TypeA), A: address}}
				}
			}
			p, _ := answer.Pack()
			return p[:min(len(p), 512)]
		}
	}
	code := func(code int) func(*dns.Msg) []byte {
		return func(q *dns.Msg) []byte { p, _ := new(dns.Msg).SetRcode(q, code).Pack(); return p }
	}
	var running sync.WaitGroup
	for name, answer := range map[string]func(*dns.Msg) []byte{
		"silent":             func(*dns.Msg) []byte { return nil },
		"failing":            code(dns.RcodeServerFailure),
		"refusing":           code(dns.RcodeRefused),
		"denying":            code(dns.RcodeNameError),
		"babbling":           func(*dns.Msg) []byte { return []byte("no DNS at all") },
		"of another mind":    func(*dns.Msg) []byte { p, _ := new(dns.Msg).SetQuestion("other.test.", dns.TypeA).Pack(); return p },
		"to a closed port":   leading(1, net.IPv4(127, 0, 0, 1), 1),
		"to no host":         leading(1, net.IPv4bcast, 5061),
		"to nowhere at all":  leading(1, net.IPv4zero, 0),
		"to many hosts":      leading(8, net.IPv4(127, 0, 0, 1), 1),
		"to too many hosts":  leading(500, net.IPv4(127, 0, 0, 1), 1),
		"to the name server": leading(1, net.IPv4(127, 0, 0, 1), 53),
	} {
		running.Go(func() {
			for _, r := range led(t, library, answer) {
				if r.Verdict == verdict.Pass || r.Verdict == verdict.Error || r.Verdict == verdict.Fail {
					t.Errorf("%s: %s", name, line(r))
				}
				if r.DurationMS >= engine.Budget.Milliseconds() {
					t.Errorf("%s: %s took %d ms", name, r.Scenario, r.DurationMS)
				}
			}
		})
	}
	running.Wait()
	check()
}

// led registers and calls with a device whose name server is a liar.
func led(t *testing.T, library *scenarios.Library, answer func(*dns.Msg) []byte) []results.Result {
	own := &scenarios.Library{Requirements: library.Requirements, Products: library.Products}
	for _, s := range library.Scenarios {
		if s.Product != "voice" {
			continue
		}
		lying := *s
		lying.Run = func(ctx context.Context, b *bench.Bench) error {
			in := *b
			in.Device = &misled{b.Device, answer}
			return s.Run(ctx, &in)
		}
		own.Scenarios = append(own.Scenarios, &lying)
	}
	c, err := scenarios.Prepare(t.Context(), own, scenarios.Options{
		Device: reference.New(reference.Options{Interval: 5 * time.Millisecond}), Forge: forge(), Depth: engine.NoEvidence, Jobs: 2,
		Filter: "id:twilio:voice:connect:default || id:twilio:voice:call-out:secure",
	})
	if err != nil {
		t.Error(err)
		return nil
	}
	defer c.Close()
	var all []results.Result
	for _, id := range []string{"twilio/voice/connect/default", "twilio/voice/call-out/secure"} {
		s := scenarioOf(c.Plan, id)
		alone := *s
		alone.Control, alone.Presumes = "", nil // each for itself
		all = append(all, c.Engine.One(t.Context(), c.Plan, &alone))
	}
	return all
}

func scenarioOf(p *plan.Plan, id string) *plan.Scenario {
	for _, s := range p.Scenarios {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// misled is a device with a name server that gives any answer, or none.
type misled struct {
	device.Device
	answer func(*dns.Msg) []byte
}

func (m *misled) Prepare(ctx context.Context, setup device.Setup) (device.Session, error) {
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	l := &liar{socket: socket}
	l.lying.Go(func() {
		p := make([]byte, 512)
		for {
			n, from, err := socket.ReadFromUDP(p)
			if err != nil {
				return
			}
			question := new(dns.Msg)
			if question.Unpack(p[:n]) != nil {
				continue
			}
			if answer := m.answer(question); answer != nil {
				socket.WriteToUDP(answer, from)
			}
		}
	})
	setup.DNS = socket.LocalAddr().(*net.UDPAddr).AddrPort()
	if l.Session, err = m.Device.Prepare(ctx, setup); err != nil {
		l.end()
		return nil, err
	}
	return l, nil
}

// liar is the device's session, with its name server.
type liar struct {
	device.Session
	socket *net.UDPConn
	lying  sync.WaitGroup
}

func (l *liar) Close() error {
	defer l.end()
	return l.Session.Close()
}

func (l *liar) end() {
	l.socket.Close()
	l.lying.Wait()
}
