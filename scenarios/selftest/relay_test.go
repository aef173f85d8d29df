package selftest

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// cut says after which message of one direction a connection ends. The zero value is never.
type cut struct {
	from  side
	after int
	// late has the connection end only when the mock has seen and sent nothing for a moment. Until then what either side
	// sends is lost. So what the mock does with the last message is the same each time.
	late bool
}

// moment is how long that is.
const moment = 200 * time.Millisecond

// side is one end of a relay.
type side int

const (
	fromDevice side = iota
	fromVendor
)

// unit is what a relay passes on at once.
type unit struct {
	bytes  []byte
	counts bool
}

// units splits a stream; it returns those that the next bytes complete.
type units func(p []byte) []unit

// sipMessages are the messages of a stream in clear. What is between them does not count.
func sipMessages() units {
	var framer sipwire.Framer
	return func(p []byte) (all []unit) {
		for _, f := range framer.Write(p) {
			all = append(all, unit{f.Bytes, f.Kind == sipwire.MessageFrame})
		}
		return all
	}
}

// tlsRecords are the records of a stream of TLS 1.2, of which those count that have application data: in each is a message,
// or a part of one.
func tlsRecords() units {
	const header, applicationData = 5, 23
	var rest []byte
	return func(p []byte) (all []unit) {
		rest = append(rest, p...)
		for len(rest) >= header {
			size := header + int(rest[3])<<8 + int(rest[4])
			if len(rest) < size {
				break
			}
			all = append(all, unit{append([]byte(nil), rest[:size]...), rest[0] == applicationData})
			rest = rest[size:]
		}
		return all
	}
}

// relay stands between a device and a vendor: each connection to a port that a SRV record names goes through it. Once it
// has passed on what its cut says, it ends all connections, and takes no more.
type relay struct {
	device netip.Addr
	log    *observation.Log
	split  func() units
	cut    cut

	mu    sync.Mutex
	seen  [2]int // by side
	over  bool
	doors map[uint16]*net.TCPListener // by the vendor's port
	conns []net.Conn

	names   *dns.Server
	running sync.WaitGroup
	ctx     context.Context // ends with the device
	stop    context.CancelFunc
}

// between is a device behind a relay.
type between struct {
	device.Device
	relay *relay
}

// Prepare starts the relay, with a name server of its own, and the device behind it.
func (b *between) Prepare(ctx context.Context, setup device.Setup) (device.Session, error) {
	b.relay.device, b.relay.log = setup.Address, setup.Log
	names, err := b.relay.start(setup.DNS)
	if err != nil {
		return nil, err
	}
	setup.DNS = names
	s, err := b.Device.Prepare(ctx, setup)
	if err != nil {
		b.relay.close()
		return nil, err
	}
	return behind{s, b.relay}, nil
}

// behind ends its relay with itself.
type behind struct {
	device.Session
	relay *relay
}

func (s behind) Close() error {
	defer s.relay.close()
	return s.Session.Close()
}

// start answers questions about names as another name server does, but with the relay's ports.
func (r *relay) start(upstream netip.AddrPort) (netip.AddrPort, error) {
	r.doors = make(map[uint16]*net.TCPListener)
	r.ctx, r.stop = context.WithCancel(context.Background())
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return netip.AddrPort{}, err
	}
	up := make(chan struct{})
	r.names = &dns.Server{PacketConn: socket, NotifyStartedFunc: func() { close(up) }}
	r.names.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, query *dns.Msg) {
		answer, _, err := new(dns.Client).Exchange(query, upstream.String())
		if err != nil {
			return
		}
		for _, record := range answer.Answer {
			if srv, ok := record.(*dns.SRV); ok {
				srv.Port = r.door(srv.Port)
			}
		}
		w.WriteMsg(answer)
	})
	r.running.Go(func() { r.names.ActivateAndServe() })
	<-up
	return socket.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// door returns the port that leads to one of the vendor's, 0 if the relay is over.
func (r *relay) door(vendor uint16) uint16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.doors[vendor]
	if l == nil {
		if r.over {
			return 0
		}
		var err error
		if l, err = net.ListenTCP("tcp4", &net.TCPAddr{}); err != nil { // at all addresses, since the vendor has several
			return 0
		}
		r.doors[vendor] = l
		r.running.Go(func() { r.accept(l, vendor) })
	}
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

func (r *relay) accept(l *net.TCPListener, vendor uint16) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		from := net.TCPAddrFromAddrPort(netip.AddrPortFrom(r.device, 0))
		to := &net.TCPAddr{IP: near.LocalAddr().(*net.TCPAddr).IP, Port: int(vendor)}
		far, err := net.DialTCP("tcp4", from, to)
		if err != nil {
			near.Close()
			continue
		}
		r.mu.Lock()
		r.conns = append(r.conns, near, far)
		if r.over {
			near.Close()
			far.Close()
		}
		r.mu.Unlock()
		r.running.Go(func() { r.pass(fromDevice, near, far) })
		r.running.Go(func() { r.pass(fromVendor, far, near) })
	}
}

// pass passes on what comes from a side, until the connection ends.
func (r *relay) pass(s side, from, to net.Conn) {
	defer to.Close()
	split, p := r.split(), make([]byte, 64<<10)
	for {
		n, err := from.Read(p)
		for _, u := range split(p[:n]) {
			if !r.forward(s, u, to) && !r.cut.late { // what comes late is lost
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// forward passes on a unit, and reports whether more may follow. Nothing of the other side passes meanwhile.
func (r *relay) forward(s side, u unit, to net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return false
	}
	if _, err := to.Write(u.bytes); err != nil {
		return false
	}
	if u.counts {
		r.seen[s]++
	}
	if r.cut.after > 0 && r.cut.from == s && r.cut.after == r.seen[s] {
		r.end()
	}
	return !r.over
}

// end ends all connections. The caller holds r.mu.
func (r *relay) end() {
	r.over = true
	for _, l := range r.doors {
		l.Close()
	}
	conns := r.conns
	shut := func() {
		for _, c := range conns {
			c.Close()
		}
	}
	if !r.cut.late {
		shut()
		return
	}
	passed := r.seen[fromDevice]
	r.running.Go(func() {
		r.settle(passed)
		shut()
	})
}

// settle waits until the mock has seen all that was passed on to it, and then seen and sent nothing for a moment.
func (r *relay) settle(passed int) {
	seen := 0
	r.log.Wait(r.ctx, func(e observation.Event) bool {
		if e.Kind == observation.SIP && e.Dir == observation.In {
			seen++
		}
		return seen >= passed
	})
	for quiet := false; !quiet; {
		ctx, cancel := context.WithTimeout(r.ctx, moment)
		_, err := r.log.WaitFrom(ctx, len(r.log.Events()), func(e observation.Event) bool { return e.Kind == observation.SIP })
		cancel()
		quiet = err != nil
	}
}

// close ends the relay. It may be called again.
func (r *relay) close() {
	r.names.Shutdown()
	r.stop()
	r.mu.Lock()
	r.end()
	r.mu.Unlock()
	r.running.Wait()
}
