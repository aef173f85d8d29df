package sipagent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// cancelLimit is how long a device may take to end an INVITE that was cancelled.
const cancelLimit = 5 * time.Second

// request is a request that the agent has sent, with its client transaction.
type request struct {
	message *sipwire.Message
	link    *Link
	machine *sip.ClientTx
	inbox   chan *sipwire.Message           // responses on their way to the machine
	last    atomic.Pointer[sipwire.Message] // the last one that the machine has got
	final   atomic.Pointer[sipwire.Message] // the final one, as soon as it is read
	ringing atomic.Bool                     // a provisional one has come
}

// Do sends a complete request, other than ACK, over link and returns the final response. Provisional responses are in
// the log; see [Agent.Invite]. The transaction sends the ACK for a refused INVITE; the caller sends the ACK for a 2xx with [Agent.Send].
//
// If ctx ends before a final response, Do cancels an INVITE that is ringing (RFC 3261 §9.1) and returns the response
// that follows: a 487, or a 2xx that was already on its way and has to be acknowledged. For other requests, and if no
// response follows, it returns the context's error.
func (a *Agent) Do(ctx context.Context, link *Link, message *sipwire.Message) (*sipwire.Message, error) {
	return a.Invite(ctx, link, message, func(*sipwire.Message) {})
}

// Invite is [Agent.Do] for a request whose provisional responses matter: provisional gets each of them, repeated ones
// included, in order and before Invite returns. The final response waits until provisional has returned.
func (a *Agent) Invite(
	ctx context.Context, link *Link, message *sipwire.Message, provisional func(*sipwire.Message),
) (*sipwire.Message, error) {
	if !a.enter() {
		return nil, fmt.Errorf("sipagent: %s: %w", message.Method, net.ErrClosed)
	}
	defer a.running.Done()
	response, err := a.do(ctx, link, message, provisional)
	if err != nil {
		return nil, fmt.Errorf("sipagent: %s: %w", message.Method, err)
	}
	return response, nil
}

func (a *Agent) do(
	ctx context.Context, link *Link, message *sipwire.Message, provisional func(*sipwire.Message),
) (*sipwire.Message, error) {
	r, err := a.start(link, message)
	if err != nil {
		return nil, err
	}
	over := ctx.Done()
	cancelled := false
	for {
		select {
		case carries := <-r.machine.Responses():
			response, err := sipwire.Parse(carries.Body())
			if err != nil {
				r.machine.Terminate()
				return nil, err
			}
			if response.Status < 200 {
				provisional(response)
				continue
			}
			// Over UDP an INVITE outlives its refusal, to acknowledge repeated ones.
			if message.Method != "INVITE" || response.Status < 300 || link.Protocol != observation.UDP {
				r.machine.Terminate()
			}
			return response, nil
		case <-r.machine.Done():
			// A device may close the connection with its answer, before the machine has got it.
			if response := r.final.Load(); response != nil {
				return response, nil
			}
			return nil, r.err()
		case <-over:
			if message.Method != "INVITE" || !r.ringing.Load() || cancelled {
				r.machine.Terminate()
				return nil, ctx.Err()
			}
			ending, done := context.WithTimeout(a.ctx, cancelLimit)
			defer done()
			over, cancelled = ending.Done(), true
			a.spawn(func() { a.do(ending, link, cancellation(message), func(*sipwire.Message) {}) })
		}
	}
}

// err says why the machine has ended without a final response.
func (r *request) err() error {
	if !r.link.Alive() {
		return fmt.Errorf("the connection has ended: %w", net.ErrClosed)
	}
	return r.machine.Err()
}

// start sends a request and registers it for its responses.
func (a *Agent) start(link *Link, message *sipwire.Message) (*request, error) {
	key, ok := clientKey(message)
	if !ok {
		return nil, errors.New("a request needs a branch")
	}
	number, _ := message.CSeq()
	r := &request{message: message, link: link, inbox: make(chan *sipwire.Message, 16)}
	h := &hop{link: link, own: r.acknowledgement, over: func() { a.forgetClient(key, r) }}
	r.machine = sip.NewClientTx(key, carried(link, message.Method, number, message.Bytes()), h, silent)
	a.mu.Lock()
	_, known := a.clients[key]
	if !known {
		a.clients[key] = r
	}
	a.mu.Unlock()
	if known {
		return nil, errors.New("a request with that branch is under way")
	}
	if err := r.machine.Init(); err != nil {
		r.machine.Terminate()
		return nil, err
	}
	// A timer of the machine's may end it just now, in a goroutine that nobody waits for:
	// so drive, which Close waits for, forgets it too.
	if !a.spawn(func() { defer a.forgetClient(key, r); r.drive() }) {
		r.machine.Terminate()
		return nil, net.ErrClosed
	}
	if !link.Alive() { // the link may have ended before the request was in the table
		r.machine.Terminate()
	}
	return r, nil
}

// forgetClient takes a request that is over from the table.
func (a *Agent) forgetClient(key string, r *request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clients[key] == r {
		delete(a.clients, key)
	}
}

// drive passes responses to the machine until it ends. It runs in its own goroutine because the machine waits until
// each is taken.
func (r *request) drive() {
	for {
		select {
		case m := <-r.inbox:
			r.last.Store(m)
			r.machine.Receive(carriedResponse(m.Status, m.Raw))
		case <-r.machine.Done():
			return
		}
	}
}

// response handles a response from a link.
func (a *Agent) response(l *Link, m *sipwire.Message) {
	key, ok := clientKey(m)
	a.mu.Lock()
	r := a.clients[key]
	a.mu.Unlock()
	if r != nil {
		if m.Status < 200 {
			r.ringing.Store(true)
		} else if !r.final.CompareAndSwap(nil, m) && m.Status < 300 && m.ToTag() != r.final.Load().ToTag() {
			r = nil // a fork's, and whoever made the request has the response of another
		}
	}
	switch {
	case !ok || r == nil:
		if a.config.Unmatched != nil {
			a.hand(l, func() { a.config.Unmatched(l, m) })
		}
	case l.socket != nil:
		select {
		case r.inbox <- m:
		default: // lost, as datagrams are
		}
	default:
		select {
		case r.inbox <- m:
		case <-r.machine.Done():
		}
	}
}

// Send sends a complete request outside any transaction: the ACK for a 2xx.
func (a *Agent) Send(link *Link, message *sipwire.Message) error {
	if err := link.Write(message.Bytes()); err != nil {
		return fmt.Errorf("sipagent: %s: %w", message.Method, err)
	}
	return nil
}

// cancellation returns the CANCEL for an INVITE, RFC 3261 §9.1.
func cancellation(invite *sipwire.Message) *sipwire.Message { return sequel(invite, "CANCEL") }

// acknowledgement returns the ACK for the refusal that the machine has got, §17.1.1.3.
func (r *request) acknowledgement() []byte {
	m := sequel(r.message, "ACK")
	if refusal := r.last.Load(); refusal != nil {
		m.Set("To", refusal.Get("To"))
	}
	return m.Bytes()
}

// sequel returns a request for the same hop as another: with the same branch and number.
func sequel(to *sipwire.Message, method string) *sipwire.Message {
	m := sipwire.NewRequest(method, to.RequestURI)
	if via := to.Values("Via"); len(via) > 0 {
		m.Add("Via", via[0])
	}
	m.Copy(to, "Route", "From", "To", "Call-ID")
	number, _ := to.CSeq()
	m.Add("CSeq", fmt.Sprintf("%d %s", number, method))
	m.Add("Max-Forwards", "70")
	return m
}
