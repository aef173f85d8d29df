// Package edge is a vendor's SIP edge: it registers devices, answers their calls
// and calls them, as a profile says. What a vendor does differently is data in
// the profile.
//
// An edge works alone in a test, like httptest.Server; see [Serve]. Users start
// one through the package of a vendor, such as mocks/twilio. The package itself
// serves this module and may change.
package edge

import (
	"cmp"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/tlspeer"
	"github.com/sipconform/sipconform/mocks/vendor"
	"github.com/sipconform/sipconform/mocks/web"
)

// Config is what an [Edge] is started with.
type Config struct {
	vendor.Config

	// StandardPorts has the edge take 5060, 5061 and the ports of the profile's
	// table; otherwise it takes free ones.
	StandardPorts bool
	// Port is where the hosts take SIP over TLS, each at an address of its own, while SIP in clear is at the
	// port before it, as 5060 is before 5061. It is for an edge without StandardPorts; 0 takes free ports.
	Port uint16
	// Version is the one version of TLS that the edge has, as server and as client,
	// whatever its settings say; 0 leaves it to them.
	Version uint16
	// Private is the address that the edge's Contact names and that nobody should
	// write to; the first of Addresses if it is not set.
	Private netip.Addr
	// MediaPorts are the UDP ports of media, such as a firewall lets through; the zero value: any. MediaTurn says whose turn
	// it is among them. Edges that follow each other at an address share one, so that what is late for a call of one edge
	// meets no call of the next; nil: the edge has one of its own, which begins anywhere.
	MediaPorts media.PortRange
	MediaTurn  *media.Turn

	// User and Password are the one account; without a password there is no digest.
	User, Password string
	// Answer is a mistake that the edge makes in its answers, for requirements on
	// the device as offerer. The zero value makes none.
	Answer AnswerFault
	// MediaInterval is the time between media packets, 20 ms if zero.
	MediaInterval time.Duration

	reopening, absence, lingering time.Duration // replace the constants in tests
	names                         *net.Resolver // replaces that of the system in tests
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

	gate      *peers.Gate
	agent     *sipagent.Agent
	web       *web.Server               // the listeners that are not SIP's
	address   netip.Addr                // of SIP in clear and of media; its twin has both too
	addresses map[string]netip.AddrPort // by protocol
	ports     map[uint16]netip.AddrPort // of the profile's table, without SIP's
	private   netip.AddrPort
	departed  departed
	waiting   media.Waiting  // the room for early media of all calls
	watching  sync.WaitGroup // one goroutine a call
	bounds    observation.Tally

	mu           sync.Mutex
	closed       bool // no more calls
	random       *rand.ChaCha8
	certificates map[string][]tls.Certificate // by host
	calls        map[dialog]*call
	keys         []media.Stray // of descriptions so far, at most mostKeys
	bindings     bindings
	console      []observation.ConsoleInfo
}

// state is what a restart can change.
type state struct {
	settings map[string]string
	rules    tlspeer.Rules // without certificates
}

// Start starts an edge; the caller must Close it.
func Start(config Config) (*Edge, error) {
	revision, err := config.Complete()
	if err != nil {
		return nil, err
	}
	e := &Edge{
		config: config, product: config.Product, revision: revision,
		domain: vendor.Domain(config.Product, config.Name), address: config.Addresses[0],
		addresses: make(map[string]netip.AddrPort), ports: make(map[uint16]netip.AddrPort),
		random: rand.NewChaCha8(seedBytes(config.Seed, config.Run)),
		calls:  make(map[dialog]*call),
		gate:   peers.NewGate(config.Peers, config.Log),
	}
	e.config.reopening, e.config.absence = cmp.Or(config.reopening, reopening), cmp.Or(config.absence, absence)
	e.departed.log = config.Log
	e.departed.after, e.departed.most = cmp.Or(config.lingering, lingering), maxLingering
	if pairs := config.MediaPorts.Pairs(); pairs > 0 { // calls that are up need the others
		e.departed.most = min(maxLingering, pairs/2)
		if config.MediaTurn == nil {
			e.config.MediaTurn = media.NewTurn(uint32(e.random.Uint64()))
		}
	}
	if !e.config.Private.IsValid() {
		e.config.Private = e.address
	}
	if e.config.Private, err = vendor.Usable(e.config.Private); err != nil {
		return nil, err
	}
	hosts, err := vendor.Hosts(config.Product, config.Name)
	if err != nil {
		return nil, err
	}
	if r, chosen := e.product.Regional(config.Settings[profile.RegionSetting]); chosen && r.Doubt != "" {
		config.Log.Append(observation.Event{Kind: observation.Note, Text: "region " + r.Name + ": " + r.Doubt})
	}
	for _, h := range hosts {
		e.hosts = append(e.hosts, Host{Host: h})
	}
	e.secret = []byte(e.token(32))
	if err := e.SetCertificates(config.Certificate, config.Second); err != nil {
		return nil, err
	}
	if err := e.set(config.Settings); err != nil {
		return nil, err
	}
	e.agent, err = sipagent.New(sipagent.Config{
		Log: config.Log, Wire: config.Wire, Sources: config.Listens(e.address), Gate: e.gate, Handle: e.handle, Unmatched: e.repeated,
	})
	if err != nil {
		return nil, err
	}
	if e.web, err = web.New(web.Config{Log: config.Log, Wire: config.Wire, Gate: e.gate}); err == nil {
		err = e.listen()
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func seedBytes(seed, run uint64) (b [32]byte) {
	binary.LittleEndian.PutUint64(b[:], seed)
	binary.LittleEndian.PutUint64(b[8:], run)
	return b
}

func (e *Edge) listen() error {
	clear, secure := uint16(0), uint16(0)
	switch {
	case e.config.StandardPorts:
		clear, secure = profile.SIPPort, e.sipsPort()
	case e.config.Port == 1:
		return errors.New("edge: SIP over TLS at port 1 leaves no port before it for SIP in clear")
	case e.config.Port != 0:
		clear, secure = e.config.Port-1, e.config.Port
	}
	var errs [3]error
	at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(e.address, port) }
	e.addresses[observation.UDP], errs[0] = e.config.Open(at(clear), e.agent.ListenUDP)
	e.addresses[observation.TCP], errs[1] = e.config.Open(at(clear), e.agent.ListenTCP)
	for i := range e.hosts {
		var err error
		h := &e.hosts[i]
		h.TLS, err = e.config.Open(e.hostAddress(i, secure), func(at netip.AddrPort) (netip.AddrPort, error) {
			return e.agent.ListenTLS(at, func() tlspeer.Rules { return e.rulesOf(h.Name) })
		})
		if err != nil {
			return err
		}
	}
	e.addresses[observation.TLS] = e.hosts[0].TLS
	private := netip.AddrPortFrom(e.config.Private, clear)
	if e.config.Private == e.address {
		private = netip.AddrPortFrom(e.config.Private, 0) // the edge itself has the standard port
	}
	e.private, errs[2] = e.config.Open(private, func(at netip.AddrPort) (netip.AddrPort, error) {
		return e.agent.Watch(at, observation.PrivateContact)
	})
	return errors.Join(errors.Join(errs[:]...), e.listenPorts())
}

// Addresses returns where the edge's first host listens, by protocol
// (observation.TLS …).
func (e *Edge) Addresses() map[string]netip.AddrPort { return maps.Clone(e.addresses) }

// Listeners returns everything that the edge listens at for devices. Twins have the same name.
func (e *Edge) Listeners() []vendor.Listener {
	var all []vendor.Listener
	add := func(name string, at netip.AddrPort) {
		for _, a := range e.config.Listens(at.Addr()) {
			all = append(all, vendor.Listener{Name: name, Address: netip.AddrPortFrom(a, at.Port())})
		}
	}
	for _, protocol := range []string{observation.UDP, observation.TCP, observation.TLS} {
		add(protocol, e.addresses[protocol])
	}
	for _, h := range e.hosts[1:] {
		add(observation.TLS+" "+h.Name, h.TLS)
	}
	ports := e.Ports()
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		add(fmt.Sprintf("port %d", port), ports[port])
	}
	return all
}

// Settings returns the values in force, by name.
func (e *Edge) Settings() map[string]string { return maps.Clone(e.now.Load().settings) }

func (e *Edge) setting(name string) string { return e.now.Load().settings[name] }

// suites returns the list that the settings in force choose.
func (e *Edge) suites(by []profile.Choice, otherwise []string) []string {
	return profile.Choose(by, e.now.Load().settings, otherwise)
}

// set puts settings into force, with the TLS rules that follow from them.
func (e *Edge) set(chosen map[string]string) error {
	settings, err := e.product.SettingValues(e.revision, chosen)
	if err != nil {
		return err
	}
	rules, err := vendor.Rules(e.revision, settings, e.config.Suites, e.config.Groups)
	if err != nil {
		return err
	}
	if only := e.config.Version; only != 0 {
		rules.MinVersion, rules.MaxVersion = only, only
		rules = rules.Without(rules.Unavailable())
	}
	e.now.Store(&state{settings, rules})
	return nil
}

// Set changes settings while the edge runs: connections and registrations stay, and what follows obeys them.
func (e *Edge) Set(settings map[string]string) error {
	chosen := e.Settings()
	maps.Copy(chosen, settings)
	return e.set(chosen)
}

// Restart closes all connections and listeners and opens the listeners again with
// other settings, as a vendor's server does when its administrator sets the
// lowest version of TLS. Registrations are lost. The log has [observation.VendorRestarted]
// while nothing listens, so that every connection behind it came after the restart.
func (e *Edge) Restart(settings map[string]string) error {
	e.agent.Down()
	e.web.Disconnect()
	e.mu.Lock()
	e.bindings = bindings{}
	e.mu.Unlock()
	err := e.Set(settings)
	e.config.Log.Mark(observation.VendorRestarted)
	return errors.Join(err, e.agent.Up())
}

// Close ends all connections, listeners and calls, without telling devices.
func (e *Edge) Close() error {
	err := e.agent.Close()
	if e.web != nil {
		err = errors.Join(err, e.web.Close())
	}
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	for _, c := range e.open() {
		c.end()
	}
	e.watching.Wait()
	return errors.Join(err, e.departed.close())
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

// Disconnect closes every open connection, as a restart of the vendor's server
// would. Listeners stay open.
func (e *Edge) Disconnect() {
	e.agent.Disconnect()
	e.web.Disconnect()
}
