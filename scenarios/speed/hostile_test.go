//go:build unix

package speed

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/twilio"
)

// memory is how much a process with one hostile device may take, in MB.
const memory = 512

// BenchmarkHostile has one peer do its worst at a mock and at a name server, and prints what they hold, and the memory of
// the process that both sides are in. All that came was read, and afterwards each answers.
func BenchmarkHostile(b *testing.B) {
	defer forgetPeak()
	mock, err := twilio.Start(twilio.Voice, nil, func(c *twilio.Config) { c.Log = observation.NewWindow() })
	if err != nil {
		b.Fatal(err)
	}
	defer mock.Close()
	names, err := nameserver.Start(b.Context(), nameserver.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer names.Close()
	defer names.Variable(observation.NewWindow(), nameserver.Records{nameserver.A(soundName, netip.MustParseAddr("127.0.0.1"))}).Release()
	at, resolver := mock.Addresses(), names.Addr()
	const many, more = 10_000, 500_000
	var rows []row
	for _, t := range []struct {
		what string
		most int // 0 for no limit
		try  func() (int, error)
	}{
		{"TCP connections that a mock holds, of 10,000", accept.MaxOpen, func() (int, error) { return holds(at[observation.TCP], many) }},
		{"TLS connections that a mock holds, of 10,000", accept.MaxOpen, func() (int, error) { return holds(at[observation.TLS], many) }},
		{"connections that the name server holds, of 10,000", accept.MaxOfAddress, func() (int, error) { return holds(resolver, many) }},
		{"damaged SIP messages that a mock has read", 0, func() (int, error) { return damaged(at[observation.UDP], request, more) }},
		{"damaged questions that the name server has read", 0, func() (int, error) { return damaged(resolver, question, more) }},
	} {
		forgetPeak()
		n, err := t.try()
		if err == nil {
			err = errors.Join(answered(at[observation.UDP], request), answered(resolver, question))
		}
		if err != nil {
			b.Fatal(t.what, ": ", err)
		}
		r := row{what: t.what, figures: samples{float64(n)}}
		if t.most > 0 {
			r.target, r.met = fmt.Sprint("at most ", t.most), func(f float64) bool { return f <= float64(t.most) }
		}
		rows = append(rows, r)
		if peak, ok := residentPeak(); ok {
			rows = append(rows, row{what: "  memory meanwhile, MB", figures: samples{peak}, target: fmt.Sprint("at most ", memory),
				met: func(f float64) bool { return f <= memory }})
		}
	}
	fmt.Println()
	if err := table(os.Stdout, rows); err != nil {
		b.Fatal(err)
	}
}

// forgetPeak has the system measure the peak of memory anew.
func forgetPeak() {
	runtime.GC()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // not every system can
}

// holds opens connections and returns how many of them stay open. What is closed at once makes room in this process, which
// is both sides.
func holds(address netip.AddrPort, tried int) (int, error) {
	var open []*net.TCPConn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range tried {
		c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(address))
		if err != nil {
			return 0, err
		}
		open = append(open, c)
		if len(open) > 2*accept.MaxOpen {
			open = left(open)
		}
	}
	<-time.After(time.Second) // the other side may be behind
	open = left(open)
	return len(open), nil
}

// left closes connections that the other side has closed, and returns the others.
func left(open []*net.TCPConn) (still []*net.TCPConn) {
	for _, c := range open {
		nothing := false // has come, and neither has the end
		if raw, err := c.SyscallConn(); err == nil {
			_ = raw.Read(func(fd uintptr) bool {
				_, err := syscall.Read(int(fd), make([]byte, 1))
				nothing = errors.Is(err, syscall.EAGAIN)
				return true
			})
		}
		if nothing {
			still = append(still, c)
		} else {
			c.Close()
		}
	}
	return still
}

// damaged sends requests in which some bytes are others, and returns how many. It waits now and then for the answer to a
// sound one, so that none is lost before it is read.
func damaged(to netip.AddrPort, sound func() []byte, tried int) (int, error) {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	go io.Copy(io.Discard, conn)
	dice, original := rand.New(rand.NewPCG(1, 1)), sound()
	for i := range tried {
		p := append([]byte(nil), original...)
		for range 1 + dice.IntN(4) {
			p[dice.IntN(len(p))] = byte(dice.Uint32())
		}
		if _, err := conn.Write(p[:1+dice.IntN(len(p))]); err != nil {
			return 0, err
		}
		if i%64 == 0 {
			if err := answered(to, sound); err != nil {
				return 0, err
			}
		}
	}
	return tried, nil
}

// answered sends a sound request until there is an answer.
func answered(by netip.AddrPort, sound func() []byte) error {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(by))
	if err != nil {
		return err
	}
	defer conn.Close()
	for end := time.Now().Add(testkit.Patience); time.Now().Before(end); {
		if _, err := conn.Write(sound()); err != nil {
			return err
		}
		conn.SetReadDeadline(time.Now().Add(time.Second))
		if _, err = conn.Read(make([]byte, 1<<16)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%v does not answer any more", by)
}

// request is a SIP request, another one each time.
func request() []byte {
	return fmt.Appendf(nil, "OPTIONS sip:example.sip.twilio.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK%x;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:alice@example.sip.twilio.com>;tag=a\r\nTo: <sip:alice@example.sip.twilio.com>\r\n"+
		"Call-ID: sound\r\nCSeq: 1 OPTIONS\r\nContact: <sip:alice@127.0.0.1:5060>\r\nContent-Length: 0\r\n\r\n", rand.Uint64())
}

// soundName is a name that the name server knows.
const soundName = "sound.test"

// question asks for its address.
func question() []byte {
	p, err := new(dns.Msg).SetQuestion(soundName+".", dns.TypeA).Pack()
	if err != nil {
		panic(err) // it is a constant
	}
	return p
}
