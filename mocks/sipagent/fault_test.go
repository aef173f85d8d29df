package sipagent

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// faults are requests that cannot be served, with the status of the answer. 0 means no answer; requests with 200 are
// served in spite of their faults.
var faults = []struct {
	name   string
	raw    func(protocol string) string
	status int
	reason string
}{
	{"no Call-ID", edited("Call-ID:"), 400, "Missing Call-ID"},
	{"no CSeq", edited("CSeq:"), 400, "Missing CSeq"},
	{"no From", edited("From:"), 400, "Missing From"},
	{"no To", edited("To:"), 400, "Missing To"},
	{"no Via", edited("Via:"), 0, ""},
	{"broken Via", edited("Via: SIP/2.0/TCP"), 0, ""},
	{"broken From", edited("From: <sip:alice@vendor.test;tag=1"), 400, "Malformed From"},
	{"broken To", edited(`To: "Bob <sip:bob@vendor.test>`), 400, "Malformed To"},
	{"CSeq of another method", edited("CSeq: 1 INVITE"), 400, "CSeq Names Another Method"},
	{"CSeq without number", edited("CSeq: OPTIONS"), 400, "Malformed CSeq"},
	{"CSeq beyond 31 bits", edited("CSeq: 4294967295 OPTIONS"), 400, "Malformed CSeq"},
	{"From twice", inserted("From: <sip:eve@vendor.test>;tag=2"), 400, "Several From"},
	{"SIP/7.0", func(p string) string {
		return strings.Replace(testkit.Compose(p, "OPTIONS"), " SIP/2.0\r\n", " SIP/7.0\r\n", 1)
	}, 505, "Version Not Supported"},
	{"no Max-Forwards", edited("Max-Forwards:"), 200, "OK"},
	{"no tag in From", edited("From: <sip:alice@vendor.test>"), 200, "OK"},
	{"line without colon", inserted("nonsense"), 200, "OK"},
	{"broken Contact", inserted("Contact: <<<>>>;;;="), 200, "OK"},
	{"strange Request-URI", func(p string) string {
		return strings.Replace(testkit.Compose(p, "OPTIONS"), "sip:vendor.test SIP", "nobodyKnowsThisScheme:totallyopaque SIP", 1)
	}, 200, "OK"},
	{"RFC 4475 §3.1.1.1, a short tortuous request", func(p string) string {
		return "OPTIONS sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n" +
			"TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n" +
			"from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n" +
			"MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv." + p + "@192.0.2.1\r\ncseq: 0009\r\n  OPTIONS\r\n" +
			"Via  : SIP  /   2.0\r\n /" + p + "\r\n    192.0.2.2;rport;branch=390skdjuw\r\ns :\r\n" +
			"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Length: 0\r\n\r\n"
	}, 200, "OK"},
}

func edited(header string) func(string) string {
	return func(protocol string) string { return testkit.Compose(protocol, "OPTIONS", header) }
}

func inserted(line string) func(string) string {
	return func(protocol string) string {
		return strings.Replace(testkit.Compose(protocol, "OPTIONS"), "\r\nMax-Forwards", "\r\n"+line+"\r\nMax-Forwards", 1)
	}
}

// TestFaults sends each fault, and then a sound request: a fault in one message does not close the connection.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{observation.UDP, observation.TCP} {
		m := start(t, Config{})
		for _, f := range faults {
			t.Run(protocol+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				d := connect(t, m, protocol)
				d.Send(f.raw(protocol))
				d.Send(testkit.Compose(protocol, "MESSAGE"))
				var final *sipwire.Message
				for served := false; !served || f.status != 0 && final == nil; {
					got, err := d.Next()
					if err != nil {
						t.Fatal(err)
					}
					if _, of := got.CSeq(); of == "MESSAGE" && got.Status == 200 {
						served = true
					} else {
						final = got
					}
				}
				switch {
				case f.status == 0 && final != nil:
					t.Errorf("got %q, want no answer", testkit.FirstLine(final))
				case f.status != 0 && (final.Status != f.status || final.Reason != f.reason):
					t.Errorf("got %q, want %d %s", testkit.FirstLine(final), f.status, f.reason)
				}
			})
		}
	}
}

// TestIncompleteDatagram checks that an incomplete datagram is answered, and that bytes after the body are ignored,
// RFC 3261 §18.3.
func TestIncompleteDatagram(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	d := connect(t, m, observation.UDP)
	whole := testkit.Compose(observation.UDP, "MESSAGE", "Content-Type: text/plain", "Content-Length: 5")
	for _, c := range []struct {
		raw    string
		status int
	}{
		{whole + "abc", 400},
		{whole[:len(whole)-2], 400},
		{strings.Replace(whole, "Length: 5", "Length: five", 1) + "abcde", 400},
		{strings.Replace(testkit.Compose(observation.UDP, "MESSAGE"), "Length: 0", "Length: 5", 1) + "abcde and more", 200},
	} {
		d.Send(c.raw)
		if got, err := d.Next(); err != nil || got.Status != c.status {
			t.Errorf("%q: %v, %v, want %d", c.raw, got, err, c.status)
		}
	}
	for _, nothing := range []string{"", "\r\n\r\n", "\x00\x00\x00\x00", "garbage", "SIP/2.0 200 OK\r\n\r\n",
		"ACK sip:a SIP/2.0\r\n\r\n", "INVITE"} {
		d.Send(nothing)
	}
	d.Send(testkit.Compose(observation.UDP, "OPTIONS"))
	d.Expect(200, "OPTIONS")
}

// TestBrokenStream checks that a stream ends if the next message cannot be found, with an answer if there is an
// address for it.
func TestBrokenStream(t *testing.T) {
	t.Parallel()
	withLength := func(n string) string {
		return strings.Replace(testkit.Compose("tcp", "OPTIONS"), "Length: 0", "Length: "+n, 1)
	}
	for name, c := range map[string]struct {
		raw    string
		status int
		reason string
		fault  observation.FramingFault
	}{
		"garbage":                 {"\x16\x03\x01\x00\xa5 what is this\r\n", 0, "", observation.StrayBytes},
		"HTTP":                    {"GET / HTTP/1.1\r\nHost: vendor.test\r\n\r\n", 0, "", observation.NoStartLine},
		"negative Content-Length": {withLength("-1"), 400, "Malformed Content-Length", observation.UnreadableLength},
		"1 GiB of Content-Length": {withLength("1073741824"), 513, "Message Too Large", observation.TooLong},
		"2^64 of Content-Length":  {withLength("18446744073709551616"), 400, "Malformed Content-Length", observation.UnreadableLength},
		"header without end": {"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKlong\r\nX: " +
			strings.Repeat("x", 70_000), 513, "Message Too Large", observation.TooLong},
		"headers without end": {"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKmany\r\n" +
			strings.Repeat("X: y\r\n", 20_000), 513, "Message Too Large", observation.TooLong},
		"the same of a response":   {"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKresponse\r\nContent-Length: -1\r\n\r\n", 0, "", observation.UnreadableLength},
		"the same of an ACK":       {strings.Replace(testkit.Compose("tcp", "ACK"), "Length: 0", "Length: -1", 1), 0, "", observation.UnreadableLength},
		"the same without any Via": {"OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n", 0, "", observation.UnreadableLength},
		"NUL after a keep-alive":   {"\r\n\r\n\x00", 0, "", observation.StrayBytes},
	} {
		for _, protocol := range []string{observation.TCP, observation.TLS} {
			t.Run(name+"/"+protocol, func(t *testing.T) {
				t.Parallel()
				m := start(t, Config{})
				d := connect(t, m, protocol)
				go d.Conn.Write([]byte(c.raw + strings.Repeat("and so on\r\n", 1000)))
				if c.status != 0 {
					if got := d.Expect(c.status, method(c.raw)); got.Reason != c.reason {
						t.Errorf("got %q", testkit.FirstLine(got))
					}
				}
				if got, err := d.Next(); err == nil {
					t.Errorf("then came %q", testkit.FirstLine(got))
				}
				d.Conn.Close() // or else the mock waits for the device to close
				if e := testkit.Await(t, m.log, observation.SIPMalformed, nil); e.Framing != c.fault {
					t.Errorf("recorded as %s: %s", e.Framing, e.Text)
				}
				if e := testkit.Await(t, m.log, observation.TransportClose, nil); e.Transport.Cause != "local" {
					t.Errorf("closed for %s: %s", e.Transport.Cause, e.Text)
				}
			})
		}
	}
}

// TestFraming checks what is recorded of messages whose framing is wrong and that leave the stream readable.
func TestFraming(t *testing.T) {
	t.Parallel()
	withoutLength := func(text string) string { return strings.Replace(text, "Content-Length: 0\r\n", "", 1) }
	lineFeeds := func(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
	for name, c := range map[string]struct {
		raw    string
		kind   observation.Kind
		fault  observation.FramingFault
		status int // of the answer, 0 for none
	}{
		"a good one":             {testkit.Compose("tcp", "OPTIONS"), observation.SIP, "", 200},
		"no length":              {withoutLength(testkit.Compose("tcp", "OPTIONS")), observation.SIPMalformed, observation.NoLength, 400},
		"an ACK without length":  {withoutLength(testkit.Compose("tcp", "ACK")), observation.SIPMalformed, observation.NoLength, 0},
		"line feeds":             {lineFeeds(testkit.Compose("tcp", "OPTIONS")), observation.SIP, observation.BareLineFeed, 200},
		"one length, two times":  {strings.Replace(testkit.Compose("tcp", "OPTIONS"), "Content-Length", "l: 0\r\nContent-Length", 1), observation.SIP, "", 200},
		"two lengths":            {strings.Replace(testkit.Compose("tcp", "OPTIONS"), "Content-Length", "l: 1\r\nContent-Length", 1), observation.SIPMalformed, observation.UnreadableLength, 400},
		"broken off in the head": {"OPTIONS sip:a SIP/2.0\r\n", observation.SIPMalformed, observation.Incomplete, 0},
		"broken off in the body": {strings.Replace(testkit.Compose("tcp", "OPTIONS"), "Length: 0", "Length: 5", 1) + "abc", observation.SIPMalformed, observation.Incomplete, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := start(t, Config{})
			d := connect(t, m, observation.TCP)
			d.Send(c.raw)
			if c.status != 0 {
				d.Expect(c.status, "OPTIONS")
			}
			d.Conn.(*net.TCPConn).CloseWrite()
			e := testkit.Await(t, m.log, c.kind, nil)
			if e.Framing != c.fault || string(e.Bytes) != c.raw {
				t.Errorf("recorded %s with %q: %s", e.Framing, e.Bytes, e.Text)
			}
		})
	}
	// A length that is wrong shows in what follows the message.
	for fault, raw := range map[observation.FramingFault]string{
		observation.ShortLength: strings.Replace(testkit.Compose("tcp", "OPTIONS", "Content-Type: application/sdp"), "Length: 0", "Length: 5", 1) +
			"v=0\r\ns=-\r\n",
		observation.LongLength: strings.Replace(testkit.Compose("tcp", "OPTIONS"), "Length: 0", "Length: 4", 1) + testkit.Compose("tcp", "BYE"),
	} {
		m := start(t, Config{})
		connect(t, m, observation.TCP).Send(raw)
		if e := testkit.Await(t, m.log, observation.SIPMalformed, nil); e.Framing != fault {
			t.Errorf("%s is recorded as %s: %s", fault, e.Framing, e.Text)
		}
	}
	m := start(t, Config{})
	d := connect(t, m, observation.UDP)
	d.Send(lineFeeds(testkit.Compose("udp", "OPTIONS")))
	d.Send("what is this")
	for kind, fault := range map[observation.Kind]observation.FramingFault{
		observation.SIP: observation.BareLineFeed, observation.SIPMalformed: observation.NoStartLine,
	} {
		if e := testkit.Await(t, m.log, kind, nil); e.Framing != fault {
			t.Errorf("a datagram is recorded as %s %s", e.Kind, e.Framing)
		}
	}
}

// TestSlowBody checks that the log has what came of a message whose rest is late, and the whole when it has come.
func TestSlowBody(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, m mock) {
		d := attach(t, m.Agent, observation.TLS, serverRules)
		conn := tls.Client(d.Conn, &tls.Config{InsecureSkipVerify: true})
		d = testkit.NewDevice(t, conn, observation.TLS)
		conn.SetDeadline(time.Time{})
		whole := strings.Replace(testkit.Compose("tls", "OPTIONS"), "Length: 0", "Length: 5", 1) + "abcde"
		begun := time.Now()
		d.Send(whole[:len(whole)-2])
		e := testkit.Await(t, m.log, observation.SIPMalformed, nil)
		if e.Framing != observation.Incomplete || time.Since(begun) != pauseLimit || string(e.Bytes) != whole[:len(whole)-2] {
			t.Errorf("after %v: %s %q", time.Since(begun), e.Framing, e.Bytes)
		}
		<-time.After(messageLimit / 2)
		d.Send(whole[len(whole)-2:])
		d.Expect(200, "OPTIONS")
		if n := count(m.log, observation.SIPMalformed, observation.In); n != 1 {
			t.Errorf("%d times recorded as incomplete", n)
		}
		conn.Close()
		<-time.After(time.Second)
	})
}

// method returns the method in the CSeq of raw, if it has one.
func method(raw string) string {
	m, err := sipwire.Parse([]byte(raw))
	if err != nil {
		return ""
	}
	_, of := m.CSeq()
	return of
}

// TestMissingContentLength checks that such a message is answered, and that the stream goes on after the header
// fields.
func TestMissingContentLength(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	d := connect(t, m, observation.TCP)
	d.Send(strings.Replace(testkit.Compose(observation.TCP, "OPTIONS"), "Content-Length: 0\r\n", "", 1) +
		testkit.Compose(observation.TCP, "MESSAGE"))
	if got := d.Expect(400, "OPTIONS"); got.Reason != "Missing Content-Length" {
		t.Errorf("got %q", testkit.FirstLine(got))
	}
	d.Expect(200, "MESSAGE")
}

// TestSegments sends a message with folded fields byte by byte, and two messages in one segment.
func TestSegments(t *testing.T) {
	t.Parallel()
	subjects := make(chan string, 3)
	m := start(t, Config{Wire: true, Handle: func(_ context.Context, t *Transaction) {
		subjects <- t.Request.Get("Subject")
		t.Respond(200, "OK", nil)
	}})
	d := attach(t, m.Agent, observation.TCP, nil) // what is written in one call is read in one call
	folded := func() string { return testkit.Compose(observation.TCP, "MESSAGE", "Subject: one\r\n two\r\n\tthree") }
	first := folded()
	for _, b := range []byte(first) {
		d.Send(string(b))
	}
	d.Expect(200, "MESSAGE")
	d.Send(folded() + folded())
	d.Expect(200, "MESSAGE")
	d.Expect(200, "MESSAGE")
	for range 3 {
		if got := <-subjects; got != "one two three" {
			t.Errorf("Subject %q", got)
		}
	}
	if in, out := count(m.log, observation.Wire, observation.In),
		count(m.log, observation.Wire, observation.Out); in != len(first)+1 || out != 3 {
		t.Errorf("%d segments in and %d out were recorded", in, out)
	}
}

// TestKeepAlive sends a ping over a stream, and then very many line breaks.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	m := start(t, Config{})
	d := connect(t, m, observation.TCP)
	d.Send("\r\n\r\n")
	pong := make([]byte, 2)
	if _, err := io.ReadFull(d.Conn, pong); err != nil || string(pong) != "\r\n" {
		t.Fatalf("pong %q, %v", pong, err)
	}
	if e := testkit.Await(t, m.log, observation.KeepAlive, nil); e.KeepAlive == nil || !e.KeepAlive.Ping || string(e.Bytes) != "\r\n\r\n" {
		t.Errorf("recorded as %+v, %q", e.KeepAlive, e.Bytes)
	}
	const breaks = 1_000_000
	go d.Conn.Write([]byte(strings.Repeat("\r\n", breaks)))
	if n, err := io.CopyN(io.Discard, d.Conn, breaks); n != breaks { // half as many pongs
		t.Fatalf("%d bytes of pongs: %v", n, err)
	}
	if n := count(m.log, observation.KeepAlive, observation.In); n > 4000 {
		t.Errorf("%d events for it", n)
	}
	d.Send(testkit.Compose(observation.TCP, "OPTIONS"))
	d.Expect(200, "OPTIONS")
}

// TestWholeDatagram checks that a large datagram is recorded and served whole.
func TestWholeDatagram(t *testing.T) {
	t.Parallel()
	m := start(t, Config{Handle: func(_ context.Context, t *Transaction) {
		t.Respond(200, "OK", t.Request.Body, sipwire.Header{Name: "Content-Type", Value: "text/plain"})
	}})
	d := connect(t, m, observation.UDP)
	head := testkit.Compose(observation.UDP, "MESSAGE", "Content-Type: text/plain", "Content-Length: 64000")
	d.Send(head + strings.Repeat("x", 64_000))
	if got := d.Expect(200, "MESSAGE"); len(got.Body) != 64_000 {
		t.Errorf("%d bytes came back", len(got.Body))
	}
}

// TestWatch checks that Watch records datagrams and answers none.
func TestWatch(t *testing.T) {
	t.Parallel()
	m := start(t, Config{Handle: func(context.Context, *Transaction) { panic("nobody asked") }})
	at, err := m.Watch(testkit.Loopback, "trap")
	if err != nil {
		t.Fatal(err)
	}
	m.at[observation.UDP] = at
	d := connect(t, m, observation.UDP)
	d.Send(testkit.Compose(observation.UDP, "OPTIONS"))
	d.Send("garbage")
	e := testkit.Await(t, m.log, observation.SIPMalformed, nil)
	if opened := testkit.Await(t, m.log, observation.TransportOpen,
		func(o observation.Event) bool { return o.Conn == e.Conn }); opened.Transport.Listener != "trap" {
		t.Errorf("opened by %q", opened.Transport.Listener)
	}
	if count(m.log, observation.SIP, observation.In) != 1 || count(m.log, observation.SIP, observation.Out) != 0 {
		t.Error("the OPTIONS was not recorded, or answered")
	}
	d.Conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	var timeout net.Error
	if got, err := d.Next(); !errors.As(err, &timeout) {
		t.Errorf("got %v, %v", got, err)
	}
}
