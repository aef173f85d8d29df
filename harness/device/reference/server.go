package reference

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// mostServed is how many server transactions are remembered for retransmissions.
const mostServed = 128

// serverTransaction is a request of a peer and the response to it (RFC 3261 §17.2, as are the sections below).
type serverTransaction struct {
	session *session
	link    *link
	request *sipwire.Message
	tag     string // of To in the responses
	last    []byte // last response sent; guarded by session.mu
}

func newServerTransaction(s *session, l *link, request *sipwire.Message) *serverTransaction {
	return &serverTransaction{session: s, link: l, request: request, tag: s.identifier(8)}
}

// respond sends a response with further header fields.
func (t *serverTransaction) respond(status int, reason string, headers ...sipwire.Header) {
	t.respondWith(status, reason, nil, headers...)
}

func (t *serverTransaction) respondWith(status int, reason string, body []byte, headers ...sipwire.Header) {
	m := sipwire.NewResponse(t.request, status, reason)
	if status > 100 {
		m.SetToTag(t.tag)
	}
	if t.request.Method == "INVITE" && status > 100 && status < 300 {
		m.Copy(t.request, "Record-Route") // §12.1.1
		m.Add("Contact", t.link.contact())
		m.Add("Allow", t.session.allowed())
	}
	if t.request.Method == "INVITE" && status/100 == 2 {
		m.Headers = append(m.Headers, t.session.timers(t.request)...)
	}
	m.Headers = append(m.Headers, headers...)
	if body != nil {
		m.SetBody(sdpType, body)
	}
	if status >= 200 && t.session.peculiar.AnswersSlowly {
		t.session.pause(slowness)
	}
	raw := t.session.render(m)
	t.session.mu.Lock()
	t.last = raw
	t.session.mu.Unlock()
	if err := t.link.send(raw); err != nil {
		t.session.event("answer %d not sent: %v", status, err)
	}
}

// message handles a received message.
func (s *session) message(l *link, m *sipwire.Message) {
	if !m.IsRequest() {
		s.response(m)
		return
	}
	m.MarkReceived(l.remote)
	if s.options.Answer != nil {
		if raw := s.options.Answer(m); raw != nil {
			_ = l.send(raw)
		}
		return
	}
	if m.Method == "ACK" {
		s.acknowledged(m)
		return
	}
	t, isNew := s.serve(l, m)
	if isNew {
		t.dispatch()
	}
}

// serve returns the transaction of a request. To a retransmission it sends the last response again.
func (s *session) serve(l *link, m *sipwire.Message) (t *serverTransaction, isNew bool) {
	via, err := m.TopVia()
	if err != nil {
		return newServerTransaction(s, l, m), true
	}
	key := fmt.Sprintf("%s %s:%d %s", via.Branch(), via.Host, via.Port, m.Method)
	s.mu.Lock()
	t = s.served[key]
	if t == nil {
		t = newServerTransaction(s, l, m)
		s.served[key] = t
		s.servedOrder = append(s.servedOrder, key)
		if len(s.servedOrder) > mostServed {
			delete(s.served, s.servedOrder[0])
			s.servedOrder = slices.Delete(s.servedOrder, 0, 1)
		}
		s.mu.Unlock()
		return t, true
	}
	last := t.last
	s.mu.Unlock()
	if last != nil {
		_ = l.send(last)
	}
	return t, false
}

// invited returns the INVITE that a CANCEL is for (§9.2), or nil.
func (s *session) invited(cancel *sipwire.Message) *serverTransaction {
	via, err := cancel.TopVia()
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.served[fmt.Sprintf("%s %s:%d INVITE", via.Branch(), via.Host, via.Port)]
}

// dispatch checks a request in the order of §8.2 and handles it by its method.
func (t *serverTransaction) dispatch() {
	s, m := t.session, t.request
	if m.Version != "SIP/2.0" {
		t.respond(505, "")
		return
	}
	if fault := brokenBy(m); fault != "" {
		s.event("%s refused: %s", m.Method, fault)
		t.respond(400, "")
		return
	}
	if !slices.Contains(strings.Split(s.allowed(), ", "), m.Method) {
		t.respond(405, "", sipwire.Header{Name: "Allow", Value: s.allowed()})
		return
	}
	if uri, _ := sipwire.ParseURI(m.RequestURI); uri.Scheme != "sip" && uri.Scheme != "sips" {
		t.respond(416, "")
		return
	}
	if required := s.unsupported(m); len(required) > 0 && m.Method != "CANCEL" {
		t.respond(420, "", sipwire.Header{Name: "Unsupported", Value: strings.Join(required, ", ")})
		return
	}
	switch m.Method {
	case "INVITE":
		t.invite()
	case "BYE":
		t.bye()
	case "CANCEL":
		t.cancel()
	case "OPTIONS":
		t.respond(200, "", sipwire.Header{Name: "Allow", Value: s.allowed()}, sipwire.Header{Name: "Accept", Value: sdpType})
	case "PRACK":
		t.prack()
	case "UPDATE":
		t.update()
	}
}

// brokenBy returns the defect for which a request is answered with 400, or "". Harmless defects are tolerated.
func brokenBy(m *sipwire.Message) string {
	for _, defect := range m.Defects() {
		switch defect.Cause {
		case "missing-header", "repeated-header", "content-length", "truncated",
			"request-uri", "via", "from", "to", "cseq", "cseq-method", "contact":
			if !strings.Contains(defect.Detail, "Max-Forwards") {
				return defect.String()
			}
		}
	}
	return ""
}

// known holds the header fields of RFC 3261 and RFC 4028, by lower-case long name.
var known = map[string]bool{
	"accept": true, "accept-encoding": true, "accept-language": true, "alert-info": true, "allow": true, "authorization": true,
	"call-id": true, "call-info": true, "contact": true, "content-disposition": true, "content-encoding": true,
	"content-language": true, "content-length": true, "content-type": true, "cseq": true, "date": true, "error-info": true,
	"expires": true, "from": true, "in-reply-to": true, "max-forwards": true, "mime-version": true, "min-expires": true,
	"min-se": true, "organization": true, "priority": true, "proxy-authenticate": true, "proxy-authorization": true,
	"proxy-require": true, "record-route": true, "reply-to": true, "require": true, "retry-after": true, "route": true,
	"server": true, "session-expires": true, "subject": true, "supported": true, "timestamp": true, "to": true,
	"unsupported": true, "user-agent": true, "via": true, "warning": true, "www-authenticate": true,
}

// hasUnknownHeader tells whether a request has a header field that is not known. Only bugs use it: unknown header fields
// have to be ignored (§8.2.2).
func hasUnknownHeader(m *sipwire.Message) bool {
	return m.IsRequest() && slices.ContainsFunc(m.Headers, func(h sipwire.Header) bool { return !known[sipwire.LongName(h.Name)] })
}
