package tlspeer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const testName = "edge.vendor.test"

var (
	rsaCertificate   = sync.OnceValue(func() tls.Certificate { return testkit.SelfSigned(testkit.NewRSAKey(), testName) })
	ecdsaCertificate = sync.OnceValue(func() tls.Certificate { return testkit.SelfSigned(testkit.NewKey(), testName) })
)

func serverRules(certificate tls.Certificate) Rules {
	return Rules{MinVersion: TLS10, MaxVersion: TLS13, Certificate: certificate}
}

// outcome is the outcome of a connection on our side.
type outcome struct {
	State
	err      error  // of the handshake
	received string // after it
	read     error  // that ended reading
	events   []observation.Event
}

// alerts returns the alerts of one direction in the log.
func (o outcome) alerts(dir observation.Direction) []uint8 {
	var numbers []uint8
	for _, e := range o.events {
		if e.Kind == observation.TLSAlert && e.Dir == dir {
			numbers = append(numbers, e.Alert.Description)
		}
	}
	return numbers
}

func (o outcome) all(kind observation.Kind) []observation.Event {
	var found []observation.Event
	for _, e := range o.events {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

// handshake returns the TLSHandshake event; there must be exactly one.
func (o outcome) handshake(tb testing.TB) *observation.HandshakeInfo {
	tb.Helper()
	found := o.all(observation.TLSHandshake)
	if len(found) != 1 {
		tb.Fatalf("%d TLSHandshake events", len(found))
	}
	return found[0].Handshake
}

// eachEngine runs test once for every engine of this machine.
func eachEngine(t *testing.T, test func(t *testing.T, e engine)) {
	t.Parallel()
	for e := range engines {
		t.Run(engineName(e), func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

func engineName(e engine) string { return strings.TrimPrefix(fmt.Sprintf("%T", e), "tlspeer.") }

// suitesOf returns the suites that an engine has and that need no key besides the certificate's, with the versions
// that can use them.
func suitesOf(e engine) map[uint16][]uint16 {
	suites := make(map[uint16][]uint16)
	for suite := range suiteNames {
		lowest, highest := SuiteVersions(suite)
		if len(e.lacks(&Rules{MinVersion: lowest, MaxVersion: highest, Suites: []uint16{suite}})) > 0 {
			continue
		}
		for version := lowest; version <= highest; version++ {
			suites[suite] = append(suites[suite], version)
		}
	}
	return suites
}

// vendorSuites are all suites in the lists of Twilio, Genesys, Cisco and Infobip.
var vendorSuites = []uint16{
	0x0002, 0x002F, 0x0035, 0x003C, 0x003D, 0x009C, 0x009D, 0xC02F, 0xC030, 0xC027, 0xC028, 0xC013, 0xC014,
	0xC02B, 0xC02C, 0x009E, 0x009F, 0x0067, 0x006B, 0xC09E, 0xC09F, 0xC0A2, 0xC0A3, 0x1301, 0x1302, 0x1303, 0x1304,
}

// certificateFor returns a certificate with which suite can be negotiated.
func certificateFor(suite uint16) tls.Certificate {
	if keyExchange(suite) == "ECDHE_ECDSA" {
		return ecdsaCertificate()
	}
	return rsaCertificate()
}

// serverOf and clientOf return the endpoints of one engine, even if another would be chosen.
func serverOf(e engine) endpoint { return endpointOf(e, server) }

func clientOf(e engine) endpoint { return endpointOf(e, client) }

func endpointOf(e engine, as role) endpoint {
	return func(ctx context.Context, raw net.Conn, rules Rules, tap *Tap) (*Conn, error) {
		return openWith(ctx, e, as, raw, &rules, tap)
	}
}

// serve runs one connection as a server, with peer as the client, and returns when both have ended.
func serve(tb testing.TB, side endpoint, rules Rules, peer func(address string)) outcome {
	tb.Helper()
	l := testkit.Listen(tb)
	result := make(chan outcome, 1)
	ctx := testkit.Context(tb)
	go func() {
		raw, err := l.Accept()
		if err != nil {
			result <- outcome{err: err}
			return
		}
		result <- finish(ctx, raw, rules, side, int64(len(greeting)))
	}()
	peer(l.Addr().String())
	// A peer that has not connected is not waited for. One that has, and left at once, may wait to be accepted, which closing
	// the listener would undo.
	if raw, err := net.Dial("tcp", l.Addr().String()); err == nil {
		raw.Close()
	}
	return <-result
}

// call runs one connection to address as a client.
func call(tb testing.TB, side endpoint, rules Rules, address string) outcome {
	tb.Helper()
	var d net.Dialer
	raw, err := d.DialContext(testkit.Context(tb), "tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	return finish(testkit.Context(tb), raw, rules, side, math.MaxInt64)
}

type endpoint func(context.Context, net.Conn, Rules, *Tap) (*Conn, error)

// greeting is what both sides send: openssl s_server -www answers it.
const greeting = "GET / HTTP/1.0\r\n\r\n"

// finish performs the handshake, greets, reads, and closes. A server reads only the greeting; a client reads to the
// end.
func finish(ctx context.Context, raw net.Conn, rules Rules, side endpoint, enough int64) outcome {
	log := observation.NewLog()
	var o outcome
	conn, err := side(ctx, raw, rules, &Tap{Log: log, Conn: "c1"})
	if o.err = err; err == nil {
		o.State = conn.State()
		conn.SetDeadline(time.Now().Add(testkit.Patience))
		io.WriteString(conn, greeting)
		var received []byte
		received, o.read = io.ReadAll(io.LimitReader(conn, enough))
		o.received = string(received)
		conn.Close()
	}
	o.events = log.Events()
	return o
}

// gotAlert returns the alert in err, or -1.
func gotAlert(err error) int {
	var alert *AlertError
	if errors.As(err, &alert) {
		return int(alert.Description)
	}
	return -1
}
