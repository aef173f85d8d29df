package sipagent

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var certificate = sync.OnceValue(func() tls.Certificate { return testkit.SelfSigned(testkit.NewKey(), "edge.test") })

func serverRules() tlspeer.Rules {
	return tlspeer.Rules{MinVersion: tlspeer.TLS12, MaxVersion: tlspeer.TLS13, Certificate: certificate()}
}

// mock is an agent with a listener for each protocol.
type mock struct {
	*Agent
	log *observation.Log
	at  map[string]netip.AddrPort
}

// create returns a mock without listeners.
func create(t testing.TB, c Config) mock {
	t.Helper()
	if c.Log == nil {
		c.Log = observation.NewLog()
	}
	if c.Handle == nil {
		c.Handle = answer200
	}
	a, err := New(c)
	testkit.Started(t, a, err)
	return mock{Agent: a, log: c.Log, at: make(map[string]netip.AddrPort)}
}

func start(t testing.TB, c Config) mock {
	t.Helper()
	m := create(t, c)
	var errs [3]error
	m.at[observation.UDP], errs[0] = m.ListenUDP(testkit.Loopback)
	m.at[observation.TCP], errs[1] = m.ListenTCP(testkit.Loopback)
	m.at[observation.TLS], errs[2] = m.ListenTLS(testkit.Loopback, serverRules)
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

func connect(t testing.TB, m mock, protocol string) *testkit.Device {
	t.Helper()
	conn, err := dial(m, protocol)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.NewDevice(t, conn, protocol)
}

func dial(m mock, protocol string) (net.Conn, error) {
	at := m.at[protocol].String()
	if protocol == observation.TLS {
		return tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true})
	}
	return net.Dial(protocol, at)
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

// pipe is a connection within the process, with a socket's addresses, for tests in virtual time.
type pipe struct {
	net.Conn
	local, remote *net.TCPAddr
}

func (p pipe) LocalAddr() net.Addr { return p.local }

func (p pipe) RemoteAddr() net.Addr { return p.remote }

// attach connects a device to an agent as if it had been accepted.
func attach(t testing.TB, a *Agent, protocol string, rules func() tlspeer.Rules) *testkit.Device {
	near, far := net.Pipe()
	at := func(port int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }
	a.spawn(func() { a.attend(pipe{near, at(5060), at(40000)}, protocol, rules, new(entrance)) })
	d := testkit.NewDevice(t, far, protocol)
	far.SetDeadline(time.Time{})
	return d
}
