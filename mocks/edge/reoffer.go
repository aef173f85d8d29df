package edge

import (
	"context"
	"errors"
	"slices"

	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// ErrNoUpdate is the error of an offer in an UPDATE to a device that does not list the
// method in Allow.
var ErrNoUpdate = errors.New("edge: the device does not take UPDATE")

// body returns the offer of an INVITE or UPDATE, nil if it is left to the device.
func (c *call) body(o Outbound) ([]byte, error) {
	switch {
	case o.LateOffer:
		return nil, nil
	case o.Refresh && c.proposed != nil:
		return c.proposed, nil
	case o.Move:
		if err := c.media.Move(); err != nil {
			return nil, err
		}
	}
	c.version++
	return c.offer(o)
}

// keys returns the a=crypto values of the edge's last offer that the device took, nil if there was none.
func (c *call) keys() []string {
	session, err := sdp.Parse(c.proposed)
	if err != nil || session.First("audio") == nil {
		return nil
	}
	return session.First("audio").Values("crypto")
}

// update makes an offer in an UPDATE, which is answered in its 2xx.
func (c *call) update(ctx context.Context, o Outbound, body []byte) (*sipwire.Message, error) {
	c.mu.Lock()
	allowed := slices.Contains(c.allows, "UPDATE")
	c.mu.Unlock()
	if !allowed {
		return nil, ErrNoUpdate
	}
	request := c.next("UPDATE")
	if err := c.addContact(request); err != nil {
		return nil, err
	}
	request.SetBody("application/sdp", body)
	response, err := c.edge.agent.Do(ctx, c.link.Load(), request)
	if err != nil || response.Status >= 300 {
		return response, err
	}
	c.proposed = body
	if fault := c.settle(response, o.secure(c.secured)); fault != nil {
		return response, c.endFor(context.WithoutCancel(ctx), fault)
	}
	return response, nil
}
