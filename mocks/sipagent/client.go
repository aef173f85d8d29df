package sipagent

import (
	"context"
	"fmt"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// asIs keeps sipgo from adding to a request that is complete.
func asIs(*sipgo.Client, *sip.Request) error { return nil }

// Do sends a complete request, other than ACK, over link and returns the final
// response. Provisional ones are in the log. The ACK for a refused INVITE is
// sent by the transaction; that for a 2xx is the caller's to send, see [Agent.Send].
func (a *Agent) Do(ctx context.Context, link *Link, request *sipwire.Message) (*sipwire.Message, error) {
	r, err := outgoing(link, request)
	if err != nil {
		return nil, err
	}
	response, err := a.client.Do(ctx, r, asIs)
	if err != nil {
		return nil, fmt.Errorf("sipagent: %s: %w", request.Method, err)
	}
	return sipwire.Parse([]byte(response.String()))
}

// Send sends a complete request outside of any transaction: the ACK for a 2xx.
func (a *Agent) Send(link *Link, request *sipwire.Message) error {
	r, err := outgoing(link, request)
	if err != nil {
		return err
	}
	if err := a.client.WriteRequest(r, asIs); err != nil {
		return fmt.Errorf("sipagent: %s: %w", request.Method, err)
	}
	return nil
}

// outgoing is request as sipgo wants it, bound to the link's connection.
func outgoing(link *Link, request *sipwire.Message) (*sip.Request, error) {
	message, err := sip.ParseMessage(request.Bytes())
	if err != nil {
		return nil, fmt.Errorf("sipagent: %s: %w", request.Method, err)
	}
	r, ok := message.(*sip.Request)
	if !ok {
		return nil, fmt.Errorf("sipagent: a response cannot be sent as a request")
	}
	r.SetTransport(strings.ToUpper(link.Protocol))
	r.SetDestination(link.Remote.String())
	return r, nil
}
