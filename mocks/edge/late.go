package edge

import (
	"context"
	"errors"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// offerLate answers an INVITE without an offer: the edge makes the offer in the 200,
// and the device answers it in the ACK (RFC 3261 §13.2.1, §13.3.1). It tells
// whether the device got the 200, and returns when the answer is in force or the
// call has ended.
func (c *call) offerLate(ctx context.Context, t *sipagent.Transaction) bool {
	e := c.edge
	c.setProposing(true)
	defer c.setProposing(false)
	defer c.media.Expect()()
	c.version++
	body, err := c.offer(Outbound{})
	if err != nil {
		c.unexpected(err)
		e.respond(t, 500, "Server Internal Error")
		return false
	}
	acknowledged, err := c.confirm(t, body)
	if err != nil {
		return false
	}
	select {
	case <-acknowledged:
	case <-t.Link.Done():
		return true
	case <-ctx.Done():
		return true
	}
	number, _ := t.Request.CSeq()
	ack := c.ackFor(number)
	if ack == nil { // the call has ended
		return true
	}
	if fault := c.settle(ack, c.secured); fault != nil && !c.over() {
		c.endFor(ctx, fault)
	}
	return true
}

// ackFor returns the device's ACK for a 2xx to request number, nil if none came.
func (c *call) ackFor(number uint32) *sipwire.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.acked == nil {
		return nil
	}
	if of, _ := c.acked.CSeq(); of != number {
		return nil
	}
	return c.acked
}

// answerLate answers the offer in a device's response to an INVITE that had none, with
// the media that it settles. An offer that the edge does not take is rejected stream by
// stream, and the error says why.
func (c *call) answerLate(response *sipwire.Message) (body []byte, settled media.Session, err error) {
	offer, err := sdp.Of(response)
	if err != nil {
		return nil, media.Session{}, err
	}
	body, settled, err = c.answer(offer)
	if err == nil {
		return body, settled, nil
	}
	c.version++
	rejection, failed := c.describe(sdp.Answer(offer, nil))
	return rejection, media.Session{}, errors.Join(err, failed)
}

// endFor ends a call because of a fault in what the device agreed to.
func (c *call) endFor(ctx context.Context, fault error) error {
	text := "call ended for its answer: " + fault.Error()
	c.edge.config.Log.Append(observation.Event{Kind: observation.Note, Conn: c.link.Load().ID, Text: text})
	return c.hangUp(ctx)
}
