package stub

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/device/reference"
	"github.com/sipconform/sipconform/mocks/observation"
)

// door is a device that goes to the vendor's door, whatever it is told to do, and does
// the same thing there every time. The vendor, where it calls, finds the same.
type door struct {
	name string
	// meet is what the device does with a connection, whoever opened it. It stays
	// open until the session ends, unless meet closes it. With no meet there are no
	// connections.
	meet func(*meeting) error
	// tcp has the device go to the port for SIP over TCP instead of the one for TLS.
	tcp bool
	// hears are what the device can be told; nil: everything.
	hears []device.Verb
}

// meeting is one connection of a door.
type meeting struct {
	net.Conn
	ctx    context.Context // of the session
	setup  device.Setup
	host   string // that the device looked up, empty where the vendor connected
	dialed bool   // by the device
}

func (d door) Name() string { return d.name }

// Version returns "": the stub has the version of the harness.
func (door) Version(context.Context) (string, error) { return "", nil }

// Capabilities returns all there are: nothing is left unasked.
func (door) Capabilities() device.Capabilities { return everything() }

// Load returns that of the reference device.
func (door) Load() device.Load { return load() }

// everything is all capabilities.
func everything() device.Capabilities {
	return reference.New(reference.Options{Legacy: true}).Capabilities()
}

// load is what a stub says to bear.
func load() device.Load { return reference.New(reference.Options{}).Load() }

// Prepare opens a listener, for a door that meets anybody.
func (d door) Prepare(_ context.Context, setup device.Setup) (device.Session, error) {
	s := &visitor{door: d, setup: setup, sockets: make(map[io.Closer]struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if d.meet == nil || d.tcp {
		return s, nil
	}
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(setup.Address, 0)))
	if err != nil {
		s.cancel()
		return nil, err
	}
	s.listener = l
	s.own(l)
	s.spawn(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if !s.spawn(func() { s.meet(conn, "", false) }) {
				_ = conn.Close()
			}
		}
	})
	return s, nil
}

// visitor is an instance of a door. It owns its sockets and goroutines.
type visitor struct {
	door     door
	setup    device.Setup
	listener *net.TCPListener // nil without one
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	sockets map[io.Closer]struct{}
	visits  []chan struct{} // each closed when the visit is over
}

// Do has the device go to the vendor's door.
func (s *visitor) Do(_ context.Context, action device.Action) error {
	if action.Verb == device.Nonsense {
		return fmt.Errorf("%s: %w", action.Verb, device.ErrUnsupported)
	}
	s.setup.Log.Append(observation.Event{Kind: observation.Device, Text: action.Target,
		Device: &observation.DeviceInfo{What: observation.DeviceAction, Action: string(action.Verb)}})
	if s.door.meet == nil || s.door.hears != nil && !slices.Contains(s.door.hears, action.Verb) {
		return nil
	}
	if action.Verb == device.HangUp || action.Verb == device.Unregister {
		return nil
	}
	over := make(chan struct{})
	s.mu.Lock()
	s.visits = append(s.visits, over)
	s.mu.Unlock()
	if !s.spawn(func() { defer close(over); s.visit(action) }) {
		return net.ErrClosed
	}
	return nil
}

// visit opens a connection to where an action leads, and meets the vendor there.
func (s *visitor) visit(action device.Action) {
	protocol := observation.TLS
	if s.door.tcp {
		protocol = observation.TCP
	}
	at, err := locate(s.ctx, s.setup.DNS, protocol, cmp.Or(action.Target, s.setup.Account.Domain))
	if err != nil {
		s.event(err)
		return
	}
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.setup.Address, 0)), Timeout: patience}
	for _, address := range at.addresses {
		conn, err := dialer.DialContext(s.ctx, "tcp", address.String())
		if err == nil {
			s.meet(conn, at.host, true)
			return
		}
		s.event(err)
	}
}

// patience is how long the vendor may take to answer.
const patience = 10 * time.Second

// meet does what the device does with a connection. Where the connection is left open,
// the session's end closes it.
func (s *visitor) meet(conn net.Conn, host string, dialed bool) {
	if !s.own(conn) {
		return
	}
	if err := s.door.meet(&meeting{conn, s.ctx, s.setup, host, dialed}); err != nil {
		s.event(err)
		_ = conn.Close()
	}
}

// event logs how something ended, unless the session's end ended it.
func (s *visitor) event(err error) {
	if s.ctx.Err() == nil {
		s.setup.Log.Append(observation.Event{Kind: observation.Device, Text: err.Error(),
			Device: &observation.DeviceInfo{What: "event"}})
	}
}

// Settled waits until the device has done at the vendor's door what it does.
func (s *visitor) Settled(ctx context.Context) error {
	s.mu.Lock()
	visits := slices.Clone(s.visits)
	s.mu.Unlock()
	for _, over := range visits {
		select {
		case <-over:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// Listening returns where the vendor can call.
func (s *visitor) Listening() map[string]netip.AddrPort {
	if s.listener == nil {
		return nil
	}
	return map[string]netip.AddrPort{observation.TLS: s.listener.Addr().(*net.TCPAddr).AddrPort()}
}

// Close closes every socket and waits for whatever used one.
func (s *visitor) Close() error {
	s.cancel()
	s.mu.Lock()
	s.closed = true
	sockets := maps.Clone(s.sockets)
	s.mu.Unlock()
	for socket := range sockets {
		_ = socket.Close()
	}
	s.running.Wait()
	return nil
}

// own has Close close a socket. Once the session is closed, it closes it at once.
func (s *visitor) own(socket io.Closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = socket.Close()
		return false
	}
	s.sockets[socket] = struct{}{}
	return true
}

// spawn runs f in a goroutine that Close waits for, unless the session is closed. A
// panic of f is the harness's error.
func (s *visitor) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Go(func() {
			defer s.setup.Log.Guard("", "being the stub "+s.door.name)
			f()
		})
	}
	return !s.closed
}
