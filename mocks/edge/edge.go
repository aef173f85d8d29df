// Package edge is a vendor's SIP edge: it registers devices, answers their
// calls and calls them, as a profile says. What a vendor does differently is
// data in the profile; what data cannot say is in the vendor's own package.
//
// An edge is usable alone in a test, like httptest.Server: start it, point a
// SIP device at it, and ask its log and its console what it saw.
package edge

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"maps"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/web"
)

// Config is what an [Edge] is started with. Product, Log, Name and Certificate
// are required, and Clients where the product has a Client.
type Config struct {
	Product  *profile.Product
	Revision string            // "" is the product's first
	Settings map[string]string // by name; the profile's defaults where absent
	// Name is the customer's part of the domain: "s1" for s1.sip.twilio.com.
	Name string
	// Certificate issues what a host of the edge's shows, see [Edge.Hosts].
	Certificate func(host string) (tls.Certificate, error)
	// Second issues the other certificate of a product whose profile has one; nil:
	// none.
	Second func(host string) (tls.Certificate, error)
	Log    *observation.Log
	// Wire records raw segments and datagrams too, for a capture.
	Wire bool

	// Address is where the edge listens; Private is the address that its
	// Contact names and that nobody should write to. With StandardPorts it
	// takes 5060 and 5061, else ports that are free.
	Address, Private netip.Addr
	// Proxies are the addresses of a product's proxies after the first, which is
	// at Address. The last serves for those that are left, on ports that are free.
	Proxies       []netip.Addr
	StandardPorts bool

	// Suites and Groups replace those of the revision, where one alone is to be
	// tried.
	Suites, Groups []uint16
	// Clients are the roots of a product whose profile has a Client.
	Clients []*x509.Certificate
	// Peer is the name by which the device is known to a product that asks for its
	// certificate.
	Peer string

	// User and Password are the one account; no password, no digest.
	User, Password string
	// Answer is how answers to a device's offers differ from the vendor's, for
	// requirements on the device as offerer. The zero value is the vendor's way.
	Answer AnswerFault
	// MediaInterval is the time between media packets, 20 ms if zero.
	MediaInterval time.Duration
	// Seed makes keys, tags and nonces reproducible.
	Seed uint64
}

// Edge is a running mock. See [Start].
type Edge struct {
	config   Config
	product  *profile.Product
	revision profile.Revision
	now      atomic.Pointer[state]
	domain   string
	hosts    []Host
	secret   []byte // of nonces

	agent     *sipagent.Agent
	web       *web.Server // for what is not SIP
	addresses map[string]netip.AddrPort
	ports     map[uint16]netip.AddrPort // of the table of ports, SIP's left out
	private   netip.AddrPort

	mu           sync.Mutex
	random       *rand.ChaCha8
	certificates map[string][]tls.Certificate // by host
	calls        map[dialog]*call
	bindings     []Binding
	console      []observation.ConsoleInfo
}

// state is what a restart can change.
type state struct {
	settings map[string]string
	rules    tlspeer.Rules // see baseRules
}

// Start starts an edge; the caller must Close it.
func Start(config Config) (*Edge, error) {
	if config.Product == nil || config.Log == nil || config.Name == "" || config.Certificate == nil {
		return nil, errors.New("edge: Config needs a Product, a Log, a Name and a Certificate")
	}
	if config.Revision == "" {
		config.Revision = config.Product.Revisions[0].Revision
	}
	if !config.Address.IsValid() {
		config.Address = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if !config.Private.IsValid() {
		config.Private = config.Address
	}
	if config.Product.Client != nil && len(config.Clients) == 0 {
		return nil, errors.New("edge: Config needs Clients, since the product judges the servers that it calls")
	}
	revision, err := config.Product.Named(config.Revision)
	if err != nil {
		return nil, err
	}
	e := &Edge{
		config: config, product: config.Product, revision: revision,
		domain:    Domain(config.Product, config.Name),
		addresses: make(map[string]netip.AddrPort), ports: make(map[uint16]netip.AddrPort),
		random: rand.NewChaCha8(seedBytes(config.Seed)),
		calls:  make(map[dialog]*call),
	}
	e.hosts = hosts(config.Product, e.domain)
	e.secret = []byte(e.token(32))
	if err := errors.Join(e.checkRefusals(), e.checkOffer(), e.SetCertificates(config.Certificate, config.Second)); err != nil {
		return nil, err
	}
	if err := e.set(config.Settings); err != nil {
		return nil, err
	}
	if e.agent, err = sipagent.New(sipagent.Config{Log: config.Log, Wire: config.Wire, Source: config.Address, Handle: e.handle, Unmatched: e.repeated}); err != nil {
		return nil, err
	}
	if e.web, err = web.New(web.Config{Log: config.Log, Wire: config.Wire}); err == nil {
		err = e.listen()
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func seedBytes(seed uint64) (b [32]byte) {
	for i := range 8 {
		b[i] = byte(seed >> (8 * i))
	}
	return b
}

func (e *Edge) listen() error {
	clear, secure := uint16(0), uint16(0)
	if e.config.StandardPorts {
		clear, secure = 5060, 5061
	}
	var errs [3]error
	at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(e.config.Address, port) }
	e.addresses[observation.UDP], errs[0] = e.agent.ListenUDP(at(clear))
	e.addresses[observation.TCP], errs[1] = e.agent.ListenTCP(at(clear))
	for i := range e.hosts {
		var err error
		h := &e.hosts[i]
		if h.TLS, err = e.agent.ListenTLS(e.hostAddress(i, secure), func() tlspeer.Rules { return e.rulesOf(h.Name) }); err != nil {
			return err
		}
	}
	e.addresses[observation.TLS] = e.hosts[0].TLS
	private := netip.AddrPortFrom(e.config.Private, clear)
	if e.config.Private == e.config.Address {
		private = netip.AddrPortFrom(e.config.Private, 0) // the standard port is the edge's own
	}
	e.private, errs[2] = e.agent.Watch(private, PrivateListener)
	return errors.Join(errors.Join(errs[:]...), e.listenPorts())
}

// PrivateListener names, in the log, the socket behind the edge's Contact.
const PrivateListener = "private-contact"

// Domain is the name that devices know the edge by.
func (e *Edge) Domain() string { return e.domain }

// Addresses is where the edge's first host listens, by protocol (observation.TLS …).
func (e *Edge) Addresses() map[string]netip.AddrPort { return maps.Clone(e.addresses) }

// Settings are the values in force, by name.
func (e *Edge) Settings() map[string]string { return maps.Clone(e.now.Load().settings) }

func (e *Edge) setting(name string) string { return e.now.Load().settings[name] }

// suites are those of a list that settings choose.
func (e *Edge) suites(by []profile.Choice, otherwise []string) []string {
	return profile.Choose(by, e.now.Load().settings, otherwise)
}

// set puts settings into force, and the TLS rules that come of them.
func (e *Edge) set(chosen map[string]string) error {
	settings, err := e.product.SettingValues(e.revision, chosen)
	if err != nil {
		return err
	}
	rules, err := e.baseRules(settings)
	if err != nil {
		return err
	}
	e.now.Store(&state{settings, rules})
	return nil
}

// Restart has the edge go away, with all connections and listeners, and come
// back where it was with other settings, as a vendor's does whose administrator
// sets the lowest version of TLS. Registrations are lost.
func (e *Edge) Restart(settings map[string]string) error {
	chosen := e.Settings()
	maps.Copy(chosen, settings)
	e.agent.Down()
	e.web.Disconnect()
	e.mu.Lock()
	e.bindings = nil
	e.mu.Unlock()
	return errors.Join(e.set(chosen), e.agent.Up())
}

// Close ends all connections, listeners and calls, with no goodbye to devices.
func (e *Edge) Close() error {
	err := e.agent.Close()
	if e.web != nil {
		err = errors.Join(err, e.web.Close())
	}
	for _, c := range e.open() { // no handler is left to add one
		c.end()
	}
	return err
}

// token returns n random hexadecimal digits from the edge's seed.
func (e *Edge) token(n int) string {
	const digits = "0123456789abcdef"
	e.mu.Lock()
	defer e.mu.Unlock()
	var b strings.Builder
	for range n {
		b.WriteByte(digits[e.random.Uint64()&15])
	}
	return b.String()
}

// randomness is the edge's seeded source as an io.Reader.
type randomness struct{ e *Edge }

func (r randomness) Read(p []byte) (int, error) {
	r.e.mu.Lock()
	defer r.e.mu.Unlock()
	return r.e.random.Read(p)
}

// Disconnect closes every connection that is open, as a restart of the vendor's
// would; listeners stay.
func (e *Edge) Disconnect() {
	e.agent.Disconnect()
	e.web.Disconnect()
}
