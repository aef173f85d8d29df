package evidence

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

const (
	// maxMessage is how much of a message the ladder has, in bytes: more than any real one. It is less than that once
	// the ladder has maxMessages bytes of messages, after which it has start lines alone.
	maxMessage  = 16 << 10
	maxMessages = 2 << 20
	// maxLine is where a line is cut.
	maxLine = 4 << 10
)

// ladder writes ladder.txt: a line for each event that matters to a person, the whole
// text of each SIP message, and one line per flow for a run of media packets.
type ladder struct {
	w         io.Writer
	protocols map[string]string // of each connection
	flows     []flow            // of media since the last line
	line      []byte
	messages  int   // bytes of those that were written, escaped
	err       error // the first write error
}

// flow is a run of media packets of one kind.
type flow struct {
	key   flowKey
	count int
	last  *observation.MediaInfo
	at    time.Duration // of the first
	conn  string
}

type flowKey struct {
	dir           observation.Direction
	class         observation.MediaClass
	local, remote netip.AddrPort
	ssrc          uint32
	payloadType   uint8
	diagnosis     observation.Diagnosis
}

func writeLadder(w *bufio.Writer, events []observation.Event, opts Options) error {
	l := &ladder{w: w, protocols: make(map[string]string)}
	l.head(opts)
	for i := range events {
		l.add(&events[i])
	}
	l.flush()
	return l.err
}

func (l *ladder) add(e *observation.Event) {
	switch e.Kind {
	case observation.Media:
		l.media(e)
	case observation.Wire, observation.TLSKeyLog:
	default:
		l.flush()
		l.event(e)
	}
}

func (l *ladder) head(opts Options) {
	if opts.Scenario != "" {
		l.print("scenario  %s\n", printable.Line(opts.Scenario))
	}
	if !opts.Start.IsZero() {
		l.print("begun     %s\n", opts.Start.UTC().Format(time.RFC3339Nano))
	}
	l.print("columns   seconds since the beginning, connection, direction, event\n")
	l.print("text      as on the wire; what cannot be shown is escaped, as in \\x1b\n\n")
}

// Begun returns when the observations of a ladder began, as its head says, compressed or not. It is zero if
// the head says nothing of it.
func Begun(ladder io.Reader) time.Time {
	ladder, err := unpack(ladder)
	if err != nil {
		return time.Time{}
	}
	lines := bufio.NewScanner(io.LimitReader(ladder, 4<<10))
	for lines.Scan() && lines.Text() != "" {
		if text, ok := strings.CutPrefix(lines.Text(), "begun "); ok {
			if at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(text)); err == nil {
				return at
			}
		}
	}
	return time.Time{}
}

func (l *ladder) event(e *observation.Event) {
	switch e.Kind {
	case observation.TransportOpen:
		l.open(e)
	case observation.TransportClose:
		what := "closed"
		if e.Transport != nil && e.Transport.Cause != "" {
			what += " (" + string(e.Transport.Cause) + ")"
		}
		l.say(e, what, e.Text)
	case observation.ClientHello:
		l.say(e, "ClientHello: "+describeHello(e.Hello), "")
	case observation.TLSAlert:
		l.say(e, "TLS alert: "+describeAlert(e.Alert), e.Text)
	case observation.TLSHandshake:
		l.say(e, describeHandshake(e.Handshake), e.Text)
	case observation.SIP:
		l.message(e, "")
	case observation.SIPMalformed:
		l.message(e, "malformed: ")
	case observation.KeepAlive:
		l.say(e, "keep-alive "+strconv.QuoteToASCII(string(e.Bytes)), "")
	case observation.HTTP:
		l.say(e, describeHTTP(e.HTTP), e.Text)
	case observation.Playing:
		if m := e.Media; m != nil {
			l.say(e, fmt.Sprintf("plays %d Hz, SSRC %08x, from packet %d, rollover counter %d", m.Tone, m.SSRC, m.Sequence, m.Rollover), "")
		}
	case observation.Data:
		l.say(e, fmt.Sprintf("data, %d bytes: %s", len(e.Bytes), strconv.QuoteToASCII(string(e.Bytes))), e.Text)
	case observation.DNS:
		l.say(e, "DNS "+describeDNS(e.DNS), "")
	case observation.Console:
		if c := e.Console; c != nil {
			l.say(e, fmt.Sprintf("console: %s %s %s", c.Level, c.Code, c.Title), cmp.Or(strings.Trim(c.Detail+"; "+c.Note, "; "), e.Text))
		}
	case observation.Device:
		if e.Device != nil && !isOutput(e) {
			l.say(e, describeDevice(e.Device), e.Text)
		}
	case observation.Stage:
		l.say(e, "stage: "+string(e.Stage), e.Text)
	case observation.Flood:
		if f := e.Flood; f != nil {
			l.say(e, fmt.Sprintf("left out for want of room: %d of kind %s, %d KB", f.Events, f.Kind, f.Bytes>>10), e.Text)
		}
	case observation.Fault:
		l.say(e, "the harness's own fault: "+string(e.Fault), e.Text)
	default: // NotTLS, Unexpected, Note, and kinds of later versions
		l.say(e, string(e.Kind), e.Text)
	}
}

func (l *ladder) open(e *observation.Event) {
	if e.Transport == nil {
		return
	}
	t := e.Transport
	l.protocols[e.Conn] = t.Protocol
	// The arrow shows who opened the connection, so the event gets a direction.
	opened := *e
	opened.Dir = observation.In
	from, to := t.Remote, t.Local
	if t.Dialed {
		opened.Dir = observation.Out
		from, to = to, from
	}
	what := fmt.Sprintf("opens %s from %s to %s", t.Protocol, address(from), address(to))
	if t.Listener != "" {
		what += ", listener " + string(t.Listener)
	}
	l.say(&opened, what, e.Text)
}

// message writes the arrow with the start line, and below it the whole message.
func (l *ladder) message(e *observation.Event, prefix string) {
	start, _, _ := bytes.Cut(e.Bytes, []byte("\n"))
	l.begin(e)
	l.line = append(l.line, prefix...)
	l.line = printable.Append(l.line, bytes.TrimSuffix(start, []byte("\r")))
	l.line = fmt.Appendf(l.line, "  [%s %d bytes]", l.protocols[e.Conn], len(e.Bytes))
	if e.Text != "" {
		l.line = append(l.line, "  "...)
		l.line = printable.Append(l.line, e.Text)
	}
	l.end()
	shown := e.Bytes[:min(len(e.Bytes), maxMessage)]
	if l.messages > maxMessages {
		shown = nil
	}
	for rest := shown; len(rest) > 0; {
		var text []byte
		text, rest, _ = bytes.Cut(rest, []byte("\n"))
		l.line = append(l.line[:0], "      | "...)
		l.line = printable.Append(l.line, bytes.TrimSuffix(text, []byte("\r")))
		l.line = append(bytes.TrimRight(l.line, " "), '\n')
		l.messages += len(l.line)
		l.put(l.line)
	}
	if left := len(e.Bytes) - len(shown); left > 0 {
		l.print("      (%d bytes more are in %s)\n", left, ObservationsFile)
	}
	l.print("\n")
}

func (l *ladder) media(e *observation.Event) {
	m := e.Media
	if m == nil {
		return
	}
	key := flowKey{e.Dir, m.Class, m.Local, m.Remote, m.SSRC, m.PayloadType, m.Diagnosis}
	i := slices.IndexFunc(l.flows, func(f flow) bool { return f.key == key })
	if i < 0 {
		i = len(l.flows)
		l.flows = append(l.flows, flow{key: key, at: e.At, conn: e.Conn})
	}
	l.flows[i].count++
	l.flows[i].last = m
}

// flush writes a line for each flow of media packets gathered so far.
func (l *ladder) flush() {
	for _, f := range l.flows {
		from, to := f.key.remote, f.key.local
		if f.key.dir == observation.Out {
			from, to = to, from
		}
		what := fmt.Sprintf("media: %d %s from %s to %s", f.count, f.key.class, address(from), address(to))
		if f.last.SSRC != 0 {
			what += fmt.Sprintf(", SSRC %08x", f.last.SSRC)
		}
		switch f.key.class {
		case observation.AuthenticRTP, observation.ClearRTP:
			what += fmt.Sprintf(", payload type %d, up to sequence %d", f.last.PayloadType, f.last.Sequence)
		}
		if f.last.Tone != 0 {
			what += fmt.Sprintf(", tone of %d Hz", f.last.Tone)
		}
		if f.last.Received != 0 {
			what += fmt.Sprintf(", reports %d of ours received", f.last.Received)
		}
		l.say(&observation.Event{At: f.at, Conn: f.conn, Dir: f.key.dir}, what, string(f.last.Diagnosis))
	}
	l.flows = l.flows[:0]
}

// say writes one line. Both texts may contain a device's words.
func (l *ladder) say(e *observation.Event, what, more string) {
	l.begin(e)
	l.line = printable.Append(l.line, what)
	if more != "" {
		l.line = append(l.line, ": "...)
		l.line = printable.Append(l.line, more)
	}
	l.end()
}

func (l *ladder) begin(e *observation.Event) {
	arrow := "                    "
	switch e.Dir {
	case observation.In:
		arrow = "device ----> mock   "
	case observation.Out:
		arrow = "device <---- mock   "
	}
	l.line = appendSeconds(l.line[:0], e.At)
	l.line = fmt.Appendf(l.line, "  %-6s  %s", printable.Line(e.Conn), arrow)
}

func (l *ladder) end() {
	if len(l.line) > maxLine {
		l.line = append(l.line[:maxLine], " (cut)"...)
	}
	l.line = append(l.line, '\n')
	l.put(l.line)
}

func (l *ladder) print(format string, args ...any) { l.put(fmt.Appendf(nil, format, args...)) }

func (l *ladder) put(text []byte) {
	if l.err == nil {
		_, l.err = l.w.Write(text)
	}
}

// appendSeconds appends a time with microseconds, right-aligned.
func appendSeconds(dst []byte, at time.Duration) []byte {
	return fmt.Appendf(dst, "%4d.%06d", at/time.Second, at%time.Second/time.Microsecond)
}

func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return "?"
	}
	return a.String()
}

func describeHello(h *observation.HelloInfo) string {
	if h == nil {
		return "not understood"
	}
	text := fmt.Sprintf("up to %s, %d suites", tlspeer.VersionName(h.MaxVersion()), len(h.Suites))
	if len(h.Groups) > 0 {
		names := make([]string, len(h.Groups))
		for i, id := range h.Groups {
			names[i] = tlspeer.GroupName(id)
		}
		text += ", groups " + strings.Join(names, " ")
	}
	if h.ServerName != "" {
		text += ", server name " + h.ServerName
	}
	if len(h.ALPN) > 0 {
		text += ", ALPN " + strings.Join(h.ALPN, " ")
	}
	return text
}

func describeAlert(a *observation.AlertInfo) string {
	if a == nil {
		return "not understood"
	}
	level := "fatal"
	if a.Level == 1 {
		level = "warning"
	}
	return fmt.Sprintf("%s %s (%d)", level, tlspeer.AlertName(a.Description), a.Description)
}

func describeHandshake(h *observation.HandshakeInfo) string {
	if h == nil {
		return "TLS handshake"
	}
	if !h.Complete {
		text := fmt.Sprintf("TLS handshake as %s failed: %s", h.Role, h.Error)
		if h.EndedBy != "" {
			text += "; ended by the " + string(h.EndedBy)
		}
		if h.Refused != "" {
			text += ", which refused the " + string(h.Refused)
		}
		return text
	}
	text := fmt.Sprintf("TLS handshake as %s: %s, %s", h.Role, tlspeer.VersionName(h.Version), tlspeer.SuiteName(h.Suite))
	if h.Group != 0 {
		text += ", " + tlspeer.GroupName(h.Group)
	}
	return text
}

func describeHTTP(h *observation.HTTPInfo) string {
	if h == nil {
		return "HTTP"
	}
	text := fmt.Sprintf("HTTP %s https://%s%s", h.Method, h.Host, h.Path)
	if h.Status != 0 {
		text = fmt.Sprintf("%s: %d", text, h.Status)
	}
	return text
}

func describeDNS(d *observation.DNSInfo) string {
	if d == nil {
		return "query"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s: %s %s", d.Type, d.Name, d.Code, strings.Join(d.Answers, ", ")))
}

func describeDevice(d *observation.DeviceInfo) string {
	text := "device " + string(d.What)
	if d.Action != "" {
		text += " " + d.Action
	}
	if d.What == observation.DeviceExit {
		text += fmt.Sprintf(" with status %d", d.Status)
	}
	return text
}
