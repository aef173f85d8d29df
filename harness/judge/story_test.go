package judge_test

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// story is an observation log written by hand. Each call adds an event, a
// millisecond after the one before. Connections are called after their
// protocol: "tls-1", "udp-2".
type story struct {
	events []observation.Event
	now    time.Duration
}

func tell() *story { return &story{} }

func (s *story) add(e observation.Event) *story {
	e.Seq, e.At = len(s.events), s.now
	s.now += time.Millisecond
	s.events = append(s.events, e)
	return s
}

// later lets time pass.
func (s *story) later(d time.Duration) *story {
	s.now += d
	return s
}

func (s *story) transport(kind observation.Kind, conn string, info observation.TransportInfo) *story {
	info.Protocol, _, _ = strings.Cut(conn, "-")
	info.Local, info.Remote = netip.MustParseAddrPort("127.0.0.1:5061"), netip.MustParseAddrPort("127.0.0.2:40000")
	return s.add(observation.Event{Kind: kind, Conn: conn, Transport: &info})
}

// opens is a connection from the device, dials one from the mock, and strays one from
// the device to a listener that is not the vendor's own.
func (s *story) opens(conn string) *story {
	return s.transport(observation.TransportOpen, conn, observation.TransportInfo{})
}

func (s *story) dials(conn string) *story {
	return s.transport(observation.TransportOpen, conn, observation.TransportInfo{Dialed: true})
}

func (s *story) strays(conn string, listener observation.Listener) *story {
	return s.transport(observation.TransportOpen, conn, observation.TransportInfo{Listener: listener})
}

func (s *story) closes(conn string, cause observation.CloseCause) *story {
	return s.transport(observation.TransportClose, conn, observation.TransportInfo{Cause: cause})
}

func (s *story) hello(conn string, h observation.HelloInfo) *story {
	return s.add(observation.Event{Kind: observation.ClientHello, Conn: conn, Dir: observation.In, Hello: &h})
}

// alerts is a fatal alert from the device.
func (s *story) alerts(conn string, description uint8) *story {
	return s.alert(conn, observation.In, 2, description)
}

// alertsAt is [story.alerts] for a message of the mock's that the device refused.
func (s *story) alertsAt(conn string, description uint8, refused observation.HandshakeMessage) *story {
	return s.add(observation.Event{Kind: observation.TLSAlert, Conn: conn, Dir: observation.In,
		Alert: &observation.AlertInfo{Level: 2, Description: description, Refused: refused}})
}

func (s *story) alert(conn string, dir observation.Direction, level, description uint8) *story {
	return s.add(observation.Event{Kind: observation.TLSAlert, Conn: conn, Dir: dir,
		Alert: &observation.AlertInfo{Level: level, Description: description}})
}

// shakes is a completed handshake in which the mock showed the certificate leaf.
func (s *story) shakes(conn string, version uint16, leaf string) *story {
	return s.add(observation.Event{Kind: observation.TLSHandshake, Conn: conn,
		Handshake: &observation.HandshakeInfo{Role: "server", Complete: true, Version: version, Suite: 0xc02f,
			LocalChain: [][]byte{[]byte(leaf), []byte("root")}}})
}

// finishes is the end of a handshake, in full.
func (s *story) finishes(conn string, h observation.HandshakeInfo) *story {
	return s.add(observation.Event{Kind: observation.TLSHandshake, Conn: conn, Handshake: &h})
}

// unexpected is something from the device that is not TLS.
func (s *story) unexpected(conn string) *story {
	return s.add(observation.Event{Kind: observation.NotTLS, Conn: conn, Dir: observation.In, Text: "not a TLS record"})
}

// breaks is a handshake that failed.
func (s *story) breaks(conn, reason string) *story {
	return s.finishes(conn, observation.HandshakeInfo{Role: "server", Error: reason})
}

// in is a SIP message from the device and out one from the mock: see [sip].
func (s *story) in(conn, line string, more ...string) *story {
	return s.raw(conn, observation.In, sip(line, more...))
}

func (s *story) out(conn, line string, more ...string) *story {
	return s.raw(conn, observation.Out, sip(line, more...))
}

func (s *story) raw(conn string, dir observation.Direction, message string) *story {
	return s.add(observation.Event{Kind: observation.SIP, Conn: conn, Dir: dir, Bytes: []byte(message)})
}

// asks is an HTTP request from the device, and answers the answer to it.
func (s *story) asks(conn string) *story {
	return s.add(observation.Event{Kind: observation.HTTP, Conn: conn, Dir: observation.In,
		HTTP: &observation.HTTPInfo{Method: "GET", Host: "api.example", Path: "/"}})
}

func (s *story) answers(conn string, status int) *story {
	return s.add(observation.Event{Kind: observation.HTTP, Conn: conn, Dir: observation.Out,
		HTTP: &observation.HTTPInfo{Method: "GET", Host: "api.example", Path: "/", Status: status}})
}

// says is data from the device in no known protocol.
func (s *story) says(conn string) *story {
	return s.add(observation.Event{Kind: observation.Data, Conn: conn, Dir: observation.In, Bytes: []byte("x")})
}

// mangles is something from the device that cannot be parsed as SIP.
func (s *story) mangles(conn string) *story {
	return s.add(observation.Event{Kind: observation.SIPMalformed, Conn: conn, Dir: observation.In,
		Bytes: []byte("\x16\x03\x01"), Text: "no start line"})
}

// misframes is a message from the device whose framing is wrong.
func (s *story) misframes(conn string, fault observation.FramingFault, message string) *story {
	kind := observation.SIPMalformed
	if fault == observation.BareLineFeed {
		kind = observation.SIP
	}
	return s.add(observation.Event{Kind: kind, Conn: conn, Dir: observation.In, Bytes: []byte(message), Text: "why", Framing: fault})
}

func (s *story) pings(conn string) *story {
	return s.add(observation.Event{Kind: observation.KeepAlive, Conn: conn, Dir: observation.In,
		Bytes: []byte("\r\n\r\n"), KeepAlive: &observation.KeepAliveInfo{Ping: true}})
}

// plays is the vendor's tone, from now on.
func (s *story) plays(tone int) *story {
	return s.add(observation.Event{Kind: observation.Playing, Dir: observation.Out, Media: &observation.MediaInfo{Tone: tone}})
}

// withholds is the vendor sending no media, or no RTCP, to where the device asked for it.
func (s *story) withholds(rtcp bool) *story {
	return s.add(observation.Event{Kind: observation.MediaWithheld, Dir: observation.Out, Text: "no media is sent to 192.0.2.1:5000",
		Denied: &observation.DeniedInfo{Remote: netip.MustParseAddrPort("192.0.2.1:5000"), Fault: observation.NotDevice, RTCP: rtcp}})
}

// media is n identical datagrams from the device.
func (s *story) media(n int, info observation.MediaInfo) *story {
	for range n {
		s.add(observation.Event{Kind: observation.Media, Dir: observation.In, Media: &info})
	}
	return s
}

func (s *story) resolves(name, kind string) *story {
	return s.add(observation.Event{Kind: observation.DNS, DNS: &observation.DNSInfo{Name: name, Type: kind}})
}

func (s *story) console(code string) *story {
	return s.add(observation.Event{Kind: observation.Console, Console: &observation.ConsoleInfo{Code: code}})
}

// device is a report of the device adapter's; action is the verb of a DeviceAction.
func (s *story) device(what observation.DeviceNews, action string) *story {
	return s.add(observation.Event{Kind: observation.Device, Device: &observation.DeviceInfo{What: what, Action: action}})
}

// dies is the device ending by itself.
func (s *story) dies() *story {
	return s.add(observation.Event{Kind: observation.Device,
		Device: &observation.DeviceInfo{What: observation.DeviceExit, Action: "phone", Status: 1, ByItself: true}})
}

// marks is something that the harness did to the scene.
func (s *story) marks(m observation.StageMark) *story {
	return s.add(observation.Event{Kind: observation.Stage, Stage: m})
}

// over ends the scenario.
func (s *story) over() *story { return s.marks(observation.SceneOver) }

// sip is a message in shorthand: "INVITE 2" for a request with that CSeq,
// "INVITE 2 sip:bob@example.com" for one with that request URI, "486 INVITE 2"
// for a response to it; then header lines, and a body if the last one has lines
// of its own. All are of one call unless a Call-ID is among the headers.
func sip(line string, more ...string) string {
	words := strings.Fields(line)
	var b strings.Builder
	if words[0][0] >= '1' && words[0][0] <= '9' {
		fmt.Fprintf(&b, "SIP/2.0 %s Reason\r\nCSeq: %s %s\r\n", words[0], words[2], words[1])
	} else {
		uri := "sip:example.com"
		if len(words) > 2 {
			uri = words[2]
		}
		fmt.Fprintf(&b, "%s %s SIP/2.0\r\nCSeq: %s %s\r\n", words[0], uri, words[1], words[0])
	}
	if !slices.ContainsFunc(more, func(h string) bool { return strings.HasPrefix(h, "Call-ID:") }) {
		b.WriteString("Call-ID: call\r\n")
	}
	body := ""
	for _, h := range more {
		if strings.Contains(h, "\r\n") {
			body = h
			continue
		}
		b.WriteString(h + "\r\n")
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

// sdp is a session description. A stream is written "audio 4000 RTP/SAVP", and the
// values of its a=crypto attributes follow it.
func sdp(lines ...string) string {
	var b strings.Builder
	b.WriteString("v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n")
	for _, line := range lines {
		if kind, _, _ := strings.Cut(line, " "); kind == "audio" || kind == "video" {
			fmt.Fprintf(&b, "m=%s 0\r\n", line)
		} else {
			fmt.Fprintf(&b, "a=crypto:%s\r\n", line)
		}
	}
	return b.String()
}

// The suites of the stories.
const (
	sha80 = "AES_CM_128_HMAC_SHA1_80"
	sha32 = "AES_CM_128_HMAC_SHA1_32"
)

// crypto is the value of an a=crypto attribute with a key derived from name.
func crypto(tag int, suite, name string) string {
	key := []byte(strings.Repeat(name+"!", 30))[:30]
	return fmt.Sprintf("%d %s inline:%s", tag, suite, base64.StdEncoding.EncodeToString(key))
}

// The numbers of TLS versions.
const (
	tls10 = 0x0301
	tls11 = 0x0302
	tls12 = 0x0303
	tls13 = 0x0304
)

// secured is a device that completed a TLS handshake with the vendor.
func secured() *story {
	hello := observation.HelloInfo{LegacyVersion: tls12, Suites: []uint16{0x1301, 0xc02f}}
	return tell().opens("tls-1").hello("tls-1", hello).shakes("tls-1", tls12, "leaf")
}

// trial is a rule, the log that it judges, and the verdict and cause that it must give.
type trial struct {
	name string
	rule judge.Rule
	log  *story
	want string
}

func try(t *testing.T, trials []trial) {
	t.Helper()
	for _, c := range trials {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := judge.Check{Requirement: "TW-TLS-01", Expected: "does so", Rule: c.rule}.Judge(judge.NewView(c.log.events))
			if got := string(f.Verdict) + " " + f.Cause; got != c.want {
				t.Fatalf("it says %s (%s), want %s", got, f.Observed, c.want)
			}
			if f.Requirement != "TW-TLS-01" || f.Expected != "does so" {
				t.Errorf("the finding is about %q: %q", f.Requirement, f.Expected)
			}
			if f.Observed == "" || strings.Contains(f.Observed, "%!") {
				t.Errorf("observed is %q", f.Observed)
			}
			if f.Verdict == verdict.Pass && f.Hint != "" {
				t.Errorf("a pass needs no hint: %q", f.Hint)
			}
			for _, seq := range f.Events {
				if seq < 0 || seq >= len(c.log.events) {
					t.Errorf("event %d decided, of %d", seq, len(c.log.events))
				}
			}
		})
	}
}
