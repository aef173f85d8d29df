package livepage

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

const (
	// maxWords is how many messages of a connection are kept, the newest, and maxMessage how much of each, in bytes: the
	// start line, and the description of a session.
	maxWords   = 12
	maxMessage = 8 << 10
	// maxRefusals is how many reasons for a refusal are kept.
	maxRefusals = 4
)

// peer is a connection of a device with a mock, or what a UDP socket heard from one address.
type peer struct {
	scenario  *scenario
	conn      string
	transport observation.TransportInfo
	at        time.Duration
	hello     *observation.HelloInfo
	handshake *observation.HandshakeInfo
	words     []word // newest last
	said      int    // how many there were
	refusals  []string
	closed    observation.CloseCause
}

// word is a message of a connection. It is read when somebody looks.
type word struct {
	dir   observation.Direction
	sip   bool
	bytes []byte
	text  string // instead of bytes
}

// see takes an event of the connection, and reports whether it changes anything to be seen.
func (p *peer) see(e *observation.Event) bool {
	switch e.Kind {
	case observation.ClientHello:
		p.hello = e.Hello
	case observation.TLSHandshake:
		p.handshake = e.Handshake
		if h := e.Handshake; h != nil && !h.Complete {
			p.refuse(describeFailure(h))
		}
	case observation.TLSAlert:
		if e.Alert == nil || e.Alert.Description == 0 { // close_notify
			return false
		}
		p.refuse(describeAlert(e))
	case observation.NotTLS:
		p.refuse("the device does not speak TLS on it: " + e.Text)
	case observation.Renegotiation:
		p.refuse("the device asked for a renegotiation, and the vendor ended the connection")
	case observation.Unexpected:
		p.refuse(e.Text)
	case observation.Console:
		if c := e.Console; c != nil {
			p.refuse(strings.TrimSpace(fmt.Sprintf("the vendor's console: %s %s %s", c.Code, c.Title, c.Detail)))
		}
	case observation.SIP, observation.SIPMalformed:
		p.hear(word{dir: e.Dir, sip: true, bytes: bytes.Clone(e.Bytes[:min(len(e.Bytes), maxMessage)])})
	case observation.HTTP:
		if h := e.HTTP; h != nil && h.Status != 0 {
			p.hear(word{dir: e.Dir, text: fmt.Sprintf("%s https://%s%s: %d", h.Method, h.Host, h.Path, h.Status)})
		}
	case observation.Data:
		p.hear(word{dir: e.Dir, text: fmt.Sprintf("%d bytes of no protocol that is spoken here", len(e.Bytes))})
	case observation.TransportClose:
		p.closed = observation.Broken
		if e.Transport != nil && e.Transport.Cause != "" {
			p.closed = e.Transport.Cause
		}
	default:
		return false
	}
	return true
}

func (p *peer) hear(w word) {
	p.said++
	w.text = excerpt(w.text)
	if len(p.words) == maxWords {
		copy(p.words, p.words[1:])
		p.words = p.words[:maxWords-1]
	}
	p.words = append(p.words, w)
}

func (p *peer) refuse(why string) {
	if len(p.refusals) < maxRefusals {
		p.refusals = append(p.refusals, excerpt(why))
	}
}

// describeFailure says how a handshake failed.
func describeFailure(h *observation.HandshakeInfo) string {
	text := "the handshake failed"
	switch h.EndedBy {
	case observation.DeviceSide:
		text = "the device ended the handshake"
	case observation.MockSide:
		text = "the vendor ended the handshake"
	}
	if h.Refused != "" {
		text += ", because of the vendor's " + string(h.Refused)
	}
	if len(h.Rejected) > 0 {
		text += ", because of the device's certificate: " + strings.Join(h.Rejected, ", ")
	}
	if h.Error != "" {
		text += ": " + h.Error
	}
	return text
}

// describeAlert says who sent an alert.
func describeAlert(e *observation.Event) string {
	text := "alert from the device: "
	if e.Dir == observation.Out {
		text = "alert from the vendor: "
	}
	text += tlspeer.AlertName(e.Alert.Description)
	if e.Alert.Refused != "" {
		text += ", because of the vendor's " + string(e.Alert.Refused)
	}
	return text
}

// noteOf returns what an event has to tell beside connections, and of which kind it is. The kind is empty if there is
// nothing.
func noteOf(e *observation.Event) (kind, text string) {
	switch e.Kind {
	case observation.Stranger:
		kind, text = "stranger", e.Text
		if d := e.Denied; d != nil && text == "" {
			text = fmt.Sprintf("%s from %s, which is not the device", d.Protocol, d.Remote)
		}
		if d := e.Denied; d != nil && d.Count > 1 {
			text += fmt.Sprintf(" (%d so far)", d.Count)
		}
	case observation.Limit:
		kind, text = "limit", e.Text
	case observation.MediaWithheld:
		kind, text = "media withheld", e.Text
		if d := e.Denied; d != nil && text == "" {
			text = fmt.Sprintf("the device asked for media at an address to which none is sent: %s", d.Fault)
		}
	case observation.Flood:
		kind = "flood"
		if f := e.Flood; f != nil {
			text = fmt.Sprintf("%d events of kind %s were left out for want of room", f.Events, f.Kind)
		}
	case observation.Fault:
		kind, text = "the harness's own fault", strings.TrimSpace(string(e.Fault)+": "+firstLine(e.Text))
	case observation.Device:
		if d := e.Device; d != nil && d.What == observation.DeviceExit && d.ByItself {
			kind, text = "the device ended", fmt.Sprintf("%s ended by itself with status %d", d.Action, d.Status)
		}
	case observation.Console, observation.Unexpected:
		if e.Conn == "" {
			kind, text = "vendor", e.Text
			if c := e.Console; c != nil {
				text = strings.TrimSpace(c.Code + " " + c.Title + " " + c.Detail)
			}
		}
	}
	return kind, text
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
