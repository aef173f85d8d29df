// Package narrate tells a person what a mock sees while it sees it, one readable line for each thing: connections with
// where they come from, handshakes with what was agreed on or why it was refused, SIP messages by what tells them apart,
// and media in a line when it begins, changes or ends and a summary now and then. Keys, passwords, digest responses and
// tokens are in no line, and every line is of visible characters.
//
// The package serves this module and may change.
package narrate

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sipconform/sipconform/harness/redact"
	"github.com/sipconform/sipconform/harness/report/printable"
	"github.com/sipconform/sipconform/mocks/observation"
)

// maxText is how long what a line tells may be, in bytes. maxBytes and maxWords are how much of a message, and of another
// text of the device's, is looked at for it: more than any real one has, and little enough that a device which sends
// more keeps nobody busy.
const (
	maxText  = 640
	maxBytes = 8 << 10
	maxWords = 2 << 10
)

// Narrator turns observations into lines. Its methods must be called one after the other, with events in the order of
// their log.
type Narrator struct {
	start   time.Time
	secrets []string
	tellers map[observation.Kind]teller
	media   sounds
}

// New returns a narrator of a log whose clock began at start. Secrets are passwords that no line may have.
func New(start time.Time, secrets ...string) *Narrator {
	return &Narrator{start: start, secrets: secrets, tellers: tellers()}
}

// teller is how events of one kind are told.
type teller struct {
	// topic is the word by which a reader finds the lines of the kind.
	topic string
	// text returns what an event tells; nil: nothing, or what [media] makes of many.
	text func(*observation.Event) string
}

// tellers are how the events of each kind are told. Those of kinds that are not here have their name for a topic and
// their text.
func tellers() map[observation.Kind]teller {
	return map[observation.Kind]teller{
		observation.TransportOpen:  {"open", opened},
		observation.TransportClose: {"close", closed},
		observation.Wire:           {"", nil}, // segments of what other events tell
		observation.NotTLS:         {"tls", notTLS},
		observation.ClientHello:    {"tls", hello},
		observation.TLSAlert:       {"tls", alert},
		observation.TLSHandshake:   {"tls", handshake},
		observation.Renegotiation:  {"tls", renegotiation},
		observation.TLSKeyLog:      {"", nil}, // secrets
		observation.SIP:            {"sip", message},
		observation.SIPMalformed:   {"sip", malformed},
		observation.KeepAlive:      {"sip", keepAlive},
		observation.HTTP:           {"http", exchange},
		observation.Data:           {"data", data},
		observation.Media:          {"media", nil}, // a line for many: see media.go
		observation.Playing:        {"media", playing},
		observation.DNS:            {"dns", question},
		observation.Console:        {"console", console},
		observation.Device:         {"device", device},
		observation.Stage:          {"stage", stage},
		observation.Fault:          {"mock", fault},
		observation.Unexpected:     {"mock", unexpected},
		observation.Stranger:       {"refused", denied},
		observation.Limit:          {"refused", denied},
		observation.MediaWithheld:  {"refused", denied},
		observation.Note:           {"note", words},
		observation.Flood:          {"flood", flood},
	}
}

// Tell returns the lines that an event makes due: none, one, or after a pause the ends of streams of media before it.
func (n *Narrator) Tell(e *observation.Event) []string {
	lines := n.Pause(e.At)
	by, known := n.tellers[e.Kind]
	switch {
	case !known:
		by = teller{string(e.Kind), words}
	case e.Kind == observation.Media:
		return append(lines, n.finish(n.media.take(e))...)
	case e.Kind == observation.SIP:
		n.media.learn(e)
	}
	if by.text == nil {
		return lines
	}
	conn := e.Conn
	if strings.HasPrefix(conn, "udp ") { // two sockets of media, which the text names if they matter
		conn = "media"
	}
	clean := redact.New(n.secrets...).Event(bounded(*e)) // before anything is cut in the middle of a secret
	return append(lines, n.line(e.At, conn, e.Dir, by.topic, by.text(&clean)))
}

// bounded returns an event without what no line has room for.
func bounded(e observation.Event) observation.Event {
	e.Bytes, e.Text = e.Bytes[:min(len(e.Bytes), maxBytes)], head(e.Text)
	if h := e.HTTP; h != nil {
		e.HTTP = &observation.HTTPInfo{Method: head(h.Method), Host: head(h.Host), Path: head(h.Path), Status: h.Status}
	}
	if d := e.DNS; d != nil {
		e.DNS = &observation.DNSInfo{Name: head(d.Name), Type: head(d.Type), Answers: d.Answers, Code: d.Code}
	}
	if c := e.Console; c != nil {
		console := *c
		console.CallID, console.Detail = head(c.CallID), head(c.Detail)
		e.Console = &console
	}
	return e
}

func head(text string) string { return text[:min(len(text), maxWords)] }

// Pause returns the lines that are due at a time of the log's clock, whether or not anything was seen.
func (n *Narrator) Pause(at time.Duration) []string { return n.finish(n.media.due(at)) }

// End returns the lines for what has not come to an end.
func (n *Narrator) End(at time.Duration) []string { return n.finish(n.media.end(at)) }

// finish makes lines of what is told of media.
func (n *Narrator) finish(all []news) []string {
	var lines []string
	for _, one := range all {
		lines = append(lines, n.line(one.at, "media", one.dir, "media", one.text))
	}
	return lines
}

// Line returns a line that tells something that no event is about, in the form of the others.
func (n *Narrator) Line(at time.Duration, topic, text string) string {
	return n.line(at, "", "", topic, text)
}

// line puts a line together: wall clock, time since the beginning, connection, direction, topic, text.
func (n *Narrator) line(at time.Duration, conn string, dir observation.Direction, topic, text string) string {
	return fmt.Sprintf("%s %9.3fs %-7s %-3s %-7s %s", n.start.Add(at).Format(time.TimeOnly), at.Seconds(),
		n.clean(or(conn, "-")), or(string(dir), "-"), topic, n.clean(text))
}

// clean takes secrets out of a text, makes it visible, and cuts it.
func (n *Narrator) clean(text string) string {
	text = printable.Line(redact.New(n.secrets...).Text(text))
	if len(text) <= maxText {
		return text
	}
	at := maxText
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return text[:at] + " (cut)"
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// more appends a part to a text, if there is any.
func more(b *strings.Builder, format, part string) {
	if part != "" {
		fmt.Fprintf(b, format, part)
	}
}
