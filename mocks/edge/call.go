package edge

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// farewell is how long the edge waits for the answer to its BYE.
const farewell = 5 * time.Second

// call is a dialog (RFC 3261 §12) with its media.
type call struct {
	edge *Edge
	id   string // Call-ID

	local, remote string // From and To of the edge's own requests, tags included
	target        string // the device's Contact
	routes        []string
	link          *sipagent.Link

	media   *media.Endpoint
	session uint64           // of o= in the edge's session descriptions
	version uint64           // likewise, of the newest
	own     *sdes.Attribute  // in force
	offered []sdes.Attribute // the edge's, when it is the offerer

	mu      sync.Mutex
	cseq    uint32
	started bool
	ended   bool
}

// add makes a call known under its Call-ID.
func (e *Edge) add(c *call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls[c.id] = c
}

func (e *Edge) find(id string) *call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls[id]
}

// end releases the call's media and forgets it; the first time it returns true.
func (c *call) end() bool {
	c.mu.Lock()
	first := !c.ended
	c.ended = true
	c.mu.Unlock()
	if first {
		c.edge.mu.Lock()
		delete(c.edge.calls, c.id)
		c.edge.mu.Unlock()
		if c.media != nil {
			c.media.Close()
		}
	}
	return first
}

// next makes the call's next request.
func (c *call) next(method string) *sipwire.Message {
	c.mu.Lock()
	if method != "ACK" {
		c.cseq++
	}
	cseq := c.cseq
	c.mu.Unlock()
	m := sipwire.NewRequest(method, c.target)
	m.Add("Via", c.edge.via(c.link))
	for _, route := range c.routes {
		m.Add("Route", route)
	}
	m.Add("Max-Forwards", "70")
	m.Add("From", c.local)
	m.Add("To", c.remote)
	m.Add("Call-ID", c.id)
	m.Add("CSeq", fmt.Sprintf("%d %s", cseq, method))
	return m
}

func (e *Edge) via(link *sipagent.Link) string {
	return fmt.Sprintf("SIP/2.0/%s %s;branch=%s%s", strings.ToUpper(link.Protocol), e.addresses[link.Protocol], sipwire.MagicCookie, e.token(16))
}

// hangUp ends the call from the edge's side. It is not an error if the device
// was first.
func (c *call) hangUp(ctx context.Context) error {
	if !c.end() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	_, err := c.edge.agent.Do(ctx, c.link, c.next("BYE"))
	return err
}

// start begins media with the stream that an answer has settled, under the
// edge's own attribute and the device's. Without them it is plain RTP.
func (c *call) start(session *sdp.Session, stream *sdp.Media, own, device *sdes.Attribute) error {
	s := media.Session{} // the default tone: none that a device makes by itself
	if remote, ok := session.RTP(stream); ok {
		s.Remote = remote
	}
	if remote, ok := session.RTCP(stream); ok {
		s.RemoteRTCP = remote
	}
	if own != nil && device != nil {
		s.Send, s.Receive = media.KeyingOf(*own), media.KeyingOf(*device)
	}
	c.mu.Lock()
	again := c.started
	c.started = true
	c.mu.Unlock()
	if again {
		return c.media.Update(s)
	}
	return c.media.Start(s)
}

// bye ends a call that the device ends.
func (e *Edge) bye(t *sipagent.Transaction) {
	c := e.find(t.Request.CallID())
	if c == nil {
		t.Respond(481, "Call/Transaction Does Not Exist", nil, e.server()...)
		return
	}
	t.Respond(200, "OK", nil, e.server()...)
	c.end()
}

// material is fresh key material as it stands in an attribute.
func (e *Edge) material(length int) string {
	raw := make([]byte, length)
	randomness{e}.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}
