package process

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/nameserver"
	"github.com/sipconform/sipconform/mocks/observation"
)

// vendor is the simplest peer of a device: it collects messages, and handler answers them.
type vendor struct {
	t        *testing.T
	name     string
	place    netip.Addr // its own address; the device has the next one
	names    *nameserver.Server
	log      *observation.Log
	root     []byte
	config   *tls.Config
	requests chan request
	leaving  atomic.Bool // the test is over, and every request gets a response
	serving  sync.WaitGroup
}

// request is a SIP message that arrived, with its connection.
type request struct {
	first  string
	header textproto.MIMEHeader
	body   string
	conn   net.Conn
	state  tls.ConnectionState
}

func (r request) method() string { return strings.Fields(r.first + " x")[0] }

// answer sends a response with further header lines.
func (r request) answer(status string, lines ...string) {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, name := range []string{"Via", "From", "To", "Call-Id", "Cseq"} {
		for _, value := range r.header[name] {
			if name == "To" && !strings.Contains(value, ";tag=") {
				value += ";tag=vendor"
			}
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	for _, line := range lines {
		fmt.Fprintf(&b, "%s\r\n", line)
	}
	_, _ = io.WriteString(r.conn, b.String()+"Content-Length: 0\r\n\r\n")
}

// contact returns the URI in Contact.
func (r request) contact() string {
	_, after, _ := strings.Cut(r.header.Get("Contact"), "<")
	uri, _, _ := strings.Cut(after, ">")
	return uri
}

// blocks counts the blocks of addresses that tests use.
var blocks atomic.Uint32

// newVendor returns a vendor that serves TLS and TCP on the standard ports of an address of its own, and its name in the DNS.
func newVendor(t *testing.T) *vendor {
	t.Helper()
	requireIsolation(t)
	serial := byte(blocks.Add(1))
	v := &vendor{
		t: t, name: fmt.Sprintf("s%d.sip.twilio.com", serial),
		place: netip.AddrFrom4([4]byte{127, 93, serial, 1}), log: observation.NewLog(),
		requests: make(chan request, 64),
	}
	root, certificate := identity(t, v.name)
	v.root, v.config = root, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10}
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	if v.names, err = nameserver.Start(ctx, nameserver.Config{}); err != nil {
		t.Fatal(err)
	}
	v.names.Variable(v.log, nameserver.Records{nameserver.A(v.name, v.place)})
	for port, config := range map[int]*tls.Config{5060: nil, 5061: v.config} {
		v.listen(ctx, port, config)
	}
	t.Cleanup(func() {
		cancel()
		v.serving.Wait()
		_ = v.names.Close()
	})
	return v
}

// identity returns the certificate of a CA, and one that it issued.
func identity(t *testing.T, names ...string) (root []byte, leaf tls.Certificate) {
	t.Helper()
	ca := testkit.NewAuthority("root")
	root, _ = testkit.PEM(t, ca)
	leaf = testkit.Issue(&ca, testkit.NewKey(), x509.Certificate{Subject: pkix.Name{CommonName: names[0]}, DNSNames: names})
	leaf.Certificate = leaf.Certificate[:1]
	return root, leaf
}

func (v *vendor) listen(ctx context.Context, port int, config *tls.Config) {
	listener, err := net.Listen("tcp", netip.AddrPortFrom(v.place, uint16(port)).String())
	if err != nil {
		v.t.Fatal(err)
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	v.serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			v.log.Append(observation.Event{Kind: observation.TransportOpen, Conn: conn.RemoteAddr().String()})
			if config != nil {
				conn = tls.Server(conn, config)
			}
			v.serving.Go(func() { v.read(ctx, conn) })
		}
	})
}

// read reads messages from a connection until it ends.
func (v *vendor) read(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	defer conn.Close()
	reader := textproto.NewReader(bufio.NewReader(conn))
	for {
		first, err := reader.ReadLine()
		if err != nil {
			v.log.Append(observation.Event{Kind: observation.TransportClose, Text: err.Error()})
			return
		}
		if first == "" {
			continue
		}
		r := request{first: first, conn: conn}
		if r.header, err = reader.ReadMIMEHeader(); err != nil {
			return
		}
		length, _ := strconv.Atoi(r.header.Get("Content-Length"))
		body := make([]byte, length)
		if _, err := io.ReadFull(reader.R, body); err != nil {
			return
		}
		r.body = string(body)
		if secure, ok := conn.(*tls.Conn); ok {
			r.state = secure.ConnectionState()
		}
		v.log.Append(observation.Event{Kind: observation.SIP, Dir: observation.In, Text: first, Bytes: body})
		if v.leaving.Load() {
			r.answer("200 OK")
			continue
		}
		select {
		case v.requests <- r:
		case <-ctx.Done():
			return
		}
	}
}

// next returns the next message with that method or, for responses, "SIP/2.0".
func (v *vendor) next(method string) request {
	v.t.Helper()
	deadline := time.After(15 * time.Second)
	for {
		select {
		case r := <-v.requests:
			if r.method() == method {
				return r
			}
		case <-deadline:
			v.t.Fatalf("no %s arrived; seen:\n%s", method, transcriptOf(v.log))
		}
	}
}

// transcriptOf returns a log as text.
func transcriptOf(log *observation.Log) string {
	var b bytes.Buffer
	for _, e := range log.Events() {
		fmt.Fprintf(&b, "%4d %v %s %s", e.Seq, e.At.Round(time.Millisecond), e.Kind, e.Text)
		if e.Device != nil {
			fmt.Fprintf(&b, " %+v", *e.Device)
		}
		if e.DNS != nil {
			fmt.Fprintf(&b, " %+v", *e.DNS)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// setup returns a setup for a device that talks to the vendor.
func (v *vendor) setup(levers device.Levers) device.Setup {
	return device.Setup{
		Log: v.log, Dir: v.t.TempDir(), Address: v.place.Next(), DNS: v.names.Addr(), Trust: v.root,
		Account: device.Account{User: "alice", Password: "correct-horse-1A", Domain: v.name},
		Levers:  levers,
	}
}
