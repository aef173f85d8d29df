package reference

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// session is one instance of the device. It owns all goroutines and sockets of the instance.
type session struct {
	options     Options
	bugs        Bugs
	memory      memory // for SendsUnderEarlierKey
	peculiar    Peculiarities
	setup       device.Setup
	roots       []*x509.Certificate    // in the order of the bundle
	certificate *tls.Certificate       // nil without one
	tickets     tls.ClientSessionCache // for ResumesSessions
	listening   map[string]netip.AddrPort

	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	activity activity
	dialing  sync.Mutex               // held while a connection is opened, so that two requests share one
	speaking atomic.Pointer[endpoint] // the only one that sends media, for SpeaksInOneCall

	mu           sync.Mutex
	closed       bool
	queue        []func(context.Context)
	working      bool
	sockets      map[io.Closer]struct{}
	links        map[string]*link // opened by the device, by protocol, host and port
	udp          *net.UDPConn
	pending      map[string]*clientTransaction // by branch and method
	served       map[string]*serverTransaction // by branch, sent-by and method
	servedOrder  []string
	calls        map[string]*call // by Call-ID
	registration registration
	pinned       []byte               // public key of the first certificate, for PinsLeafKey
	verified     bool                 // whether a server has shown a certificate, for VerifiesOnce
	pinnedTLS    *tls.ConnectionState // of the first connection, for ChangeBugs
	resolved     map[string][]hop     // first answers, for CachesDNS
}

var _ device.Session = (*session)(nil)

func newSession(options Options, setup device.Setup) (*session, error) {
	if setup.Log == nil || !setup.Address.IsValid() {
		return nil, errors.New("setup needs a Log and an Address")
	}
	s := &session{
		options: options, bugs: options.Bugs, peculiar: options.Peculiarities, setup: setup,
		listening: make(map[string]netip.AddrPort),
		sockets:   make(map[io.Closer]struct{}),
		links:     make(map[string]*link),
		pending:   make(map[string]*clientTransaction),
		served:    make(map[string]*serverTransaction),
		calls:     make(map[string]*call),
		resolved:  make(map[string][]hop),
		tickets:   tls.NewLRUClientSessionCache(8),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.load(); err != nil {
		s.cancel()
		return nil, err
	}
	if err := s.listen(); err != nil {
		_ = s.Close()
		return nil, err
	}
	s.registration.callID = s.newCallID()
	s.note("start", "", "")
	return s, nil
}

// load parses the certificates of the setup.
func (s *session) load() error {
	for rest := s.setup.Trust; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("trust: %w", err)
		}
		s.roots = append(s.roots, root)
	}
	if len(s.setup.Certificate) > 0 {
		certificate, err := tls.X509KeyPair(s.setup.Certificate, s.setup.Key)
		if err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
		if s.peculiar.ShowsRoot {
			certificate = s.withRoot(certificate)
		}
		s.certificate = &certificate
		if s.bugs.PresentsFactoryCertificate {
			if s.certificate, err = factoryCertificate(certificate.PrivateKey); err != nil {
				return fmt.Errorf("certificate: %w", err)
			}
		}
	}
	return nil
}

// Do queues the action. Actions are done one after another, except that hanging up cancels at once the calls that ring.
func (s *session) Do(_ context.Context, action device.Action) error {
	var act func(context.Context)
	switch action.Verb {
	case device.Register:
		act = s.doRegister
	case device.Unregister:
		act = s.doUnregister
	case device.Call:
		act = func(ctx context.Context) { s.doCall(ctx, action.Target) }
	case device.HangUp:
		act = s.doHangUp
	case device.Hold:
		act = func(ctx context.Context) { s.reofferCalls(ctx, true) }
	case device.Resume:
		act = func(ctx context.Context) { s.reofferCalls(ctx, false) }
	case device.Options:
		act = func(ctx context.Context) { s.doOptions(ctx, action.Target) }
	case device.HTTPSGet:
		act = func(ctx context.Context) { s.doHTTPSGet(ctx, action.Target) }
	case device.TLSConnect:
		act = func(ctx context.Context) { s.doTLSConnect(ctx, action.Target) }
	default:
		return fmt.Errorf("%s: %w", action.Verb, device.ErrUnsupported)
	}
	told := func() { s.note(observation.DeviceAction, string(action.Verb), action.Target) }
	if !s.enqueue(told, act) {
		return net.ErrClosed
	}
	if action.Verb == device.HangUp {
		s.giveUpRinging()
	}
	return nil
}

// enqueue adds act to the queue, once told has logged by whom it is wanted: what the device does by an action comes after
// the action in the log, or it would count as done by itself. It returns false once the session is closed.
func (s *session) enqueue(told func(), act func(context.Context)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if told != nil {
		told()
	}
	s.activity.begin()
	s.queue = append(s.queue, act)
	if !s.working {
		s.working = true
		s.running.Go(s.work)
	}
	return true
}

// work does what is queued, and ends when the queue is empty.
func (s *session) work() {
	for {
		s.mu.Lock()
		if len(s.queue) == 0 {
			s.working = false
			s.mu.Unlock()
			return
		}
		act := s.queue[0]
		s.queue = s.queue[1:]
		s.mu.Unlock()
		s.perform(act)
	}
}

// perform does one thing that is queued.
func (s *session) perform(act func(context.Context)) {
	defer s.activity.end()
	defer s.guard("doing what it was told")
	act(s.ctx)
}

// guard keeps a panic of the device, which runs in the harness, from ending the whole run. It is deferred directly.
func (s *session) guard(doing string) {
	if p := recover(); p != nil {
		s.setup.Log.Panicked("", "as the reference device, "+doing, p)
	}
}

// spawn runs f in a goroutine that Close waits for. Once the session is closed it does nothing and returns false.
func (s *session) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Go(func() {
		defer s.guard("speaking with the vendor")
		f()
	})
	return true
}

// Settled waits until no action is queued or under way, no connection is being opened, no request waits for its answer
// and every message received has been handled.
func (s *session) Settled(ctx context.Context) error { return s.activity.wait(ctx) }

// Listening returns the addresses of the listeners, by protocol.
func (s *session) Listening() map[string]netip.AddrPort { return maps.Clone(s.listening) }

// Close ends the instance at once, without BYE or unregistering. It may be called again.
func (s *session) Close() error {
	s.cancel()
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	sockets, calls := s.sockets, s.calls
	s.sockets, s.calls = make(map[io.Closer]struct{}), make(map[string]*call)
	if s.registration.refresh != nil {
		s.registration.refresh.Stop()
	}
	s.mu.Unlock()
	for _, c := range calls {
		c.close()
	}
	for socket := range sockets {
		_ = socket.Close()
	}
	s.running.Wait()
	if first {
		s.note("exit", "", "")
	}
	return nil
}

// own has Close close the socket. Once the session is closed, own closes it at once.
func (s *session) own(socket io.Closer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = socket.Close()
		return net.ErrClosed
	}
	s.sockets[socket] = struct{}{}
	return nil
}

// disown closes a socket before the session ends.
func (s *session) disown(socket io.Closer) {
	s.mu.Lock()
	delete(s.sockets, socket)
	s.mu.Unlock()
	_ = socket.Close()
}

// note logs what the device does.
func (s *session) note(what observation.DeviceNews, action, text string) {
	s.setup.Log.Append(observation.Event{Kind: observation.Device, Text: text,
		Device: &observation.DeviceInfo{What: what, Action: action}})
}

// event logs how something ended.
func (s *session) event(format string, args ...any) {
	s.note("event", "", fmt.Sprintf(format, args...))
}

// short logs an error if the machine is short of something. The device is a part of the harness's process, so what it
// lacks is the harness's to have.
func (s *session) short(doing string, err error) {
	s.setup.Log.Short("", "as the reference device, "+doing, err)
}

// token returns n random bytes in hexadecimal.
func token(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// activity counts what is under way, for Settled.
type activity struct {
	mu    sync.Mutex
	count int
	idle  chan struct{} // closed when count falls to 0
}

func (a *activity) begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == 0 {
		a.idle = make(chan struct{})
	}
	a.count++
}

func (a *activity) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count--; a.count == 0 {
		close(a.idle)
	}
}

// wait returns when nothing is under way, or with the context's error.
func (a *activity) wait(ctx context.Context) error {
	for {
		a.mu.Lock()
		count, idle := a.count, a.idle
		a.mu.Unlock()
		if count == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
