package edge

import (
	"fmt"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipagent"
)

// A dialog outlives the connection that it was begun over: the device may go on over another one, which it opens (RFC
// 3261 §18, RFC 5923). How long the edge waits for that is bounded.
const (
	// reopening is the time for a call whose 2xx the device has not acknowledged: the 2xx cannot be repeated any more,
	// so that only an ACK that is on its way over another connection can save the call.
	reopening = 2 * time.Second
	// absence is the time for a call that is established, as long as a lost ACK is waited for (RFC 3261 §13.3.1.4).
	absence = 32 * time.Second
)

// watch ends the call if its connection has ended and the device does not come back. It returns when the call has ended.
func (c *call) watch() {
	defer c.edge.config.Log.Guard("", "waiting for a call to end")
	for {
		link := c.link.Load()
		select {
		case <-c.gone:
			return
		case <-c.moved:
			continue
		case <-link.Done():
		}
		wait := c.edge.config.reopening
		if c.established() {
			wait = c.edge.config.absence
		}
		patience := time.NewTimer(wait)
		select {
		case <-c.gone:
			patience.Stop()
			return
		case <-c.moved:
			patience.Stop()
		case <-patience.C:
			if c.link.Load() == link && c.end() {
				c.edge.config.Log.Append(observation.Event{Kind: observation.Note, Conn: link.ID,
					Text: fmt.Sprintf("the call's connection has ended and no other came for it in %v: the call is ended", wait)})
			}
		}
	}
}

// comeBack has the call go on over a link on which the device has sent something within it, if the one before has ended
// and both are of the same protocol: a call over TLS does not continue in clear.
func (c *call) comeBack(over *sipagent.Link) {
	before := c.link.Load()
	if before == over || before.Alive() || before.Protocol != over.Protocol || !c.link.CompareAndSwap(before, over) {
		return
	}
	select {
	case c.moved <- struct{}{}:
	default: // the watch has not seen the last one yet
	}
}
