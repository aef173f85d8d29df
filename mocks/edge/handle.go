package edge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// handle serves every request, those of a connection one after another, as far as they need not wait.
func (e *Edge) handle(ctx context.Context, t *sipagent.Transaction) {
	switch method := t.Request.Method; {
	case method == "ACK":
		e.acknowledged(t)
	case t.Request.ToTag() != "" && method != "REGISTER": // a tag in a REGISTER means nothing
		e.inDialog(ctx, t)
	case method == "BYE":
		e.respond(t, 481, "Call/Transaction Does Not Exist")
	default:
		e.outOfDialog(ctx, t)
	}
}

// outOfDialog serves a request that belongs to no call.
func (e *Edge) outOfDialog(ctx context.Context, t *sipagent.Transaction) {
	method := t.Request.Method
	if method == "INVITE" {
		t.Respond(100, "Trying", nil)
	}
	if e.refuse(t) || e.refuseExtensions(t) {
		return
	}
	switch {
	case method == "REGISTER" && e.product.Registrar != nil:
		e.register(t)
	case method == "INVITE" && e.product.TakesCalls():
		t.Later(func() { e.invite(ctx, t) })
	case method == "OPTIONS":
		e.options(t)
	case method == "NOTIFY" && e.takes(method):
		e.respond(t, 481, "Subscription Does Not Exist") // RFC 6665 §4.1.3
	default:
		e.notAllowed(t)
	}
}

// inDialog serves a request within a call, RFC 3261 §12.2.2.
func (e *Edge) inDialog(ctx context.Context, t *sipagent.Transaction) {
	c := e.find(t.Request.CallID(), t.Request.ToTag(), t.Request.FromTag())
	if c == nil {
		e.respond(t, 481, "Call/Transaction Does Not Exist")
		return
	}
	c.comeBack(t.Link)
	if !c.inOrder(t.Request) {
		e.respond(t, 500, "CSeq Out of Order")
		return
	}
	if e.refuseExtensions(t) {
		return
	}
	switch method := t.Request.Method; {
	case method == "BYE":
		c.end()
		e.respond(t, 200, "OK")
	case method == "INVITE":
		t.Later(func() { e.reinvite(ctx, t, c) })
	case method == "OPTIONS":
		e.options(t)
	case method == "REFER" && e.takes(method):
		e.respond(t, 603, "Decline")
	case method == "NOTIFY" && e.takes(method):
		e.respond(t, 481, "Subscription Does Not Exist")
	default:
		e.notAllowed(t)
	}
}

// acknowledged takes the ACK for a 2xx.
func (e *Edge) acknowledged(t *sipagent.Transaction) {
	ack := t.Request
	if c := e.find(ack.CallID(), ack.ToTag(), ack.FromTag()); c != nil {
		c.comeBack(t.Link)
		c.acknowledge(ack)
	}
}

// acceptSDP says which bodies the edge takes.
func acceptSDP() sipwire.Header { return sipwire.Header{Name: "Accept", Value: "application/sdp"} }

// options answers with what the edge can do, RFC 3261 §11.2.
func (e *Edge) options(t *sipagent.Transaction) {
	e.respond(t, 200, "OK", e.allow(), acceptSDP())
}

func (e *Edge) notAllowed(t *sipagent.Transaction) {
	text := fmt.Sprintf("%s, which the vendor does not take", t.Request.Method)
	e.config.Log.Append(observation.Event{Kind: observation.Unexpected, Conn: t.Link.ID, Text: text})
	e.respond(t, 405, "Method Not Allowed", e.allow())
}

// refuseExtensions answers a request that requires an extension that the vendor
// lacks, RFC 3261 §8.2.2.3, and tells whether there is one.
func (e *Edge) refuseExtensions(t *sipagent.Transaction) bool {
	var unknown []string
	for _, option := range t.Request.Values("Require") {
		if !e.supports(option) {
			unknown = append(unknown, option)
		}
	}
	if len(unknown) == 0 {
		return false
	}
	e.respond(t, 420, "Bad Extension", sipwire.Header{Name: "Unsupported", Value: strings.Join(unknown, ", ")})
	return true
}

// respond sends a response without a body.
func (e *Edge) respond(t *sipagent.Transaction, status int, reason string, headers ...sipwire.Header) {
	t.Respond(status, reason, nil, append(e.server(), headers...)...)
}

// busy refuses a request of a device that has as much open as it may have.
func (e *Edge) busy(t *sipagent.Transaction, bound observation.Bound, limit int) {
	e.config.Log.Exceeded(&e.bounds, t.Link.ID, bound, limit, "503 Service Unavailable")
	e.respond(t, 503, "Service Unavailable", sipwire.Header{Name: "Retry-After", Value: sipagent.RetryAfter})
}

func (e *Edge) server() []sipwire.Header {
	if e.product.Answer.Server == "" {
		return nil
	}
	return []sipwire.Header{{Name: "Server", Value: e.product.Answer.Server}}
}

func (e *Edge) allow() sipwire.Header {
	return sipwire.Header{Name: "Allow", Value: strings.Join(e.product.Answer.Allow, ", ")}
}

func (e *Edge) takes(method string) bool { return slices.Contains(e.product.Answer.Allow, method) }
