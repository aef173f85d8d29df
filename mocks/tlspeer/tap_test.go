package tlspeer

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// goClient returns a peer that connects with crypto/tls, sends the greeting and closes.
func goClient(config *tls.Config) func(address string) {
	return func(address string) {
		ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
		defer cancel()
		conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", address)
		if err == nil {
			io.WriteString(conn, greeting)
			conn.Close()
		}
	}
}

// accept returns the server's end of a connection that peer makes. When the test ends it waits for peer.
func accept(t *testing.T, peer func(address string)) net.Conn {
	t.Helper()
	l := testkit.Listen(t)
	left := make(chan struct{})
	go func() {
		defer close(left)
		peer(l.Addr().String())
	}()
	t.Cleanup(func() { <-left })
	raw, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func trusting() *tls.Config { return &tls.Config{InsecureSkipVerify: true, ServerName: testName} }

func TestEventsOfAHandshake(t *testing.T) { eachEngine(t, eventsOfAHandshake) }

func eventsOfAHandshake(t *testing.T, e engine) {
	for _, version := range []uint16{TLS12, TLS13} {
		rules := serverRules(ecdsaCertificate())
		rules.MaxVersion = version
		got := serve(t, serverOf(e), rules, goClient(trusting()))
		if got.err != nil {
			t.Fatal(got.err)
		}
		var kinds []observation.Kind
		for _, e := range got.events {
			if e.Conn != "c1" {
				t.Errorf("event %d belongs to %q", e.Seq, e.Conn)
			}
			if e.Kind == observation.TLSKeyLog {
				label, _, _ := strings.Cut(e.Text, " ")
				if (label == "CLIENT_RANDOM") != (version == TLS12) || strings.HasSuffix(e.Text, "\n") {
					t.Errorf("key log line %q", e.Text)
				}
			}
			if e.Kind != observation.TLSAlert { // the client's close_notify, if it was read
				kinds = append(kinds, e.Kind)
			}
		}
		want := []observation.Kind{observation.ClientHello, observation.TLSKeyLog, observation.TLSHandshake}
		if got := slices.Compact(kinds); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", VersionName(version), got, want)
		}
		hello := got.events[0]
		if hello.Dir != observation.In || hello.Hello.ServerName != testName {
			t.Errorf("%s: hello %+v", VersionName(version), hello)
		}
		if again, err := ParseClientHello(hello.Bytes); err != nil || !slices.Equal(again.Suites, hello.Hello.Suites) {
			t.Errorf("%s: the hello's bytes are not the hello: %v", VersionName(version), err)
		}
	}
}

func TestCloseNotify(t *testing.T) { eachEngine(t, closeNotify) }

// closeNotify checks that a device which ends a connection in good order is told from one that drops it.
func closeNotify(t *testing.T, e engine) {
	for _, version := range []uint16{TLS12, TLS13} {
		for _, orderly := range []bool{true, false} {
			raw := accept(t, func(address string) {
				config := trusting()
				config.MinVersion, config.MaxVersion = version, version
				c, err := tls.Dial("tcp", address, config)
				switch {
				case err != nil:
					t.Error(err)
				case orderly:
					c.Close()
				default:
					c.NetConn().Close()
				}
			})
			defer raw.Close()
			log := observation.NewLog()
			rules := serverRules(ecdsaCertificate())
			rules.MinVersion, rules.MaxVersion = version, version
			c, err := serverOf(e)(testkit.Context(t), raw, rules, &Tap{Log: log, Conn: "c1"})
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, c)
			c.Close()
			notified := 0
			for _, e := range log.Events() {
				if e.Kind == observation.TLSAlert && e.Dir == observation.In && *e.Alert == (observation.AlertInfo{Level: 1}) {
					notified++
				}
			}
			if n != 0 || orderly && err != nil || (notified == 1) != orderly {
				t.Errorf("%s, in good order %t: %d bytes, %v, %d close_notify", VersionName(version), orderly, n, err, notified)
			}
		}
	}
}

// segments is a connection that records its bytes.
type segments struct {
	net.Conn
	in, out bytes.Buffer
}

func (s *segments) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.in.Write(p[:n])
	return n, err
}

func (s *segments) Write(p []byte) (int, error) {
	s.out.Write(p)
	return s.Conn.Write(p)
}

func TestWireIsWhatPassed(t *testing.T) { eachEngine(t, wireIsWhatPassed) }

func wireIsWhatPassed(t *testing.T, e engine) {
	raw := accept(t, goClient(trusting()))
	below := &segments{Conn: raw}
	log := observation.NewLog()
	conn, err := serverOf(e)(testkit.Context(t), below, serverRules(ecdsaCertificate()), &Tap{Log: log, Wire: true})
	if err != nil {
		t.Fatal(err)
	}
	if conn.NetConn() != net.Conn(below) {
		t.Error("NetConn is another connection")
	}
	io.WriteString(conn, "100 Trying")
	io.Copy(io.Discard, conn)
	conn.Close()

	var in, out bytes.Buffer
	for _, e := range log.Events() {
		switch {
		case e.Kind != observation.Wire:
		case e.Dir == observation.In:
			in.Write(e.Bytes)
		default:
			out.Write(e.Bytes)
		}
	}
	if !bytes.Equal(in.Bytes(), below.in.Bytes()) || in.Len() == 0 {
		t.Errorf("recorded %d bytes in, %d passed", in.Len(), below.in.Len())
	}
	if !bytes.Equal(out.Bytes(), below.out.Bytes()) || out.Len() == 0 {
		t.Errorf("recorded %d bytes out, %d passed", out.Len(), below.out.Len())
	}
	if first := log.Events()[0]; first.Kind != observation.Wire || first.Dir != observation.In {
		t.Errorf("first event %+v, want the segment that brought the hello", first)
	}
}

// exchange sends bytes and reads until the server closes.
func exchange(address string, stream []byte) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", address, testkit.Patience)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(testkit.Patience))
	conn.Write(stream)
	return io.ReadAll(conn)
}

func TestFragmentedHello(t *testing.T) { eachEngine(t, fragmentedHello) }

func fragmentedHello(t *testing.T, e engine) {
	hello := unhex(t, oldHello)
	var stream []byte
	for piece := range slices.Chunk(hello, 5) {
		stream = append(stream, record(22, piece)...)
	}
	rules := serverRules(rsaCertificate())
	rules.MinVersion = TLS12
	var answer []byte
	var err error
	got := serve(t, serverOf(e), rules, func(address string) { answer, err = exchange(address, stream) })
	if hellos := got.all(observation.ClientHello); len(hellos) != 1 || !bytes.Equal(hellos[0].Bytes, hello) {
		t.Errorf("hellos: %+v", hellos)
	}
	if err != nil || !bytes.HasSuffix(answer, []byte{0, 2, 2, 70}) {
		t.Errorf("answer %x (%v), want alert 70", answer, err)
	}
}

// TestAlertSurvivesUnreadBytes checks that an alert arrives although the client has sent more than was read.
func TestAlertSurvivesUnreadBytes(t *testing.T) { eachEngine(t, alertSurvivesUnreadBytes) }

func alertSurvivesUnreadBytes(t *testing.T, e engine) {
	stream := slices.Concat(record(22, unhex(t, oldHello)), bytes.Repeat(record(23, make([]byte, 1000)), 30))
	rules := serverRules(rsaCertificate())
	rules.MinVersion = TLS12
	var answer []byte
	var err error
	serve(t, serverOf(e), rules, func(address string) { answer, err = exchange(address, stream) })
	if err != nil || !bytes.HasSuffix(answer, []byte{0, 2, 2, 70}) {
		t.Errorf("answer %x (%v), want alert 70 and the end of the stream", answer, err)
	}
}

func TestStreamThatIsNotTLS(t *testing.T) { eachEngine(t, streamThatIsNotTLS) }

func streamThatIsNotTLS(t *testing.T, e engine) {
	const sip = "REGISTER sip:edge.vendor.test SIP/2.0\r\nContent-Length: 0\r\n\r\n"
	got := serve(t, serverOf(e), serverRules(rsaCertificate()), func(address string) { exchange(address, []byte(sip)) })
	if got.err == nil {
		t.Fatal("accepted")
	}
	found := got.all(observation.NotTLS)
	if len(found) != 1 || string(found[0].Bytes) != sip || found[0].Dir != observation.In {
		t.Errorf("unexpected: %+v", found)
	}
	if info := got.handshake(t); info.Complete || info.LocalChain != nil {
		t.Errorf("handshake recorded as %+v", info)
	}
}

func TestMalformedHello(t *testing.T) { eachEngine(t, malformedHello) }

func malformedHello(t *testing.T, e engine) {
	hello := unhex(t, oldHello)
	hello[len(hello)-1]++ // a length
	got := serve(t, serverOf(e), serverRules(rsaCertificate()), func(address string) { exchange(address, record(22, hello)) })
	if got.err == nil {
		t.Fatal("accepted")
	}
	if len(got.all(observation.ClientHello)) != 0 {
		t.Error("recorded as a ClientHello")
	}
	found := got.all(observation.NotTLS)
	if len(found) != 1 || !bytes.Equal(found[0].Bytes, hello) || !strings.Contains(found[0].Text, "ClientHello") {
		t.Errorf("unexpected: %+v", found)
	}
}

// TestVerification checks that only the rules judge a chain, in both roles, and that it is recorded in any case.
func TestVerification(t *testing.T) { eachEngine(t, verification) }

func verification(t *testing.T, e engine) {
	mismatch := errors.New("subject is not the one configured")
	withVerify := func(err error) Rules {
		return Rules{Verify: func([]*x509.Certificate) error { return err }}
	}
	tests := []struct {
		name   string
		client Rules
		cause  string
	}{
		{"nothing asked", Rules{}, ""},
		{"roots and name", Rules{Roots: testkit.Pool(ecdsaCertificate()), ServerName: testName}, ""},
		{"roots without a name", Rules{Roots: testkit.Pool(ecdsaCertificate())}, ""},
		{"other roots", Rules{Roots: testkit.Pool(rsaCertificate()), ServerName: testName}, "unknown authority"},
		{"other name", Rules{Roots: testkit.Pool(ecdsaCertificate()), ServerName: "other.vendor.test"}, "other.vendor.test"},
		{"own rule satisfied", withVerify(nil), ""},
		{"own rule not satisfied", withVerify(mismatch), mismatch.Error()},
	}
	for _, test := range tests {
		for _, version := range []uint16{TLS12, TLS13} {
			t.Run(test.name+" "+VersionName(version), func(t *testing.T) {
				t.Parallel()
				rules := test.client
				rules.MinVersion, rules.MaxVersion = version, version
				var client outcome
				server := serve(t, serverOf(e), serverRules(ecdsaCertificate()), func(address string) { client = call(t, clientOf(e), rules, address) })
				if info := client.handshake(t); len(info.PeerChain) != 1 || info.Complete != (test.cause == "") {
					t.Errorf("client's handshake recorded as %+v", info)
				}
				if test.cause == "" {
					if client.err != nil || server.err != nil {
						t.Errorf("client: %v, server: %v", client.err, server.err)
					}
					return
				}
				if client.err == nil || !strings.Contains(client.err.Error(), test.cause) {
					t.Errorf("client: %v, want %q", client.err, test.cause)
				}
				if test.cause == mismatch.Error() && !errors.Is(client.err, mismatch) {
					t.Error("the rule's own error is not wrapped")
				}
				const badCertificate = 42
				if gotAlert(server.err) != badCertificate || !slices.Equal(server.alerts(observation.In), []uint8{badCertificate}) {
					t.Errorf("server: %v, alerts %v", server.err, server.alerts(observation.In))
				}
			})
		}
	}
}

func TestServerRefusesClientCertificate(t *testing.T) { eachEngine(t, serverRefusesClientCertificate) }

func serverRefusesClientCertificate(t *testing.T, e engine) {
	for _, version := range []uint16{TLS12, TLS13} {
		rules := serverRules(ecdsaCertificate())
		rules.ClientAuth, rules.Roots = ClientAuthRequest, testkit.Pool(ecdsaCertificate())
		var client outcome
		server := serve(t, serverOf(e), rules, func(address string) {
			client = call(t, clientOf(e), Rules{MinVersion: version, MaxVersion: version, Certificate: rsaCertificate()}, address)
		})
		info := server.handshake(t)
		if info.Complete || !strings.Contains(info.Error, "unknown authority") || len(info.PeerChain) != 1 {
			t.Errorf("%s: server's handshake recorded as %+v", VersionName(version), info)
		}
		// Under TLS 1.3 the client's handshake ends before the server has verified the certificate.
		err := client.err
		if version == TLS13 {
			err = client.read
		}
		if gotAlert(err) != 42 {
			t.Errorf("%s: client's handshake %v, read %v", VersionName(version), client.err, client.read)
		}
		if alerts := client.alerts(observation.In); !slices.Equal(alerts, []uint8{42}) {
			t.Errorf("%s: client received %v", VersionName(version), alerts)
		}
		if sent := client.handshake(t).LocalChain; len(sent) != 1 {
			t.Errorf("%s: client's certificate was not recorded", VersionName(version))
		}
	}
	// A client may leave out a certificate that is only requested.
	rules := serverRules(ecdsaCertificate())
	rules.ClientAuth, rules.Roots = ClientAuthRequest, testkit.Pool(ecdsaCertificate())
	if got := serve(t, serverOf(e), rules, goClient(trusting())); got.err != nil {
		t.Errorf("without a certificate: %v", got.err)
	}
}

func TestNilTap(t *testing.T) { eachEngine(t, nilTap) }

func nilTap(t *testing.T, e engine) {
	raw := accept(t, goClient(trusting()))
	conn, err := serverOf(e)(testkit.Context(t), raw, serverRules(ecdsaCertificate()), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got, err := io.ReadAll(conn); err != nil || string(got) != greeting {
		t.Errorf("%q, %v", got, err)
	}
}
