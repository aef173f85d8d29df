package sipagent

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Transaction is a request from a device with its server transaction. For an
// ACK there is nothing to answer.
type Transaction struct {
	Request *sipwire.Message
	Link    *Link

	request *sip.Request
	tx      sip.ServerTransaction
}

// Respond sends a response with the headers after the mandatory ones. A body
// needs a Content-Type among the headers.
func (t *Transaction) Respond(status int, reason string, body []byte, headers ...sipwire.Header) error {
	return t.RespondTagged(status, reason, "", body, headers...)
}

// RespondTagged is Respond with a To tag of the caller's choice; "" leaves it
// to sipgo.
func (t *Transaction) RespondTagged(status int, reason, tag string, body []byte, headers ...sipwire.Header) error {
	response := sip.NewResponseFromRequest(t.request, status, reason, body)
	if to := response.To(); to != nil && tag != "" {
		to.Params.Remove("tag")
		to.Params.Add("tag", tag)
	}
	for _, h := range headers {
		response.AppendHeader(sip.NewHeader(h.Name, h.Value))
	}
	if err := t.tx.Respond(response); err != nil {
		return fmt.Errorf("sipagent: respond %d: %w", status, err)
	}
	return nil
}

// Cancelled is closed when the device has cancelled the request or its
// connection is gone.
func (t *Transaction) Cancelled() <-chan struct{} { return t.tx.Done() }

// serve is the one handler that sipgo knows.
func (a *Agent) serve(request *sip.Request, tx sip.ServerTransaction) {
	protocol := strings.ToLower(request.Transport())
	link := a.find(protocol, request.Source())
	if link == nil {
		return // the connection ended while the message was on its way up
	}
	message, err := sipwire.Parse([]byte(request.String()))
	if err != nil {
		return // sipgo wrote it from what it had parsed
	}
	t := &Transaction{Request: message, Link: link, request: request, tx: tx}
	defer func() {
		if p := recover(); p != nil {
			a.config.Log.Append(observation.Event{Kind: observation.Unexpected, Conn: link.ID,
				Text: fmt.Sprintf("mock panicked on %s: %v\n%s", request.Method, p, debug.Stack())})
			if !request.IsAck() {
				t.Respond(500, "Server Internal Error", nil)
			}
		}
	}()
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	a.config.Handle(ctx, t)
}
