package edge

import (
	"context"
	"fmt"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// completedElsewhere is the Reason of a BYE to a fork that took a call which another fork has already (RFC 3326).
const completedElsewhere = `SIP ;cause=200 ;text="Call completed elsewhere"`

// surplus takes a 2xx of a fork while another fork has the call: the edge acknowledges it and ends that dialog (RFC 3261
// §13.2.2.4). If it comes again, it is acknowledged again. Media under its answer is no fault until then.
func (c *call) surplus(response *sipwire.Message) {
	tag := response.ToTag()
	number, _ := response.CSeq()
	c.mu.Lock()
	ack, again := c.shed[tag]
	full := len(c.shed) == maxForks
	c.mu.Unlock()
	if !again && full {
		return
	}
	if !again {
		c.allow(response)
		ack = c.toFork("ACK", number, response)
		if c.late {
			if answer := c.rejection(response); answer != nil {
				ack.SetBody("application/sdp", answer)
			}
		}
		c.mu.Lock()
		if c.shed == nil {
			c.shed = make(map[string]*sipwire.Message)
		}
		c.shed[tag] = ack
		number = c.cseq + 1 // a fork has had some of the call's requests at most
		c.mu.Unlock()
	}
	if err := c.edge.agent.Send(c.link.Load(), ack); err != nil || again {
		return
	}
	bye := c.toFork("BYE", number, response)
	bye.Add("Reason", completedElsewhere)
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if _, err := c.edge.agent.Do(ctx, c.link.Load(), bye); err != nil {
		text := fmt.Sprintf("a second fork took the call, and does not answer the BYE: %v", err)
		c.edge.config.Log.Append(observation.Event{Kind: observation.Note, Conn: c.link.Load().ID, Text: text})
	}
}

// toFork makes a request within the dialog that a response of a fork opens.
func (c *call) toFork(method string, number uint32, response *sipwire.Message) *sipwire.Message {
	c.mu.Lock()
	m := c.request(method, number)
	invite := c.invite
	c.mu.Unlock()
	m.Set("To", response.Get("To"))
	m.Del("Route")
	for _, route := range routesOf(invite, response) {
		m.Add("Route", route)
	}
	if contact, err := response.Contact(); err == nil {
		m.RequestURI = contact.URI.String()
	}
	return m
}

// allow has packets under the keys of an answer authenticate, if the edge can make anything of them.
func (c *call) allow(response *sipwire.Message) {
	for _, secure := range []bool{true, false} {
		if settled, err := c.settled(response, secure); err == nil {
			_ = c.media.Provisional(settled) // keys that do not fit open nothing
			return
		}
	}
}

// rejection answers the offer in a fork's 2xx without taking any of its streams, nil if there is none.
func (c *call) rejection(response *sipwire.Message) []byte {
	offer, err := sdp.Of(response)
	if err != nil {
		return nil
	}
	c.version++
	answer, err := c.describe(sdp.Answer(offer, nil))
	if err != nil {
		return nil
	}
	return answer
}

// repeated takes responses that no transaction waits for. It acknowledges a 2xx that comes again (RFC 3261 §13.2.2.4),
// and ends what a further fork has taken.
func (e *Edge) repeated(link *sipagent.Link, response *sipwire.Message) {
	number, method := response.CSeq()
	e.mu.Lock()
	c := e.calls[dialog{response.CallID(), response.FromTag()}]
	e.mu.Unlock()
	if c == nil || method != "INVITE" || response.Status < 200 || response.Status >= 300 {
		return
	}
	if c.acknowledgeAgain(number, response.ToTag()) {
		return
	}
	c.negotiating.Lock() // the edge may be about to acknowledge the first one
	defer c.negotiating.Unlock()
	c.mu.Lock()
	first := c.invite
	foreign := c.remoteTag != "" && c.remoteTag != response.ToTag()
	c.mu.Unlock()
	if first == nil || c.acknowledgeAgain(number, response.ToTag()) {
		return
	}
	if of, _ := first.CSeq(); foreign && of == number {
		c.surplus(response)
	}
}

// acknowledgeAgain sends the ACK for a 2xx that has been acknowledged, and reports whether it has been.
func (c *call) acknowledgeAgain(number uint32, tag string) bool {
	c.mu.Lock()
	ack, own := c.ack, c.remoteTag == tag
	c.mu.Unlock()
	if ack == nil || !own {
		return false
	}
	of, _ := ack.CSeq()
	if of == number {
		c.edge.agent.Send(c.link.Load(), ack)
	}
	return of == number
}
