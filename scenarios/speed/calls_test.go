//go:build unix

package speed

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/edge"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
	"github.com/sipconform/sipconform/mocks/vendor"
)

const (
	callTurns  = 9
	callsATurn = 1500
	dialogs    = 5 // at a time on a connection: a mock has no more than 64 calls
)

// runCalls serves calls over TLS, as the mock of a vendor by itself does, until it is killed.
func runCalls(certificate tls.Certificate) error {
	settings := map[string]string{"digest": "off", "secure_media": "off"}
	s, err := edge.ServeFile(fixtures.FS, "twilio", "voice", settings, func(c *edge.Config) {
		c.Log = observation.NewWindow()
		c.Certificate = func(vendor.Host) (tls.Certificate, error) { return certificate, nil }
	})
	if err != nil {
		return err
	}
	fmt.Println("ACCEPT", s.Addresses()[observation.TLS])
	select {}
}

// answerer is a server of calls: a program, or two of them.
type answerer struct {
	address string
	pids    []int
}

func (a answerer) used() (sum time.Duration) {
	for _, pid := range a.pids {
		sum += runningTime(pid)
	}
	return sum
}

// sippBehindStunnel starts SIPp's own answering scenario, and stunnel before it: Debian's SIPp speaks no TLS.
func sippBehindStunnel(b *testing.B, cert, key string) answerer {
	free := func() string {
		l, err := net.Listen("tcp", testkit.Loopback.String())
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	clear, secure := free(), free()
	_, port, _ := net.SplitHostPort(clear)
	dir := b.TempDir()
	config := filepath.Join(dir, "stunnel.conf")
	text := fmt.Sprintf("foreground = yes\npid =\ncert = %s\nkey = %s\n[sip]\naccept = %s\nconnect = %s\n", cert, key, secure, clear)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	a := answerer{address: secure}
	for _, arguments := range [][]string{{"sipp", "-sn", "uas", "-t", "tn", "-max_socket", "100", "-i", "127.0.0.1", "-p", port, "-nostdin"},
		{"stunnel", config}} {
		cmd := testkit.Command(b, arguments[0], arguments[1:]...)
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
		a.pids = append(a.pids, cmd.Process.Pid)
	}
	for _, address := range []string{clear, secure} {
		for deadline := time.Now().Add(testkit.Patience); ; {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
				break
			}
			if time.Now().After(deadline) {
				b.Fatalf("nothing listens at %s: %v", address, err)
			}
		}
	}
	return a
}

// benchmarkCalls compares the calls that a mock answers over TLS with those of SIPp behind stunnel: the same caller and
// certificate, one connection and ten, five calls at a time on each. The mock records what it sees, and has media.
func benchmarkCalls(b *testing.B) []row {
	var rows []row
	var mock, theirs answerer
	missing := errors.Join(lookFor("sipp"), lookFor("stunnel"))
	if missing == nil {
		cert, key := credential(b, certs.RSA2048)
		server := testkit.Serve(b, mockServer(cert, key, "calls"))
		mock = answerer{server.Address, []int{server.Pid()}}
		theirs = sippBehindStunnel(b, cert, key)
	} else {
		b.Logf("calls are not compared: %v", missing)
	}
	for _, connections := range []int{1, 10} {
		of := fmt.Sprintf("%d connections", connections)
		if connections == 1 {
			of = "one connection"
		}
		rate := row{what: "calls a second over TLS, mock to SIPp behind stunnel, " + of, target: "at least 1",
			met: func(f float64) bool { return f >= 1 }}
		cost := row{what: "  processor time of a call, mock to both", target: "at most 1.5", met: func(f float64) bool { return f <= 1.5 }}
		var ours, others samples
		if missing == nil {
			var used [2]time.Duration
			measure := func(a answerer, to *samples, used *time.Duration) {
				before := a.used()
				*to = append(*to, call(b, a.address, connections))
				*used += a.used() - before
			}
			call(b, mock.address, connections) // the first turn warms up
			call(b, theirs.address, connections)
			for range callTurns {
				measure(mock, &ours, &used[0])
				measure(theirs, &others, &used[1])
			}
			rate.figures = pairs(ours, others, ratio)
			if used[1] > 0 {
				cost.figures = samples{used[0].Seconds() / used[1].Seconds()}
			}
			b.ReportMetric(rate.figures.median(), fmt.Sprintf("calls-ratio-%d", connections))
		}
		rows = append(rows, rate, row{what: "  a second, mock", figures: ours}, row{what: "  a second, SIPp", figures: others}, cost)
	}
	b.ReportMetric(0, "ns/op")
	return rows
}

// call makes a turn's calls, and returns how many there were per second.
func call(b *testing.B, address string, connections int) float64 {
	callers := make([]*caller, connections)
	for i := range callers {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(testkit.Patience)); err != nil {
			b.Fatal(err)
		}
		callers[i] = &caller{conn: conn, name: fmt.Sprintf("%d-%d", conn.LocalAddr().(*net.TCPAddr).Port, i), left: callsATurn / connections}
	}
	errs := make([]error, connections)
	var all sync.WaitGroup
	began := time.Now()
	for i, c := range callers {
		all.Go(func() { errs[i] = c.run() })
	}
	all.Wait()
	took := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		b.Fatalf("calls to %s: %v", address, err)
	}
	return float64(callsATurn/connections*connections) / took.Seconds()
}

// caller makes calls over a connection: each is an INVITE, its 200, the ACK, a BYE and its 200.
type caller struct {
	conn   net.Conn
	name   string
	left   int // calls to begin
	begun  int
	going  int
	framer sipwire.Framer
}

func (c *caller) run() error {
	buffer := make([]byte, 64<<10)
	if err := c.begin(dialogs); err != nil {
		return err
	}
	for c.going > 0 {
		n, err := c.conn.Read(buffer)
		if err != nil {
			return err
		}
		for _, frame := range c.framer.Write(buffer[:n]) {
			if frame.Kind != sipwire.MessageFrame {
				return fmt.Errorf("%s: %w", frame.Kind, frame.Err)
			}
			if err := c.take(frame.Message); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *caller) take(m *sipwire.Message) error {
	number, method := m.CSeq()
	switch {
	case m.Status < 200:
		return nil
	case m.Status != 200:
		return fmt.Errorf("%d %s to %s", m.Status, m.Reason, method)
	case method == "INVITE":
		to := m.Get("To")
		return c.write(c.request("ACK", m.CallID(), to, number, ""), c.request("BYE", m.CallID(), to, number+1, ""))
	}
	c.going--
	return c.begin(1)
}

// begin begins up to n calls.
func (c *caller) begin(n int) error {
	var requests []string
	for range min(n, c.left) {
		c.begun, c.going, c.left = c.begun+1, c.going+1, c.left-1
		id := fmt.Sprintf("%s-%d", c.name, c.begun)
		requests = append(requests, c.request("INVITE", id, "<sip:+15550199@example.sip.twilio.com>", 1, testkit.RTP()))
	}
	return c.write(requests...)
}

func (c *caller) write(requests ...string) error {
	_, err := c.conn.Write([]byte(strings.Join(requests, "")))
	return err
}

func (c *caller) request(method, id, to string, number uint32, body string) string {
	content := ""
	if body != "" {
		content = "Content-Type: application/sdp\r\n"
	}
	at := c.conn.LocalAddr()
	return fmt.Sprintf("%s sip:+15550199@example.sip.twilio.com SIP/2.0\r\nVia: SIP/2.0/TLS %s;branch=z9hG4bK%s-%s\r\nMax-Forwards: 70\r\n"+
		"From: <sip:alice@example.sip.twilio.com>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"+
		"Contact: <sip:alice@%s;transport=tls>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, at, method, id, id, to, id, number, method, at, content, len(body), body)
}
