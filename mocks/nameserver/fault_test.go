package nameserver

import (
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/accept"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/peers"
)

// served starts a server with a zone.
func served(t *testing.T) (*Server, *observation.Log) {
	t.Helper()
	s, err := Start(t.Context(), Config{})
	testkit.Started(t, s, err)
	log := observation.NewLog()
	t.Cleanup(s.Variable(log, Records{A("host.test", netip.MustParseAddr("127.0.0.1"))}).Release)
	return s, log
}

// TestSocketFails: when the server can take no question any more, that is a fault of every zone, also of those that come
// later, so that no device is blamed for what it cannot find.
func TestSocketFails(t *testing.T) {
	t.Parallel()
	s, log := served(t)
	s.udp.PacketConn.Close()
	testkit.Await(t, log, observation.Fault, nil)
	later := observation.NewLog()
	v := s.Variable(later, Records{A("later.test", netip.MustParseAddr("127.0.0.1"))})
	defer v.Release()
	v.Set(Records{A("later.test", netip.MustParseAddr("127.0.0.2"))})
	for _, l := range []*observation.Log{log, later} {
		events := l.Events()
		if len(events) != 1 || events[0].Fault != observation.HarnessFailed || !strings.Contains(events[0].Text, "taking questions") {
			t.Errorf("the log has %+v", events)
		}
	}
}

// TestAnswerFails: an answer that cannot be sent over UDP is a fault of the zone that it is about.
func TestAnswerFails(t *testing.T) {
	t.Parallel()
	s, log := served(t)
	s.serve(unsendable{}, new(dns.Msg).SetQuestion("host.test.", dns.TypeA))
	if e := testkit.Await(t, log, observation.Fault, nil); e.Fault != observation.HarnessFailed {
		t.Errorf("the fault is %q: %s", e.Fault, e.Text)
	}
}

// unsendable is a client to which the system sends nothing.
type unsendable struct{ dns.ResponseWriter }

func (unsendable) RemoteAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (unsendable) LocalAddr() net.Addr  { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 53} }
func (unsendable) Write([]byte) (int, error) {
	return 0, &net.OpError{Op: "write", Net: "udp", Err: net.UnknownNetworkError("none")}
}

// TestQueueOverflows has more questions come than the socket has room for: what was lost is told, once.
func TestQueueOverflows(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how many datagrams it had no room for")
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	testkit.Started(t, conn, err)
	if err := countOverflow(conn); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadBuffer(1); err != nil { // the least that there is
		t.Fatal(err)
	}
	var lost []error
	q := &questions{UDPConn: conn, lost: func(err error) { lost = append(lost, err) }}
	client, err := net.DialUDP("udp", nil, conn.LocalAddr().(*net.UDPAddr))
	testkit.Started(t, client, err)
	send := func(text string) {
		if _, err := client.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	next := func() string {
		p := make([]byte, 2000)
		n, _, err := q.ReadFrom(p)
		if err != nil {
			t.Fatal(err)
		}
		return string(p[:n])
	}
	send("first")
	if next() != "first" || len(lost) != 0 {
		t.Fatalf("lost %v", lost)
	}
	for range 100 {
		send(strings.Repeat("x", 1000))
	}
	for next(); len(lost) == 0; { // as many as there was room for, and then one that tells of the others
		send("next")
		next()
	}
	if cause := observation.Shortage(lost[0]); cause != observation.OutOfMemory {
		t.Errorf("%v is %q", lost[0], cause)
	}
}

// TestConnectionsOfOneAddress: an address can have so many connections open, then none, and again when it has closed one.
// Others can have as many. The zones of that address know.
func TestConnectionsOfOneAddress(t *testing.T) {
	t.Parallel()
	s, log := served(t)
	crowd := netip.MustParseAddr("127.0.0.1")
	guarded := observation.NewLog()
	v := s.Variable(guarded, Records{A("guarded.test", crowd)})
	defer v.Release()
	v.Admit(peers.NewGate(peers.Peers{Device: []netip.Addr{crowd}}, guarded))
	open := func(from string) *dns.Conn {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		conn, err := dialer.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return &dns.Conn{Conn: conn}
	}
	answered := func(c *dns.Conn) bool {
		if c.WriteMsg(new(dns.Msg).SetQuestion("host.test.", dns.TypeA)) != nil {
			return false
		}
		_, err := c.ReadMsg()
		return err == nil
	}
	var all []*dns.Conn
	for range accept.MaxOfAddress {
		all = append(all, open("127.0.0.1"))
		if !answered(all[len(all)-1]) {
			t.Fatalf("connection %d is closed", len(all))
		}
	}
	if answered(open("127.0.0.1")) {
		t.Error("there is room for one too many")
	}
	if runtime.GOOS == "linux" && !answered(open("127.0.0.2")) {
		t.Error("there is no room for another address")
	}
	e := testkit.Await(t, guarded, observation.Limit, nil)
	if e.Denied.Bound != observation.NameConnections || e.Denied.Remote.Addr() != crowd || e.Denied.Count != 1 {
		t.Errorf("the zone knows %+v", e.Denied)
	}
	all[0].Close()
	for end := testkit.Context(t); !answered(open("127.0.0.1")); { // the server may not have read the end yet
		if end.Err() != nil {
			t.Fatal("there is no room after one was closed")
		}
	}
	for _, e := range log.Events() {
		if e.Kind == observation.Limit {
			t.Errorf("a zone for anybody knows %+v", e)
		}
	}
}
