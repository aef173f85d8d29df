package sipagent

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// ErrAnswered is returned for a response after the final one, which the handler or a CANCEL has caused.
var ErrAnswered = errors.New("sipagent: the request has its final response")

// Transaction is a request from a device with its server transaction. An ACK has no response.
type Transaction struct {
	Request *sipwire.Message // as it came
	Link    *Link

	machine *sip.ServerTx // nil for an ACK
	handed  bool          // whether the handler has called Later
	final   *sip.Response // the final response, written by whoever set status

	mu     sync.Mutex
	tag    string // tag of To in responses, unless the handler chooses one
	status int    // status of the final response, 0 before it
}

// Respond sends a response that has the given headers after those copied from the request. A body needs a
// Content-Type among the headers. After a final response it fails with [ErrAnswered].
func (t *Transaction) Respond(status int, reason string, body []byte, headers ...sipwire.Header) error {
	return t.RespondTagged(status, reason, "", body, headers...)
}

// RespondTagged is Respond with the caller's To tag; "" means the agent's.
func (t *Transaction) RespondTagged(status int, reason, tag string, body []byte, headers ...sipwire.Header) error {
	if t.machine == nil {
		return errors.New("sipagent: an ACK has no response")
	}
	t.mu.Lock()
	if t.status != 0 {
		t.mu.Unlock()
		return ErrAnswered
	}
	if status >= 200 {
		t.status = status
	}
	if tag != "" {
		t.tag = tag
	}
	tag = t.tag
	t.mu.Unlock()

	m := newAnswer(t.Link, t.Request, status, reason)
	switch {
	case status == 100:
		m.Copy(t.Request, "Timestamp") // RFC 3261 §8.2.6.1
	case status < 300 && t.Request.Method == "INVITE":
		m.Copy(t.Request, "Record-Route") // §12.1.1
		fallthrough
	default:
		m.SetToTag(tag)
	}
	m.Headers = append(m.Headers, headers...)
	m.Body = body
	response := carriedResponse(status, m.Bytes())
	if status >= 200 {
		t.final = response
	}
	if err := t.machine.Respond(response); err != nil {
		return fmt.Errorf("sipagent: respond %d: %w", status, err)
	}
	return nil
}

// Insist repeats the 2xx that was sent, in the background, until acknowledged is closed, as RFC 3261 §13.3.1.4 asks
// over any transport. After 64*T1, which is 32 s, it stops and calls lost. Over a connection nothing of the INVITE can
// come again once its 2xx is acknowledged, so that its transaction ends then, and not after Timer L (RFC 6026 §7.1): a
// device that makes hundreds of calls a second would soon have more open than it may.
func (t *Transaction) Insist(acknowledged <-chan struct{}, lost func()) {
	a := t.Link.agent
	a.spawn(func() {
		interval := sip.T1
		repeat, patience := time.NewTimer(interval), time.NewTimer(64*sip.T1)
		defer repeat.Stop()
		defer patience.Stop()
		for {
			select {
			case <-acknowledged:
				if t.Link.socket == nil {
					t.machine.Terminate()
				}
				return
			case <-t.Link.gone:
				return
			case <-a.ctx.Done():
				return
			case <-patience.C:
				lost()
				return
			case <-repeat.C:
				t.machine.Respond(t.final)
				interval = min(2*interval, sip.T2)
				repeat.Reset(interval)
			}
		}
	})
}

// toTag returns the tag of To in responses.
func (t *Transaction) toTag() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tag
}

// answered returns the status of the final response, or 0 if there is none yet.
func (t *Transaction) answered() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status
}

// cancel answers an INVITE that has no answer yet with a 487, RFC 3261 §9.2.
func (t *Transaction) cancel() { t.Respond(487, "Request Terminated", nil) }

// errBusy is the error of a transaction beyond maxTransactions.
var errBusy = errors.New("sipagent: too many transactions")

// transact returns the transaction of a request, and whether it existed before. A link that has ended begins none: that
// would outlive abandon.
func (a *Agent) transact(l *Link, m *sipwire.Message) (t *Transaction, known bool, err error) {
	key, _ := serverKey(l, m, m.Method)
	reply := replyLink(l, m)
	a.mu.Lock()
	defer a.mu.Unlock()
	if t = a.servers[key]; t != nil {
		return t, true, nil
	}
	if a.closed || !l.Alive() {
		return nil, false, net.ErrClosed
	}
	if len(a.servers) >= maxTransactions || a.remembered+len(m.Raw) > maxTransactionBytes {
		return nil, false, errBusy
	}
	number, _ := m.CSeq()
	t = &Transaction{Request: m, Link: l, tag: rand.Text()[:12]}
	t.machine = sip.NewServerTx(key, carried(l, m.Method, number, nil), &hop{
		link: reply,
		own:  func() []byte { return newAnswer(l, m, 100, "Trying").Bytes() },
		over: func() { a.forgetServer(key, t) },
	}, silent)
	if err := t.machine.Init(); err != nil {
		return nil, false, err
	}
	a.servers[key] = t
	a.remembered += len(m.Raw)
	return t, false, nil
}

// forgetServer takes a transaction that has ended from the table.
func (a *Agent) forgetServer(key string, t *Transaction) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.servers[key] == t {
		delete(a.servers, key)
		a.remembered -= len(t.Request.Raw)
	}
}

func (a *Agent) transaction(key string) *Transaction {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.servers[key]
}

// handle runs the handler for a request.
func (a *Agent) handle(t *Transaction) {
	t.guard(func() { a.config.Handle(t.Link.ctx, t) })
	if !t.handed {
		t.finish()
	}
}

// Later runs the rest of a handler, which may wait, in a goroutine. If too many run for the link, a connection is not read
// until one of them returns; what came in a datagram is lost.
func (t *Transaction) Later(rest func()) {
	t.handed = true
	started := t.Link.agent.hand(t.Link, func() {
		t.guard(rest)
		t.finish()
	})
	if !started {
		t.finish()
	}
}

// guard runs a part of a handler.
func (t *Transaction) guard(part func()) {
	defer func() {
		if p := recover(); p != nil {
			t.Link.agent.config.Log.Panicked(t.Link.ID, "answering "+t.Request.Method, p)
			t.Respond(500, "Server Internal Error", nil)
		}
	}()
	part()
}

// finish ends a transaction to which its handler has given no answer.
func (t *Transaction) finish() {
	if t.machine != nil && t.answered() == 0 {
		t.machine.Terminate()
	}
}

// abandon ends the transactions of a link that has ended.
func (a *Agent) abandon(l *Link) { a.terminateIf(func(of *Link) bool { return of == l }) }

// terminate ends all transactions.
func (a *Agent) terminate() { a.terminateIf(func(*Link) bool { return true }) }

func (a *Agent) terminateIf(ends func(*Link) bool) {
	var machines []sip.Transaction
	a.mu.Lock()
	for _, t := range a.servers {
		if ends(t.Link) {
			machines = append(machines, t.machine)
		}
	}
	for _, r := range a.clients {
		if ends(r.link) {
			machines = append(machines, r.machine)
		}
	}
	a.mu.Unlock()
	for _, m := range machines {
		m.Terminate() // removes itself from the table
	}
}
