package sipagent

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what a test waits for on a machine that may be busy; nothing
// waits for it to pass.
const patience = 20 * time.Second

var loopback = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)

var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "edge.test"}, DNSNames: []string{"edge.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

func serverRules() tlspeer.Rules {
	return tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS13, Certificate: certificate()}
}

// mock is an agent with a listener for each protocol.
type mock struct {
	*Agent
	log *observation.Log
	at  map[string]netip.AddrPort
}

func start(t testing.TB, c Config) mock {
	t.Helper()
	if c.Log == nil {
		c.Log = observation.NewLog()
	}
	if c.Handle == nil {
		c.Handle = answer200
	}
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	m := mock{Agent: a, log: c.Log, at: make(map[string]netip.AddrPort)}
	var errs [3]error
	m.at[observation.UDP], errs[0] = a.ListenUDP(loopback)
	m.at[observation.TCP], errs[1] = a.ListenTCP(loopback)
	m.at[observation.TLS], errs[2] = a.ListenTLS(loopback, serverRules)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// answer200 is a handler that accepts everything.
func answer200(_ context.Context, t *Transaction) {
	if t.Request.Method != "ACK" {
		t.Respond(200, "OK", nil)
	}
}

// device is a SIP device made of nothing but a socket.
type device struct {
	t      testing.TB
	conn   net.Conn
	framer *sipwire.Framer // nil over UDP
	frames []sipwire.Frame
}

func connect(t testing.TB, m mock, protocol string) *device {
	t.Helper()
	conn, err := dial(m, protocol)
	if err != nil {
		t.Fatal(err)
	}
	return speaking(t, conn, protocol)
}

func dial(m mock, protocol string) (net.Conn, error) {
	at := m.at[protocol].String()
	if protocol == observation.TLS {
		return tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true})
	}
	return net.Dial(protocol, at)
}

func speaking(t testing.TB, conn net.Conn, protocol string) *device {
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	d := &device{t: t, conn: conn}
	if protocol != observation.UDP {
		d.framer = new(sipwire.Framer)
	}
	return d
}

func (d *device) send(text string) {
	d.t.Helper()
	if _, err := d.conn.Write([]byte(text)); err != nil {
		d.t.Fatalf("the device cannot write: %v", err)
	}
}

// next returns the next message from the mock, an error at the connection's end.
func (d *device) next() (*sipwire.Message, error) {
	buf := make([]byte, 1<<16)
	for {
		for len(d.frames) > 0 {
			frame := d.frames[0]
			d.frames = d.frames[1:]
			if frame.Kind == sipwire.MalformedFrame {
				return nil, frame.Err
			}
			if frame.Message != nil {
				return frame.Message, nil
			}
		}
		n, err := d.conn.Read(buf)
		if err != nil {
			return nil, err
		}
		if d.framer == nil {
			return sipwire.Parse(buf[:n])
		}
		d.frames = d.framer.Write(buf[:n])
	}
}

// expect returns the next message, which must be a response of that status to
// that method, or if status is 0 a request of that method.
func (d *device) expect(status int, method string) *sipwire.Message {
	d.t.Helper()
	m, err := d.next()
	if err != nil {
		d.t.Fatalf("instead of %d to %s: %v", status, method, err)
	}
	if _, of := m.CSeq(); m.Status != status || of != method {
		d.t.Fatalf("got %q, want %d to %s", firstLine(m), status, method)
	}
	return m
}

func firstLine(m *sipwire.Message) string {
	line, _, _ := strings.Cut(string(m.Raw), "\r\n")
	return line
}

var branches atomic.Uint64

// compose writes a request of a transaction of its own. Header fields that are
// given replace those of the same name, or remove them if they are empty.
func compose(protocol, method string, headers ...string) string {
	n := branches.Add(1)
	return composeAs(fmt.Sprintf("%sb%d", sipwire.MagicCookie, n), protocol, method, headers...)
}

func composeAs(branch, protocol, method string, headers ...string) string {
	m := sipwire.NewRequest(method, "sip:vendor.test")
	m.Add("Via", fmt.Sprintf("SIP/2.0/%s 127.0.0.1:5062;rport;branch=%s", strings.ToUpper(protocol), branch))
	m.Add("Max-Forwards", "70")
	m.Add("From", "<sip:alice@vendor.test>;tag=1")
	m.Add("To", "<sip:bob@vendor.test>")
	m.Add("Call-ID", branch)
	m.Add("CSeq", "1 "+method)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			m.Del(strings.TrimSuffix(name, ":"))
		} else {
			m.Set(name, value)
		}
	}
	return string(m.Bytes())
}

// reply answers a request of the mock's.
func reply(request *sipwire.Message, status int, headers ...string) string {
	m := sipwire.NewResponse(request, status, "")
	m.SetToTag("device")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		m.Set(name, value)
	}
	return string(m.Bytes())
}

// seen waits for an event of that kind.
func seen(t testing.TB, log *observation.Log, kind observation.Kind, match func(observation.Event) bool) observation.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	e, err := log.Wait(ctx, func(e observation.Event) bool { return e.Kind == kind && (match == nil || match(e)) })
	if err != nil {
		t.Fatalf("no %s was seen", kind)
	}
	return e
}

func count(log *observation.Log, kind observation.Kind, dir observation.Direction) (n int) {
	for _, e := range log.Events() {
		if e.Kind == kind && e.Dir == dir {
			n++
		}
	}
	return n
}

var protocols = []string{observation.UDP, observation.TCP, observation.TLS}

// pipe is a connection within the process, with addresses like a socket's, for
// tests in virtual time.
type pipe struct {
	net.Conn
	local, remote *net.TCPAddr
}

func (p pipe) LocalAddr() net.Addr  { return p.local }
func (p pipe) RemoteAddr() net.Addr { return p.remote }

// attach connects a device to an agent as if it had been accepted.
func attach(t testing.TB, a *Agent, protocol string, rules func() tlspeer.Rules) *device {
	near, far := net.Pipe()
	at := func(port int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }
	a.spawn(func() { a.attend(pipe{near, at(5060), at(40000)}, protocol, rules) })
	d := speaking(t, far, protocol)
	far.SetDeadline(time.Time{})
	return d
}
