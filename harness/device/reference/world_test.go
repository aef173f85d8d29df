package reference

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// domain is the name of the peer.
const domain = "s1.sip.example.com"

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// sign returns a certificate from template, signed by issuer or else by itself.
func sign(template x509.Certificate, key *ecdsa.PrivateKey, issuer *authority) *x509.Certificate {
	if issuer == nil {
		return testkit.Issue(nil, key, template).Leaf
	}
	return testkit.Issue(&tls.Certificate{Leaf: issuer.certificate, PrivateKey: issuer.key}, key, template).Leaf
}

func newAuthority(t testing.TB, name string, issuer *authority) *authority {
	t.Helper()
	a := &authority{key: testkit.NewKey()}
	a.certificate = sign(x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: time.Now().Add(-1000 * time.Hour),
	}, a.key, issuer)
	return a
}

// leaf issues a server certificate with a wildcard for the peer. If change is not nil, it changes the template first.
func (a *authority) leaf(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := x509.Certificate{
		Subject: pkix.Name{CommonName: "*.sip.example.com"}, DNSNames: []string{"*.sip.example.com"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(&template)
	}
	key := testkit.NewKey()
	certificate := sign(template, key, a)
	chain := [][]byte{certificate.Raw}
	if a != nil {
		chain = append(chain, a.certificate.Raw)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: key, Leaf: certificate}
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// nameServer is a name server with a table of records.
type nameServer struct {
	address netip.AddrPort
	mu      sync.Mutex
	records []dns.RR
	asked   []string
}

func startNameServer(t testing.TB) *nameServer {
	t.Helper()
	stream, packets := onePort(t)
	n := &nameServer{address: packets.LocalAddr().(*net.UDPAddr).AddrPort()}
	for _, server := range []*dns.Server{{PacketConn: packets}, {Listener: stream}} {
		started, done := make(chan struct{}), make(chan struct{})
		server.Handler, server.NotifyStartedFunc = n, func() { close(started) }
		go func() { defer close(done); _ = server.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = server.Shutdown(); <-done })
	}
	return n
}

// onePort opens a port for both protocols.
func onePort(t testing.TB) (stream net.Listener, packets *net.UDPConn) {
	t.Helper()
	for range 20 {
		stream = testkit.Listen(t)
		var err error
		if packets, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(stream.Addr().(*net.TCPAddr).AddrPort())); err == nil {
			return stream, packets
		}
	}
	t.Fatal("no port is free for both protocols")
	return nil, nil
}

func (n *nameServer) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	answer := new(dns.Msg).SetReply(question)
	n.mu.Lock()
	q := question.Question[0]
	n.asked = append(n.asked, dns.TypeToString[q.Qtype]+" "+strings.TrimSuffix(q.Name, "."))
	for _, rr := range n.records {
		if rr.Header().Name == q.Name && rr.Header().Rrtype == q.Qtype {
			answer.Answer = append(answer.Answer, rr)
		}
	}
	n.mu.Unlock()
	if w.RemoteAddr().Network() == "udp" {
		answer.Truncate(dns.MinMsgSize)
	}
	_ = w.WriteMsg(answer)
}

// set replaces the records by lines of a zone file.
func (n *nameServer) set(t testing.TB, lines ...string) {
	t.Helper()
	var records []dns.RR
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, rr)
	}
	n.mu.Lock()
	n.records = records
	n.mu.Unlock()
}

// questions returns the questions since the last call.
func (n *nameServer) questions() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	asked := strings.Join(n.asked, "|")
	n.asked = nil
	return asked
}

// world is a device and everything that it needs: a peer, a name server and an authority.
type world struct {
	t       testing.TB
	root    *authority
	dns     *nameServer
	peer    *peer
	device  *Device
	session *session
	log     *observation.Log
	second  *authority // another root of the trust bundle
}

// settings are what a test changes in its world.
type settings struct {
	options Options
	levers  device.Levers
	server  *tls.Config // of the peer
	account device.Account
	setup   func(*device.Setup, *authority)
	script  func(*received)
	records func(*peer) []string // of the name server
}

// user and password are those of the account.
const (
	user     = "alice"
	password = "s3cr3t"
)

func newWorld(t testing.TB, s settings) *world {
	t.Helper()
	w := &world{t: t, root: newAuthority(t, "root", nil), dns: startNameServer(t), log: observation.NewLog()}
	config := s.server
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if len(config.Certificates) == 0 {
		config.Certificates = []tls.Certificate{w.root.leaf(t, nil)}
	}
	w.peer = startPeer(t, config, s.script)
	w.peer.world = w
	if s.records == nil {
		s.records = (*peer).records
	}
	w.dns.set(t, s.records(w.peer)...)
	own := w.root.leaf(t, func(c *x509.Certificate) { c.DNSNames = []string{"device.example.com"} })
	key, err := x509.MarshalECPrivateKey(own.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	if s.account.Domain == "" {
		s.account = device.Account{User: user, Password: password, Domain: domain}
	}
	setup := device.Setup{
		Log: w.log, Dir: "", Address: loopback, DNS: w.dns.address, Account: s.account,
		Trust: certificatePEM(w.root.certificate.Raw), Levers: s.levers,
		Certificate: append(certificatePEM(own.Certificate[0]), certificatePEM(own.Certificate[1])...),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key}),
	}
	if s.setup != nil {
		s.setup(&setup, w.root)
	}
	if s.options.Interval == 0 {
		s.options.Interval = time.Millisecond
	}
	w.device = New(s.options)
	opened, err := w.device.Prepare(t.Context(), setup)
	if err != nil {
		t.Fatal(err)
	}
	w.session = opened.(*session)
	t.Cleanup(func() { _ = opened.Close() })
	return w
}

// do tells the device to act and waits until it has settled.
func (w *world) do(verb device.Verb, target string) {
	w.t.Helper()
	w.tell(verb, target)
	w.settle()
}

func (w *world) tell(verb device.Verb, target string) {
	w.t.Helper()
	if err := w.session.Do(w.t.Context(), device.Action{Verb: verb, Target: target}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) settle() {
	w.t.Helper()
	if err := w.session.Settled(testkit.Context(w.t)); err != nil {
		w.t.Fatalf("not settled; %s", w.events())
	}
}

// finish closes the device and returns everything that it sent.
func (w *world) finish() []*received {
	w.t.Helper()
	if err := w.session.Close(); err != nil {
		w.t.Fatal(err)
	}
	return w.peer.drained(w.t)
}

// events returns the events that the device logged.
func (w *world) events() string {
	var events []string
	for _, e := range w.log.Events() {
		if e.Device != nil && e.Device.What == "event" {
			events = append(events, e.Text)
		}
	}
	return strings.Join(events, "; ")
}

// said waits until the device logs an event that contains text.
func (w *world) said(text string) {
	w.t.Helper()
	if _, err := w.log.Wait(testkit.Context(w.t), func(e observation.Event) bool { return strings.Contains(e.Text, text) }); err != nil {
		w.t.Fatalf("the device never said %q, but %s", text, w.events())
	}
}
