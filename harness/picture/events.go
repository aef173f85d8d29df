package picture

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/tlspeer"
)

// maxText is how much a row has of a peer's words.
const maxText = 300

// tellers say what rows events have. Kinds that are not here have a remark.
var tellers = map[observation.Kind]func(*teller, *observation.Event) *row{
	observation.TransportOpen:  (*teller).opened,
	observation.TransportClose: (*teller).closed,
	observation.ClientHello:    (*teller).hello,
	observation.TLSAlert:       (*teller).alert,
	observation.TLSHandshake:   (*teller).handshake,
	observation.SIP:            (*teller).sip,
	observation.SIPMalformed:   (*teller).sip,
	observation.KeepAlive:      (*teller).keepAlive,
	observation.HTTP:           (*teller).http,
	observation.Data:           (*teller).data,
	observation.NotTLS:         (*teller).data,
	observation.DNS:            (*teller).question,
	observation.Playing:        (*teller).playing,
	observation.Console:        (*teller).console,
	observation.Device:         (*teller).device,
	observation.Stage:          (*teller).stage,
	observation.Fault:          (*teller).fault,
	observation.Flood:          (*teller).flood,
}

// arrow returns a row from one side to the other, or a remark if the event has no direction.
func arrow(e *observation.Event, kind, text, quiet string) *row {
	r := &row{Way: string(e.Dir), Kind: kind, Text: visible(text, maxText), Quiet: visible(quiet, maxText)}
	switch e.Dir {
	case observation.In:
		r.Who = "device to vendor"
	case observation.Out:
		r.Who = "vendor to device"
	default:
		r.Way = "note"
	}
	return r
}

func note(text, quiet string) *row {
	return &row{Way: "note", Kind: "own", Text: visible(text, maxText), Quiet: visible(quiet, maxText)}
}

func remark(_ *teller, e *observation.Event) *row {
	r := note(strings.ReplaceAll(string(e.Kind), "-", " "), e.Text)
	r.key = r.Text + r.Quiet
	return r
}

func (t *teller) opened(e *observation.Event) *row {
	if e.Transport == nil {
		return nil
	}
	if len(t.protocols) < 4096 {
		t.protocols[e.Conn] = e.Transport.Protocol
	}
	opened := *e
	opened.Dir = observation.In
	from, to := e.Transport.Remote, e.Transport.Local
	if e.Transport.Dialed {
		opened.Dir = observation.Out
		from, to = to, from
	}
	what := "opens " + strings.ToUpper(e.Transport.Protocol) + " to " + address(to)
	if e.Transport.Listener != "" {
		what += ", which is the " + strings.ReplaceAll(string(e.Transport.Listener), "-", " ")
	}
	return arrow(&opened, "tls", what, "from "+address(from))
}

func (t *teller) closed(e *observation.Event) *row {
	closed := *e
	what := "connection closed"
	if e.Transport != nil {
		switch cause := e.Transport.Cause; {
		case cause == observation.ClosedByPeer:
			closed.Dir, what = observation.In, "closes the connection"
		case cause == observation.ResetByPeer:
			closed.Dir, what = observation.In, "resets the connection"
		case cause == observation.NotConnected:
			closed.Dir, what = observation.In, "refuses the connection"
		case cause == observation.TimedOut:
			closed.Dir, what = observation.Out, "closes the connection after waiting in vain"
		case cause.ByMock():
			closed.Dir, what = observation.Out, "closes the connection"
		}
	}
	quiet := e.Text
	if quiet == "EOF" || strings.HasPrefix(quiet, "tlspeer: ") { // which the row of the handshake says
		quiet = ""
	}
	return arrow(&closed, "tls", what, quiet)
}

func (t *teller) hello(e *observation.Event) *row {
	if e.Hello == nil {
		return arrow(e, "tls", "ClientHello", "")
	}
	what := "ClientHello: up to " + tlspeer.VersionName(e.Hello.MaxVersion()) + ", " + count(len(e.Hello.Suites), "suite")
	quiet := "no server name"
	if e.Hello.ServerName != "" {
		quiet = "server name " + e.Hello.ServerName
	}
	return arrow(e, "tls", what, quiet)
}

func (t *teller) alert(e *observation.Event) *row {
	if e.Alert == nil {
		return arrow(e, "alert", "TLS alert", e.Text)
	}
	level := "fatal alert "
	if e.Alert.Level == 1 {
		level = "alert "
	}
	quiet := ""
	if e.Alert.Refused != "" {
		quiet = "refuses the " + string(e.Alert.Refused)
	}
	kind := "alert"
	if e.Alert.Level == 1 && e.Alert.Description == 0 {
		kind = "tls"
	}
	return arrow(e, kind, fmt.Sprintf("%s%s (%d)", level, tlspeer.AlertName(e.Alert.Description), e.Alert.Description), quiet)
}

func (t *teller) handshake(e *observation.Event) *row {
	h := e.Handshake
	if h == nil {
		return nil
	}
	var r *row
	if h.Complete {
		r = note("handshake complete: "+tlspeer.VersionName(h.Version)+", "+tlspeer.SuiteName(h.Suite), "")
	} else {
		r = note("handshake failed", outcome(h))
	}
	r.Kind = "tls"
	return r
}

func (t *teller) sip(e *observation.Event) *row {
	start, _, _ := bytes.Cut(e.Bytes[:min(len(e.Bytes), 4*maxText)], []byte("\n"))
	what := strings.TrimSuffix(string(start), "\r")
	status, isAnswer := strings.CutPrefix(what, "SIP/2.0 ")
	if isAnswer {
		what = status
	}
	quiet := e.Text
	if e.Kind == observation.SIPMalformed {
		what, quiet = "malformed: "+what, strings.TrimPrefix(strings.Trim(string(e.Framing)+": "+e.Text, ": "), ": ")
	}
	r := arrow(e, "sip", strings.TrimSuffix(what, " SIP/2.0"), quiet)
	if !isAnswer {
		r.Quiet = strings.TrimSpace(r.Quiet + " " + visible(strings.ToUpper(t.protocols[e.Conn]), 12))
	}
	r.raw, r.key = e.Bytes, "sip "+string(e.Dir)+string(e.Kind)
	return r
}

func (t *teller) keepAlive(e *observation.Event) *row {
	what := "keep-alive"
	if e.KeepAlive != nil && e.KeepAlive.Ping {
		what = "keep-alive that asks for an answer"
	}
	r := arrow(e, "tls", what, "")
	r.key = "keep-alive" + string(e.Dir) + what
	return r
}

func (t *teller) http(e *observation.Event) *row {
	h := e.HTTP
	if h == nil {
		return arrow(e, "http", "HTTP", e.Text)
	}
	what, quiet := h.Method+" "+h.Path, "HTTP, Host "+h.Host
	if h.Status != 0 {
		what, quiet = fmt.Sprintf("%d", h.Status), "to "+what
	}
	r := arrow(e, "http", what, strings.Trim(quiet+"; "+e.Text, "; "))
	r.raw = e.Bytes
	r.key = "http" + string(e.Dir) + r.Text + r.Quiet
	return r
}

func (t *teller) data(e *observation.Event) *row {
	what := count(len(e.Bytes), "byte")
	if e.Kind == observation.NotTLS {
		what += " that are not TLS"
	}
	r := arrow(e, "sip", what, e.Text)
	r.raw = e.Bytes
	r.key = string(e.Kind) + string(e.Dir)
	return r
}

func (t *teller) question(e *observation.Event) *row {
	d := e.DNS
	if d == nil {
		return nil
	}
	answer := cmp.Or(strings.Join(d.Answers[:min(len(d.Answers), 8)], ", "), d.Code)
	return &row{
		Way: "ask", Who: "device to name server", Kind: "dns", Text: visible(d.Type+" "+d.Name, maxText),
		Quiet: visible(answer, maxText), key: "dns" + d.Type + d.Name + answer,
	}
}

func (t *teller) playing(e *observation.Event) *row {
	m := e.Media
	if m == nil {
		return nil
	}
	r := arrow(e, "media", fmt.Sprintf("begins to play %d Hz", m.Tone),
		fmt.Sprintf("SSRC %08x, from sequence %d, rollover counter %d", m.SSRC, m.Sequence, m.Rollover))
	return r
}

func (t *teller) console(e *observation.Event) *row {
	c := e.Console
	if c == nil {
		return nil
	}
	return note("vendor's console: "+c.Level+" "+c.Code+" "+c.Title, strings.Trim(c.Detail+"; "+c.Note, "; "))
}

func (t *teller) device(e *observation.Event) *row {
	d := e.Device
	if d == nil {
		return nil
	}
	switch d.What {
	case observation.DeviceAction:
		if strings.HasPrefix(e.Text, d.Action) {
			return note("the device is told: "+cmp.Or(e.Text, "act"), "")
		}
		return note("the device is told: "+cmp.Or(d.Action, "act"), e.Text)
	case observation.DeviceExit:
		if d.ByItself {
			return note(fmt.Sprintf("%s ended by itself, with status %d", cmp.Or(d.Action, "the device"), d.Status), e.Text)
		}
	case observation.DeviceStart:
		return note("the device starts", "")
	case observation.DeviceDone:
		return note("the person at the device: done", e.Text)
	}
	return nil
}

func (t *teller) stage(e *observation.Event) *row {
	if e.Stage == observation.SceneOver {
		return note("the scenario is over; what follows is clearing up", "")
	}
	return note("stage: "+strings.ReplaceAll(string(e.Stage), "-", " "), e.Text)
}

func (t *teller) fault(e *observation.Event) *row {
	text, _, _ := strings.Cut(e.Text, "\n")
	return note("the harness's own fault: "+strings.ReplaceAll(string(e.Fault), "-", " "), text)
}

func (t *teller) flood(e *observation.Event) *row {
	f := e.Flood
	if f == nil {
		return nil
	}
	r := note(fmt.Sprintf("left out of the log for want of room: %d of kind %s", f.Events, f.Kind), "")
	return r
}

// media returns the row of one packet, in which further ones are counted.
func (t *teller) media(e *observation.Event) *row {
	m := e.Media
	what, quiet := mediaName(m), ""
	switch {
	case m.Diagnosis != "":
		quiet = strings.ReplaceAll(string(m.Diagnosis), "-", " ")
	case m.Protocol != "":
		quiet = m.Protocol
	}
	if m.SSRC != 0 {
		quiet = strings.Trim(fmt.Sprintf("%s, SSRC %08x", quiet, m.SSRC), ", ")
	}
	r := arrow(e, "media", what, quiet)
	r.At = seconds(arrived(e))
	r.key = fmt.Sprint("media", e.Dir, m.Local, m.Remote, r.Text, r.Quiet)
	return r
}
