package picture

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

var (
	vendorAt = netip.MustParseAddrPort("127.3.7.1:5061")
	deviceAt = netip.MustParseAddrPort("127.3.7.2:40112")
)

func sipEvent(dir observation.Direction, lines ...string) observation.Event {
	return observation.Event{Kind: observation.SIP, Conn: "tls-1", Dir: dir, Bytes: []byte(strings.Join(lines, "\r\n") + "\r\n")}
}

func opened(dialed bool) observation.Event {
	return observation.Event{Kind: observation.TransportOpen, Conn: "tls-1",
		Transport: &observation.TransportInfo{Protocol: observation.TLS, Local: vendorAt, Remote: deviceAt, Dialed: dialed}}
}

func closed(cause observation.CloseCause) observation.Event {
	return observation.Event{Kind: observation.TransportClose, Conn: "tls-1", Transport: &observation.TransportInfo{Cause: cause}}
}

// TestLadder has what each kind of event is told as.
func TestLadder(t *testing.T) {
	t.Parallel()
	in, out := observation.In, observation.Out
	question := observation.Event{Kind: observation.DNS, DNS: &observation.DNSInfo{Name: "a.example.", Type: "A", Code: "NXDOMAIN"}}
	ping := observation.Event{Kind: observation.KeepAlive, Conn: "tls-1", Dir: in, KeepAlive: &observation.KeepAliveInfo{Ping: true}}
	packet := observation.Event{Kind: observation.Media, Dir: in,
		Media: &observation.MediaInfo{Class: observation.ClearRTCP, SSRC: 0xabc}}
	for _, test := range []struct {
		name   string
		events []observation.Event
		want   []string
	}{
		{"a request and its answer", []observation.Event{opened(false),
			sipEvent(in, "REGISTER sip:a.example SIP/2.0", "To: x"), sipEvent(out, "SIP/2.0 200 OK", "To: x")},
			[]string{"device to vendor: opens TLS to 127.3.7.1:5061 from 127.3.7.2:40112",
				"device to vendor: REGISTER sip:a.example TLS", "vendor to device: 200 OK"}},
		{"a call by the vendor", []observation.Event{opened(true)},
			[]string{"vendor to device: opens TLS to 127.3.7.2:40112 from 127.3.7.1:5061"}},
		{"equal messages", []observation.Event{sipEvent(in, "BYE a SIP/2.0"), sipEvent(in, "BYE a SIP/2.0"), sipEvent(in, "BYE b SIP/2.0")},
			[]string{"device to vendor: BYE a × 2 until 0.020", "device to vendor: BYE b"}},
		{"keep-alives", []observation.Event{ping, ping, ping}, []string{"device to vendor: keep-alive that asks for an answer × 3 until 0.030"}},
		{"questions", []observation.Event{question, question}, []string{"device to name server: A a.example. × 2 NXDOMAIN until 0.020"}},
		{"packets between messages", []observation.Event{packet, packet, sipEvent(in, "BYE a SIP/2.0"), packet},
			[]string{"device to vendor: RTCP in clear × 2 SSRC 00000abc until 0.020", "device to vendor: BYE a",
				"device to vendor: RTCP in clear SSRC 00000abc"}},
		{"who sent an alert", []observation.Event{
			{Kind: observation.TLSAlert, Conn: "tls-1", Dir: in, Alert: &observation.AlertInfo{Level: 2, Description: 48, Refused: "Certificate"}},
			{Kind: observation.TLSAlert, Conn: "tls-1", Dir: out, Alert: &observation.AlertInfo{Level: 2, Description: 40}}},
			[]string{"device to vendor: fatal alert unknown_ca (48) refuses the Certificate",
				"vendor to device: fatal alert handshake_failure (40)"}},
		{"who closed", []observation.Event{closed(observation.ClosedByPeer), closed(observation.ResetByPeer),
			closed(observation.ClosedLocally), closed(observation.TimedOut)},
			[]string{"device to vendor: closes the connection", "device to vendor: resets the connection",
				"vendor to device: closes the connection", "vendor to device: closes the connection after waiting in vain"}},
		{"HTTP", []observation.Event{
			{Kind: observation.HTTP, Conn: "web-1", Dir: in, HTTP: &observation.HTTPInfo{Method: "GET", Host: "a.example", Path: "/x"}},
			{Kind: observation.HTTP, Conn: "web-1", Dir: out, HTTP: &observation.HTTPInfo{Method: "GET", Host: "a.example", Path: "/x", Status: 200}}},
			[]string{"device to vendor: GET /x HTTP, Host a.example", "vendor to device: 200 to GET /x"}},
		{"no TLS", []observation.Event{{Kind: observation.NotTLS, Conn: "tls-1", Dir: in, Bytes: []byte("hello"), Text: "not a TLS record"}},
			[]string{"device to vendor: 5 bytes that are not TLS not a TLS record"}},
		{"malformed", []observation.Event{{Kind: observation.SIPMalformed, Conn: "tls-1", Dir: in, Bytes: []byte("x\x00y\nz"),
			Framing: observation.NoStartLine, Text: "what"}},
			[]string{`device to vendor: malformed: x\x00y no-start-line: what`}},
		{"nothing of the wire and the device's output", []observation.Event{{Kind: observation.Wire, Bytes: []byte("x")},
			{Kind: observation.TLSKeyLog, Text: "x"}, {Kind: observation.Device, Device: &observation.DeviceInfo{What: observation.DeviceOutput}}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := texts(draw(t, test.events, About{Prefix: "p"}), "pic-arrow"); !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// TestMarkedLines has causes, and the lines of the message that decided that they are about.
func TestMarkedLines(t *testing.T) {
	t.Parallel()
	message := sipEvent(observation.In, "INVITE sip:b.example SIP/2.0", "v: SIP/2.0/TLS a", "Contact: <sip:a>", "Content-Type: application/sdp",
		"", "v=0", "m=audio 1 RTP/AVP 0", "a=crypto:1 X inline:AAAABBBBCCCCDDDD", "a=sendrecv")
	for _, test := range []struct {
		cause, words string
		want         []string
	}{
		{"offer-key-length", "", []string{"a=crypto:1 X inline:AAAABB…"}},
		{"other-media-profile", "", []string{"m=audio 1 RTP/AVP 0", "a=crypto:1 X inline:AAAABB…"}},
		{"sent-to-private-contact", "", []string{"INVITE sip:b.example SIP/2.0", "Contact: <sip:a>"}},
		{"something-else", "the topmost Via has no branch", []string{"v: SIP/2.0/TLS a"}},
		{"something-else", "its Request-URI is odd", []string{"INVITE sip:b.example SIP/2.0"}},
		{"something-else", "it took its time", nil},
		{"not-resumed", "", []string{"a=sendrecv"}},
	} {
		t.Run(test.cause+test.words, func(t *testing.T) {
			t.Parallel()
			all := draw(t, []observation.Event{message}, failing(test.cause, test.words, 0))
			if got := texts(all, "<mark"); !slices.Equal(got[:len(got)/max(1, occurrences(got, test.want))], test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := texts(all, "pic-say"); len(got) == 0 || !strings.HasPrefix(got[0], "fail "+test.cause+" (R-1)") {
				t.Errorf("the finding says %q", got)
			}
		})
	}
}

// occurrences is 2 where the lines of a description are marked in its own section too.
func occurrences(got, want []string) int {
	if len(want) > 0 && len(got) == 2*len(want) {
		return 2
	}
	return 1
}

// TestPassesMarkNoLine: what decided is told, and blamed for nothing.
func TestPassesMarkNoLine(t *testing.T) {
	t.Parallel()
	about := About{Prefix: "p", Findings: []verdict.Finding{
		{Requirement: "R-1", Verdict: verdict.Pass, Cause: "offer-good", Observed: "its Via is good", Events: []int{0}}}}
	all := draw(t, []observation.Event{sipEvent(observation.In, "INVITE a SIP/2.0", "Via: x", "", "a=crypto:1")}, about)
	if got := texts(all, "<mark"); len(got) > 0 {
		t.Errorf("%q is marked", got)
	}
	if got, want := texts(all, "pic-say"), []string{"pass offer-good (R-1)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAnchor: the page can link to the row of a finding's event.
func TestAnchor(t *testing.T) {
	t.Parallel()
	about := failing("x", "", 1)
	about.Prefix = `scenario/a b"c`
	all := draw(t, []observation.Event{sipEvent(observation.In, "A"), sipEvent(observation.In, "B")}, about)
	at := slices.IndexFunc(all, func(e *element) bool { return e.id == Anchor(about.Prefix, 1) })
	if at < 0 || !strings.Contains(all[at].text.String(), "B") || Anchor(about.Prefix, 1) != "scenario-a-b-c-e1" {
		t.Errorf("no row of event 1 has the id %s", Anchor(about.Prefix, 1))
	}
}

// TestThin: a long ladder keeps its beginning, its end and what is marked, and says how much is not there.
func TestThin(t *testing.T) {
	t.Parallel()
	var events []observation.Event
	for i := range 5000 {
		events = append(events, sipEvent(observation.In, fmt.Sprintf("OPTIONS n%d SIP/2.0", i)))
	}
	all := draw(t, events, failing("x", "", 2500))
	rows, gaps := texts(all, "pic-arrow"), texts(all, "pic-gap")
	if len(rows) != maxRows || len(gaps) != 2 {
		t.Errorf("%d rows and %d gaps, %d and 2 expected", len(rows), len(gaps), maxRows)
	}
	for _, n := range []int{0, 2500, 4999} {
		if !slices.Contains(rows, fmt.Sprintf("device to vendor: OPTIONS n%d", n)) {
			t.Errorf("message %d is left out", n)
		}
	}
	left := 0
	for _, g := range gaps {
		var at float64
		var n int
		if _, err := fmt.Sscanf(g, "%f … %d rows", &at, &n); err != nil {
			t.Fatalf("%q: %v", g, err)
		}
		left += n
	}
	if left+len(rows) != len(events) {
		t.Errorf("%d rows and %d left out of %d", len(rows), left, len(events))
	}
}

// TestQuestions has the table of questions to the name server.
func TestQuestions(t *testing.T) {
	t.Parallel()
	ask := func(name, code string, answers ...string) observation.Event {
		return observation.Event{Kind: observation.DNS, At: time.Second, DNS: &observation.DNSInfo{Name: name, Type: "A", Code: code, Answers: answers}}
	}
	all := draw(t, []observation.Event{ask("a.", "NOERROR", "A 1", "A 2"), ask("b.", "NXDOMAIN"), ask("b.", "NXDOMAIN")}, About{})
	want := []string{"1.000", "A a.", "A 1A 2", "1.000 × 2", "A b.", "NXDOMAIN"}
	if got := texts(all, "<td"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
