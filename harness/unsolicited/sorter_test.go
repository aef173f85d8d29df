package unsolicited

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// story is a log that is written as a test needs it.
type story struct {
	sorter *Sorter
	over   []Episode
	seq    int
	at     time.Duration
}

func newStory(p *profile.Product) *story {
	s := new(story)
	s.sorter = NewSorter(p, func() map[string]string { return map[string]string{"secure_media": "on"} }, func(e Episode) { s.over = append(s.over, e) })
	return s
}

func (s *story) tell(e observation.Event) {
	e.Seq, e.At = s.seq, s.at
	s.seq++
	s.at += time.Millisecond
	s.sorter.Take(e)
}

func (s *story) open(conn, device string, dialed bool) {
	s.tell(observation.Event{Kind: observation.TransportOpen, Conn: conn, Transport: &observation.TransportInfo{Protocol: observation.TLS,
		Remote: netip.MustParseAddrPort(device + ":40000"), Local: netip.MustParseAddrPort("192.0.2.10:5061"), Dialed: dialed}})
	s.tell(observation.Event{Kind: observation.ClientHello, Conn: conn, Dir: observation.In, Hello: new(observation.HelloInfo)})
}

func (s *story) sip(conn string, dir observation.Direction, text string) {
	s.tell(observation.Event{Kind: observation.SIP, Conn: conn, Dir: dir, Bytes: []byte(text)})
}

// ask is a request of a device's, and the answer to it.
func (s *story) ask(conn, method, callID string, status int, parts ...string) {
	request := testkit.Compose(observation.TLS, method, append(parts, "Call-ID: "+callID)...)
	s.sip(conn, observation.In, request)
	m, err := sipwire.Parse([]byte(request))
	if err != nil {
		panic(err)
	}
	s.sip(conn, observation.Out, testkit.Reply(m, status, parts...))
}

// pass lets time pass in which nothing is seen.
func (s *story) pass(d time.Duration) {
	s.at += d
	s.sorter.Pass(s.at)
}

// tells writes an episode down: its name, its device, and its events by kind, with what SIP messages begin with.
func tells(e Episode) string {
	words := []string{e.Name, e.Device.String()}
	for i, event := range e.Events {
		word := string(event.Kind)
		if event.Kind == observation.SIP {
			word, _, _ = strings.Cut(string(event.Bytes), " sip:")
			word, _, _ = strings.Cut(strings.TrimPrefix(word, "SIP/2.0 "), " ")
		}
		if event.Seq != i {
			word += fmt.Sprintf("@%d", event.Seq)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (s *story) expect(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, e := range s.over {
		got = append(got, tells(e))
	}
	if !slices.Equal(got, want) {
		t.Errorf("over are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	s.over = nil
}

// description is one of the mock's, with its socket.
const description = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n"

func (s *story) media(port uint16, sequence int) {
	s.tell(observation.Event{Kind: observation.Media, Conn: "udp a b", Dir: observation.In, Media: &observation.MediaInfo{Class: observation.ClearRTP,
		Local: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.10"), port), SSRC: 1, Sequence: uint16(sequence)}})
}

// TestSort: two devices at a time, one of which registers and calls over one connection.
func TestSort(t *testing.T) {
	t.Parallel()
	s := newStory(new(profile.Product))
	s.open("tls-1", "192.0.2.20", false)
	s.open("tls-2", "192.0.2.21", false)
	s.open("tls-3", "192.0.2.22", false)
	s.ask("tls-1", "REGISTER", "r", 407, "Expires: 600")
	s.ask("tls-2", "INVITE", "c", 200, description)
	s.ask("tls-1", "REGISTER", "r", 200, "Expires: 600")
	s.media(30000, 1)
	s.media(30001, 2) // RTCP's
	s.media(30002, 3) // nobody's
	s.ask("tls-1", "INVITE", "c", 403)
	s.ask("tls-2", "BYE", "c", 200)
	s.media(30000, 4)
	s.ask("tls-1", "OPTIONS", "o", 200)
	s.tell(observation.Event{Kind: observation.TransportClose, Conn: "tls-3", Transport: new(observation.TransportInfo)})
	s.expect(t)
	s.pass(linger)
	s.expect(t,
		"call-out-1 192.0.2.21 transport-open tls-client-hello device INVITE 200 media media BYE 200 media",
		"call-out-2 192.0.2.20 transport-open tls-client-hello device INVITE 403")
	s.ask("tls-1", "REGISTER", "r", 200, "Expires: 0")
	s.pass(linger)
	s.expect(t, "register-1 192.0.2.20 transport-open tls-client-hello REGISTER 407 REGISTER 200 REGISTER 200")
	if s.sorter.Idle() != 1 || len(s.sorter.Open()) != 0 {
		t.Errorf("%d connections were idle, %v goes on", s.sorter.Idle(), s.sorter.Open())
	}
}

// TestSortCallsToTheDevice: over a registration, and to its own server.
func TestSortCallsToTheDevice(t *testing.T) {
	t.Parallel()
	s := newStory(new(profile.Product))
	s.open("tls-1", "192.0.2.20", false)
	s.open("tls-2", "192.0.2.20", true)
	for conn, call := range map[string]string{"tls-1": "over", "tls-2": "at"} {
		s.sip(conn, observation.Out, testkit.Compose(observation.TLS, "INVITE", "Call-ID: "+call, description))
	}
	var names []string
	for _, e := range s.sorter.Open() {
		names = append(names, e.Name+" "+string(e.Role)+" "+e.Settings["secure_media"])
	}
	slices.Sort(names)
	if want := []string{"call-in-1 call-in on", "call-in-listener-1 call-in-listener on"}; !slices.Equal(names, want) {
		t.Errorf("open are %q, want %q", names, want)
	}
	s.pass(callSilence)
	if len(s.over) != 2 {
		t.Errorf("%d are over", len(s.over))
	}
}

// TestSortPages: all that is asked over a connection is one episode.
func TestSortPages(t *testing.T) {
	t.Parallel()
	s := newStory(&profile.Product{HTTPS: new(profile.HTTPS)})
	s.open("https-1", "192.0.2.20", false)
	for range 2 {
		for _, dir := range []observation.Direction{observation.In, observation.Out} {
			s.tell(observation.Event{Kind: observation.HTTP, Conn: "https-1", Dir: dir, HTTP: &observation.HTTPInfo{Method: "GET"}})
		}
	}
	s.tell(observation.Event{Kind: observation.TransportClose, Conn: "https-1", Transport: new(observation.TransportInfo)})
	s.pass(time.Millisecond)
	s.expect(t, "https-1 192.0.2.20 transport-open tls-client-hello http http http http transport-close")
}

// TestSortHandshakes: a handshake that fails is an episode, a few times for each device.
func TestSortHandshakes(t *testing.T) {
	t.Parallel()
	s := newStory(new(profile.Product))
	for i := range mostFailed + 2 {
		conn := fmt.Sprintf("tls-%d", i)
		s.open(conn, "192.0.2.20", false)
		s.tell(observation.Event{Kind: observation.TLSHandshake, Conn: conn, Handshake: new(observation.HandshakeInfo)})
		s.tell(observation.Event{Kind: observation.TransportClose, Conn: conn, Transport: new(observation.TransportInfo)})
	}
	var want []string
	for i := range mostFailed {
		want = append(want, fmt.Sprintf("tls-connect-%d 192.0.2.20 transport-open tls-client-hello tls-handshake transport-close", i+1))
	}
	if s.expect(t, want...); s.sorter.Idle() != 2 {
		t.Errorf("%d were idle", s.sorter.Idle())
	}
	for i := range 2 * mostFailing {
		conn := fmt.Sprintf("other-%d", i)
		s.open(conn, fmt.Sprintf("198.51.100.%d", i), false)
		s.tell(observation.Event{Kind: observation.TLSHandshake, Conn: conn, Handshake: new(observation.HandshakeInfo)})
		s.tell(observation.Event{Kind: observation.TransportClose, Conn: conn, Transport: new(observation.TransportInfo)})
	}
	if len(s.over) >= mostFailing*mostFailed || len(s.sorter.failed) > mostFailing {
		t.Errorf("%d handshakes of %d devices are kept", len(s.over), len(s.sorter.failed))
	}
}

// TestMissed: an episode of which events were missed is given up, and counted.
func TestMissed(t *testing.T) {
	t.Parallel()
	s := newStory(new(profile.Product))
	s.open("tls-1", "192.0.2.20", false)
	s.ask("tls-1", "REGISTER", "r", 200)
	s.seq += 7
	s.ask("tls-1", "INVITE", "c", 403)
	if s.pass(time.Hour); s.sorter.Missed() != 1 || len(s.over) != 1 || s.over[0].Name != "call-out-1" {
		t.Errorf("%d are missed, over are %d", s.sorter.Missed(), len(s.over))
	}
}

// TestChange: what follows a change of the mock is another episode.
func TestChange(t *testing.T) {
	t.Parallel()
	s := newStory(new(profile.Product))
	s.open("tls-1", "192.0.2.20", false)
	s.ask("tls-1", "REGISTER", "r", 200)
	s.sorter.Change()
	s.ask("tls-1", "REGISTER", "r", 200)
	s.sorter.Change()
	s.expect(t, "register-1 192.0.2.20 transport-open tls-client-hello REGISTER 200",
		"register-2 192.0.2.20 transport-open tls-client-hello REGISTER 200")
}

// TestBounds: a device that sends without end takes no memory without end. What is left out is counted.
func TestBounds(t *testing.T) {
	t.Parallel()
	s := newStory(new(profile.Product))
	s.open("tls-1", "192.0.2.20", false)
	s.ask("tls-1", "INVITE", "long", 200, description)
	for i := range 3 * mostAlike {
		s.media(30000, i)
	}
	for range 3 * headEvents {
		s.tell(observation.Event{Kind: observation.KeepAlive, Conn: "tls-1", Dir: observation.In})
	}
	for range 2 * episodeBytes / (64 << 10) {
		s.sip("tls-1", observation.In, testkit.Compose(observation.TLS, "INFO", "Call-ID: long", "Subject: "+strings.Repeat("x", 60<<10)))
	}
	long := s.sorter.Open()[0]
	if size := observation.Size(long.Events); size > episodeBytes+headBytes || long.LeftOut < 2*mostAlike || len(long.Events) < mostAlike {
		t.Errorf("%d events of %d bytes, %d left out", len(long.Events), size, long.LeftOut)
	}
	for i := range 2 * mostOpen {
		s.ask("tls-1", "INVITE", fmt.Sprint(i), 200)
	}
	if n := len(s.sorter.Open()); n > mostOpen {
		t.Errorf("%d go on", n)
	}
}

// FuzzSort: whatever a device sends, the sorter sorts it, and its episodes have their events in place.
func FuzzSort(f *testing.F) {
	f.Add([]byte(testkit.Compose(observation.TLS, "INVITE", description)), []byte(testkit.Compose(observation.TLS, "BYE")), true)
	f.Add([]byte(testkit.Compose(observation.TLS, "REGISTER", "Expires: 0")), []byte("SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\n\r\n"), false)
	f.Fuzz(func(t *testing.T, first, second []byte, in bool) {
		s := newStory(new(profile.Product))
		dir := observation.Out
		if in {
			dir = observation.In
		}
		s.open("tls-1", "192.0.2.20", !in)
		for _, text := range [][]byte{first, second, first} {
			s.sip("tls-1", dir, string(text))
			s.sip("tls-1", observation.Out, string(text))
		}
		s.sorter.Change()
		for _, e := range s.over {
			for i := range e.Events {
				if e.Events[i].Seq != i {
					t.Fatalf("%s: event %d stands in place %d", e.Name, e.Events[i].Seq, i)
				}
			}
		}
	})
}
