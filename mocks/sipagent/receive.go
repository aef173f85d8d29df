package sipagent

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Requests are remembered, those over UDP for 32 s (RFC 3261 §17.2). A real device sends neither as many nor as long ones.
// Further ones are refused with a 503.
const (
	maxTransactions     = 50_000
	maxTransactionBytes = 4 << 20 // of the requests: their transactions take a few times as much
	// RetryAfter is for how many seconds a peer that has too much open is asked to wait.
	RetryAfter = "5"
)

// receive handles a message from a link. It is called in wire order, and waits for handlers: who sends a request after
// another may count on that one having been handled.
func (a *Agent) receive(l *Link, m *sipwire.Message) {
	defects := m.Defects()
	if len(defects) > 0 {
		a.note(l, "odd but readable: %s", defects[0])
	}
	switch {
	case !m.IsRequest():
		a.response(l, m)
	case m.Method == "ACK":
		a.acknowledge(l, m)
	default:
		if status, reason := fault(m, defects); status != 0 {
			a.reject(l, m, status, reason)
		} else if m.Method == "CANCEL" {
			a.cancelled(l, m)
		} else {
			a.request(l, m)
		}
	}
}

// request handles a request: a repeated one goes to its transaction, any other starts one.
func (a *Agent) request(l *Link, m *sipwire.Message) {
	switch t, known, err := a.transact(l, m); {
	case errors.Is(err, net.ErrClosed): // there is nobody to answer
	case err != nil:
		a.config.Log.Exceeded(&a.bounds, l.ID, observation.Transactions, maxTransactions, "503 Service Unavailable")
		a.answer(l, m, 503, "Service Unavailable", sipwire.Header{Name: "Retry-After", Value: RetryAfter})
	case known:
		t.machine.Receive(t.machine.Origin())
	default:
		a.handle(t)
	}
}

// acknowledge handles an ACK: one for a refusal goes to the transaction only.
func (a *Agent) acknowledge(l *Link, m *sipwire.Message) {
	key, ok := serverKey(l, m, "INVITE")
	if t := a.transaction(key); ok && t != nil && t.answered() >= 300 {
		number, _ := m.CSeq()
		t.machine.Receive(carried(l, "ACK", number, nil))
		return
	}
	a.handle(&Transaction{Request: m, Link: l})
}

// cancelled handles a CANCEL, RFC 3261 §9.2.
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

// hand runs f in a goroutine when the link has a free slot. A connection is not read while it waits; a datagram does
// not wait and is lost. False means that f does not run.
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

// fault returns the status and reason for a request that cannot be served, or 0. Defects that do not keep it from
// being served are for a judge.
func fault(m *sipwire.Message, defects []sipwire.Defect) (status int, reason string) {
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
	for _, d := range defects {
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

// complain answers a malformed message of a stream if there is an address for the answer, and reports whether it did.
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

// reject answers a request without a transaction, RFC 3261 §8.2.7, and reports whether it did: it cannot if the
// request has no address for the answer.
func (a *Agent) reject(l *Link, m *sipwire.Message, status int, reason string) bool {
	if _, err := m.TopVia(); err != nil {
		a.note(l, "%s has no Via that could be answered", m.Method)
		return false
	}
	a.note(l, "%s answered with %d %s", m.Method, status, reason)
	return a.answer(l, m, status, reason)
}

// answer sends a response without a transaction to a request that has a Via.
func (a *Agent) answer(l *Link, m *sipwire.Message, status int, reason string, headers ...sipwire.Header) bool {
	answer := newAnswer(l, m, status, reason)
	answer.Headers = append(answer.Headers, headers...)
	sum := fnv.New64a()
	sum.Write(m.Raw)
	answer.SetToTag(fmt.Sprintf("%x", sum.Sum64())) // the same for a repeated request
	return replyLink(l, m).Write(answer.Bytes()) == nil
}

// newAnswer returns a response to a request of a link, with the request's source in its Via, RFC 3261 §18.2.1 and RFC
// 3581 §4.
func newAnswer(l *Link, request *sipwire.Message, status int, reason string) *sipwire.Message {
	marked := *request
	marked.MarkReceived(l.Remote)
	return sipwire.NewResponse(&marked, status, reason)
}

// replyLink returns the link for the response to a request: its connection, or over UDP its source, at the port in
// Via unless rport asks for the source port (RFC 3261 §18.2.2, RFC 3581 §4). Behind a NAT the port in Via is one inside.
func replyLink(l *Link, m *sipwire.Message) *Link {
	via, err := m.TopVia()
	if l.socket == nil || l.dialed || err != nil || via.Params.Has("rport") || l.agent.config.Gate.Latches() {
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
