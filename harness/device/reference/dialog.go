package reference

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// errUnsafe means that the peer can be reached only with less protection than the call began with.
var errUnsafe = errors.New("the connection is gone and the route names no secure way")

// call is what one INVITE began: a dialog (RFC 3261 §12) and its media.
type call struct {
	session *session
	id      string // Call-ID
	// host and port are those that the device called, for OpensDialogConnections.
	host string
	port uint16
	// link is the connection over which the dialog was set up. Requests within the dialog stay on it as long as it
	// lasts: the route set names its far end by an address that no certificate covers.
	link *link
	// giveUp is closed to cancel an outgoing call.
	giveUp chan struct{}
	// over is closed when the call ends.
	over chan struct{}

	mu            sync.Mutex
	established   bool
	ended         bool
	ringing       *serverTransaction // incoming INVITE without final response
	localTag      string
	remoteTag     string // "" until the peer has one
	local, remote string // From and To of the device's own requests
	target        string // the peer's Contact
	routes        []string
	localSeq      uint32
	remoteSeq     uint32
	inviteSeq     uint32        // CSeq of the INVITE that was answered last
	acked         chan struct{} // closed by the ACK to it
	pracked       chan struct{} // closed by the PRACK to a reliable provisional response
	ack           []byte        // last ACK sent, over ackLink
	ackLink       *link
	offer         *offer // of the device, while it waits for its answer
	version       uint64 // of the device's last session description
	agreed        *agreement
	media         []*endpoint
}

// newCall adds a call under its Call-ID. It returns false once the session is closed, and for a Call-ID that is in use.
func (s *session) newCall(id string, l *link) (*call, bool) {
	c := &call{session: s, id: id, link: l, giveUp: make(chan struct{}), over: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.calls[id] != nil {
		return nil, false
	}
	s.calls[id] = c
	return c, true
}

// inCall tells whether there is a call.
func (s *session) inCall() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls) > 0
}

// dialogOf returns the call whose dialog a request belongs to (§12.2.2), or nil.
func (s *session) dialogOf(m *sipwire.Message) *call {
	s.mu.Lock()
	c := s.calls[m.CallID()]
	s.mu.Unlock()
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.ToTag() != c.localTag || c.remoteTag != "" && m.FromTag() != c.remoteTag {
		return nil
	}
	return c
}

// close ends the call without telling the peer. It returns false if the call had ended already.
func (c *call) close() bool {
	c.mu.Lock()
	first := !c.ended
	c.ended = true
	media := c.media
	c.mu.Unlock()
	if !first {
		return false
	}
	close(c.over)
	c.session.mu.Lock()
	delete(c.session.calls, c.id)
	c.session.mu.Unlock()
	for _, e := range media {
		if !e.outlives() {
			c.session.disown(e)
		}
	}
	return true
}

// way is how a request within a dialog is sent: its connection, Request-URI and Route.
type way struct {
	link   *link
	uri    string
	routes []string
}

// way returns how to send the next request by §12.2.1.1: along the route set, over the connection of the dialog.
func (c *call) way(ctx context.Context) (way, error) {
	s := c.session
	c.mu.Lock()
	w := way{link: c.link, uri: c.target, routes: slices.Clone(c.routes)}
	c.mu.Unlock()
	if s.bugs.IgnoresRecordRoute {
		w.routes = nil
	}
	next := w.uri
	if len(w.routes) > 0 {
		next = w.routes[0]
	}
	hop, err := sipwire.ParseNameAddr(next)
	if err != nil {
		return w, err
	}
	if len(w.routes) > 0 && !hop.URI.Params.Has("lr") {
		// The URI of a strict router becomes the Request-URI.
		w.uri, w.routes = hop.URI.String(), append(w.routes[1:], "<"+w.uri+">")
	}
	switch {
	case s.bugs.SendsToPrivateContact:
		w.routes = nil
		contact, err := sipwire.ParseURI(w.uri)
		if err != nil {
			return w, err
		}
		w.link, err = s.dial(ctx, contact.Host, contact.Port, &path{protocol: observation.UDP})
		return w, err
	case s.bugs.ConnectsToRoute:
		w.link, err = s.dial(ctx, hop.URI.Host, hop.URI.Port, &path{protocol: c.link.protocol})
		return w, err
	case s.peculiar.OpensDialogConnections && len(w.routes) == 0 && c.host != "":
		w.link, err = s.dial(ctx, c.host, c.port, &path{protocol: c.link.protocol})
		return w, err
	case w.link.alive():
		return w, nil
	case protocolOf(hop.URI) != w.link.protocol:
		return w, errUnsafe
	}
	w.link, err = s.connect(ctx, hop.URI.Host, hop.URI.Port, &path{protocol: w.link.protocol})
	if err != nil {
		return w, err
	}
	c.mu.Lock()
	c.link = w.link
	c.mu.Unlock()
	return w, nil
}

// protocolOf returns the transport that a URI asks for (RFC 3263 §4.1 without NAPTR).
func protocolOf(uri sipwire.URI) string {
	transport := uri.Params.Get("transport")
	switch {
	case uri.Scheme == "sips" || transport == observation.TLS:
		return observation.TLS
	case transport == "":
		return observation.UDP
	}
	return transport
}

// request creates the next request of the dialog.
func (c *call) request(method string, w way) *sipwire.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.localSeq++
	return c.compose(method, w, c.localSeq)
}

// compose creates a request of the dialog. The caller holds c.mu.
func (c *call) compose(method string, w way, seq uint32) *sipwire.Message {
	m := sipwire.NewRequest(method, w.uri)
	m.Add("Via", w.link.via(c.session.newBranch()))
	for _, route := range w.routes {
		m.Add("Route", route)
	}
	m.Add("Max-Forwards", "70")
	m.Add("From", c.local)
	m.Add("To", c.remote)
	m.Add("Call-ID", c.id)
	m.Add("CSeq", fmt.Sprintf("%d %s", seq, method))
	return m
}

// acknowledge sends the ACK for the 2xx to the INVITE with that CSeq (§13.2.2.4).
func (c *call) acknowledge(ctx context.Context, seq uint32) error {
	w, err := c.way(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	raw := c.session.render(c.compose("ACK", w, seq))
	c.ack, c.ackLink = raw, w.link
	c.mu.Unlock()
	return w.link.send(raw)
}

// acknowledgeAgain sends the ACK once more, to a retransmitted 2xx.
func (c *call) acknowledgeAgain(response *sipwire.Message) {
	c.mu.Lock()
	ack, l, tag := c.ack, c.ackLink, c.remoteTag
	c.mu.Unlock()
	if ack != nil && response.ToTag() == tag {
		_ = l.send(ack)
	}
}

// hangUp ends the call and tells the peer.
func (c *call) hangUp(ctx context.Context, why string) {
	c.mu.Lock()
	established, ringing := c.established, c.ringing
	c.ringing = nil
	media := c.media
	c.mu.Unlock()
	c.session.fallSilent(media)
	if !c.close() {
		return
	}
	if ringing != nil {
		ringing.respond(480, "")
		c.session.event("call refused")
		return
	}
	if !established {
		return
	}
	w, err := c.way(ctx)
	if err == nil {
		_, _, err = c.session.converse(ctx, w.link, c.request("BYE", w), nil)
		w.link.used()
	}
	if err != nil {
		why += fmt.Sprintf("; BYE failed: %v", err)
	}
	c.session.event("call ended: %s", why)
}

// doHangUp ends all calls.
func (s *session) doHangUp(ctx context.Context) {
	for _, c := range s.currentCalls() {
		c.hangUp(ctx, "hung up")
	}
}

// giveUpRinging cancels the outgoing calls that are not established yet.
func (s *session) giveUpRinging() {
	for _, c := range s.currentCalls() {
		c.mu.Lock()
		if !c.established && c.ringing == nil {
			select {
			case <-c.giveUp:
			default:
				close(c.giveUp)
			}
		}
		c.mu.Unlock()
	}
}

func (s *session) currentCalls() []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []*call
	for _, c := range s.calls {
		calls = append(calls, c)
	}
	return calls
}
