package judge

import (
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// WellFramed asks that each message of the device's begins and ends where RFC 3261 §7
// and §18.3 say, and that there is nothing but line breaks between two of them. A
// message of which the rest has not come is left open, unless the device closed
// the connection.
func WellFramed(v *View) Ruling {
	if len(v.Framing) > 0 {
		e := v.Framing[0]
		r := v.misframed(e)
		if e.Framing == observation.Incomplete && !v.byID[e.Conn].left() {
			r = r.leftOpen()
		}
		return r
	}
	sent := v.filter((*Message).In)
	if len(sent) == 0 {
		return open("no-sip", "it sent no SIP")
	}
	return pass("well-framed", "each of its %d messages begins and ends where it says", len(sent)).at(sent[0].Event.Seq)
}

// misframed fails a device for what is wrong with the framing of a message.
func (v *View) misframed(e observation.Event) Ruling {
	observed := fmt.Sprintf("it sent %s on %s", misframings(e), e.Conn)
	if e.Text != "" {
		observed += " (" + e.Text + ")"
	}
	r := fail("misframed-"+string(e.Framing), "%s", observed).at(e.Seq)
	switch e.Framing {
	case observation.NoLength, observation.UnreadableLength, observation.ShortLength, observation.LongLength:
		return r.hint("send one Content-Length, with the length of the body in bytes, in each message over TCP and TLS, ACK included")
	case observation.StrayBytes:
		return r.hint("send nothing but CRLF CRLF between messages; look for a buffer that is sent with its terminating NUL")
	case observation.BareLineFeed:
		return r.hint("end each line with CRLF")
	}
	return r
}

// misframings says what an event is about.
func misframings(e observation.Event) string {
	what := "a message"
	if m, err := sipwire.Parse(e.Bytes); err == nil {
		what = title(&Message{Message: m})
	}
	switch e.Framing {
	case observation.StrayBytes:
		return "bytes that are neither a message nor a line break"
	case observation.NoLength:
		return what + " without Content-Length"
	case observation.UnreadableLength:
		return what + " whose Content-Length cannot be read"
	case observation.ShortLength:
		return "a message whose body is longer than its Content-Length"
	case observation.LongLength:
		return "a message whose body is shorter than its Content-Length"
	case observation.TooLong:
		return what + " that is too long"
	case observation.BareLineFeed:
		return what + " with lines that end in LF alone"
	case observation.Incomplete:
		return "a part of " + what
	}
	return "something that is no SIP message"
}

// lost returns the first message after an event that the vendor could not read, nil
// if there is none.
func (v *View) lost(after int) *observation.Event {
	for i, e := range v.Framing {
		if e.Seq > after && e.Framing != observation.BareLineFeed {
			return &v.Framing[i]
		}
	}
	return nil
}

// explained names the message that could not be read as the cause of a ruling that
// rests on one that never came.
func (v *View) explained(r Ruling) Ruling {
	if r.Cause == "never-connected" {
		return v.atWrongPort(r)
	}
	e := v.lost(-1)
	if e == nil || r.Verdict != verdict.Fail && r.Verdict != verdict.Inconclusive || !restsOnSilence(r.Cause) {
		return r
	}
	why := v.misframed(*e)
	r.Cause, r.Observed, r.Hint = why.Cause, why.Observed+"; "+r.Observed, why.Hint
	return r.at(e.Seq)
}

// tlsRecord begins a handshake in TLS: it is the record's content type, RFC 8446 §5.1.
const tlsRecord = 22

// atWrongPort adds to a ruling on a device that never came to the port for TLS that it began TLS where SIP is spoken in clear.
func (v *View) atWrongPort(r Ruling) Ruling {
	for _, e := range v.Events {
		c := v.byID[e.Conn]
		if e.Kind == observation.SIPMalformed && e.Dir == observation.In && len(e.Bytes) > 0 && e.Bytes[0] == tlsRecord && c != nil {
			r.Observed += fmt.Sprintf("; it began TLS on %s, at port %d, where the vendor speaks SIP in clear", c.ID, c.Info.Local.Port())
			return r.at(e.Seq).hint("use the port for TLS, which is 5061 unless the vendor names another (RFC 3261 §19.1.2)")
		}
	}
	return r
}

// restsOnSilence reports whether a cause is a message of the device's that did not
// come, or that had no answer.
func restsOnSilence(cause string) bool {
	switch cause {
	case "no-ack", "no-answer", "no-final-response", "no-sip", "closed-on-call", "closed-without-sip", "silent-connection",
		"challenge-not-answered":
		return true
	}
	method, missing := strings.CutPrefix(cause, "no-") // "no-REGISTER"
	return missing && method == strings.ToUpper(method)
}
