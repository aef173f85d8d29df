package sipagent

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// maxTransactions is how many requests can be remembered, most of them for 32 s
// (RFC 3261 §17.2). It is more than a device can keep up with.
const maxTransactions = 50_000

// receive takes a message from a link. It is called in the order of the wire,
// and does not wait for what it starts unless too much has been started.
func (a *Agent) receive(l *Link, m *sipwire.Message) {
	switch {
	case !m.IsRequest():
		a.response(l, m)
	case m.Method == "ACK":
		a.acknowledge(l, m)
	default:
		if status, reason := fault(m); status != 0 {
			a.reject(l, m, status, reason)
		} else if m.Method == "CANCEL" {
			a.cancelled(l, m)
		} else {
			a.request(l, m)
		}
	}
}

// request takes a request: one that is repeated goes to its transaction, any
// other starts one.
func (a *Agent) request(l *Link, m *sipwire.Message) {
	switch t, known := a.transact(l, m); {
	case t == nil:
		a.reject(l, m, 503, "Service Unavailable")
	case known:
		t.machine.Receive(t.machine.Origin())
	case !a.hand(l, func() { a.handle(t) }):
		t.machine.Terminate()
	}
}

// acknowledge takes an ACK: that of a refusal is the transaction's own.
func (a *Agent) acknowledge(l *Link, m *sipwire.Message) {
	key, ok := serverKey(l, m, "INVITE")
	if t := a.transaction(key); ok && t != nil && t.answered() >= 300 {
		number, _ := m.CSeq()
		t.machine.Receive(carried(l, "ACK", number, nil))
		return
	}
	a.hand(l, func() { a.handle(&Transaction{Request: m, Link: l}) })
}

// cancelled takes a CANCEL, RFC 3261 §9.2.
func (a *Agent) cancelled(l *Link, m *sipwire.Message) {
	key, _ := serverKey(l, m, "INVITE")
	t := a.transaction(key)
	if t == nil {
		a.reject(l, m, 481, "Call/Transaction Does Not Exist")
		return
	}
	answer := newAnswer(l, m, 200, "OK")
	answer.SetToTag(t.toTag()) // as in the answer to the INVITE
	replyLink(l, m).Write(answer.Bytes())
	t.cancel()
}

// hand runs f in a goroutine once the link has a slot for it. A connection is
// not read while it waits; a datagram that would have to wait is lost, as
// datagrams are. False means that f does not run.
func (a *Agent) hand(l *Link, f func()) bool {
	if l.socket != nil {
		select {
		case l.slots <- struct{}{}:
		default:
			return false
		}
	} else {
		select {
		case l.slots <- struct{}{}:
		case <-l.gone:
			return false
		}
	}
	started := a.spawn(func() {
		defer func() { <-l.slots }()
		f()
	})
	if !started {
		<-l.slots
	}
	return started
}

// fault is why a request cannot be served: the status that says so, 0 if it
// can. What is merely wrong in it is for a judge.
func fault(m *sipwire.Message) (status int, reason string) {
	if !strings.EqualFold(m.Version, "SIP/2.0") {
		return 505, "Version Not Supported"
	}
	for _, name := range []string{"Call-ID", "CSeq", "From", "To", "Via"} {
		if m.Get(name) == "" {
			return 400, "Missing " + name
		}
		if name != "Via" && len(m.Lines(name)) > 1 {
			return 400, "Several " + name
		}
	}
	number, method := m.CSeq()
	_, via := m.TopVia()
	_, from := m.From()
	_, to := m.To()
	switch {
	case via != nil:
		return 400, "Malformed Via"
	case from != nil:
		return 400, "Malformed From"
	case to != nil:
		return 400, "Malformed To"
	case method == "" || number > 1<<31-1:
		return 400, "Malformed CSeq"
	case method != m.Method:
		return 400, "CSeq Names Another Method"
	}
	for _, d := range m.Defects() {
		switch d.Cause {
		case "truncated":
			return 400, "Incomplete Message"
		case "content-length":
			// What follows the body in a datagram is ignored, §18.3.
			if n, err := strconv.Atoi(m.Get("Content-Length")); err != nil || n != len(m.Body) {
				return 400, "Wrong Content-Length"
			}
		}
	}
	return 0, ""
}

// complain answers what could not be taken off a stream as a message, if it is
// known who to answer, and tells whether it did.
func (a *Agent) complain(l *Link, frame sipwire.Frame) bool {
	m := frame.Message
	if m == nil || !m.IsRequest() || m.Method == "ACK" {
		return false
	}
	status, reason := 400, "Bad Request"
	if syntax, ok := frame.Err.(*sipwire.SyntaxError); ok {
		switch syntax.Cause {
		case "too-long":
			status, reason = 513, "Message Too Large"
		case "no-content-length":
			reason = "Missing Content-Length"
		case "content-length":
			reason = "Malformed Content-Length"
		}
	}
	return a.reject(l, m, status, reason)
}

// reject answers a request without a transaction, RFC 3261 §8.2.7, and tells
// whether it did: one that does not say where an answer would go is left alone.
func (a *Agent) reject(l *Link, m *sipwire.Message, status int, reason string) bool {
	if _, err := m.TopVia(); err != nil {
		a.note(l, "%s has no Via that could be answered", m.Method)
		return false
	}
	answer := newAnswer(l, m, status, reason)
	sum := fnv.New64a()
	sum.Write(m.Raw)
	answer.SetToTag(fmt.Sprintf("%x", sum.Sum64())) // the same for a request that is repeated
	a.note(l, "%s answered with %d %s", m.Method, status, reason)
	return replyLink(l, m).Write(answer.Bytes()) == nil
}

// newAnswer begins a response to a request of a link: it says from where the
// request came, RFC 3261 §18.2.1 and RFC 3581 §4.
func newAnswer(l *Link, request *sipwire.Message, status int, reason string) *sipwire.Message {
	marked := *request
	marked.MarkReceived(l.Remote)
	return sipwire.NewResponse(&marked, status, reason)
}

// replyLink is where the response to a request goes: back over its connection;
// over UDP to its source, at the port that Via has unless rport asks for the
// port that it came from (RFC 3261 §18.2.2, RFC 3581 §4).
func replyLink(l *Link, m *sipwire.Message) *Link {
	via, err := m.TopVia()
	if l.socket == nil || err != nil || via.Params.Has("rport") {
		return l
	}
	port := via.Port
	if port == 0 {
		port = 5060
	}
	if port == l.Remote.Port() {
		return l
	}
	return l.socket.peer(netip.AddrPortFrom(l.Remote.Addr(), port))
}
