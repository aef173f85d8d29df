package edge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

const (
	// farewell bounds the wait for the answer to the edge's BYE.
	farewell = 5 * time.Second
	// maxCalls bounds the calls at a time, each of which has two sockets. No device has as many with one customer.
	maxCalls = 64
)

// dialog names a dialog (RFC 3261 §12). The device's tag is not needed, because
// the edge never gives a tag twice.
type dialog struct {
	callID, tag string
}

// call is a dialog with its media.
type call struct {
	edge *Edge
	dialog
	local   string // From of the edge's requests
	caller  string // user part of local, where the edge calls
	serial  string // the vendor's number for the call, where the edge calls
	routes  []string
	link    atomic.Pointer[sipagent.Link] // its requests go over; the newest that the device has opened for it
	moved   chan struct{}                 // has one when link is another
	gone    chan struct{}                 // closed when the call has ended
	media   *media.Endpoint
	address netip.Addr // of its media, as the edge listens at it
	secured bool       // whether its media is SRTP
	session uint64     // session ID, in o= of the edge's descriptions

	// negotiating is held from an offer of either side to its answer.
	negotiating sync.Mutex
	version     uint64           // session version, in o= of the edge's descriptions
	offered     []sdes.Attribute // the edge's, where it is the offerer
	proposed    []byte           // the edge's last offer that the device took
	muxed       bool             // whether the edge has offered RTP and RTCP on one port
	dressed     bool             // whether its packets carry all that RTP has for them
	agreed      *media.Session   // nil before media has started
	tone        int              // frequency in Hz of what the device hears

	mu         sync.Mutex
	remote     string                      // To of the edge's requests
	remoteTag  string                      // "" before the device has answered
	allows     []string                    // methods, by the device's newest 2xx that lists them
	target     string                      // the device's Contact
	cseq       uint32                      // of the edge's newest request other than ACK
	heard      uint32                      // CSeq of the device's newest request
	ack        *sipwire.Message            // of the newest 2xx from the device
	acked      *sipwire.Message            // the device's newest, for a 2xx of the edge's
	invite     *sipwire.Message            // the edge's first that the device took, nil before
	late       bool                        // whether it had no offer
	shed       map[string]*sipwire.Message // ACKs for further forks that took it, by their tags
	unanswered map[uint32]chan struct{}    // closed when a 2xx to the device is acknowledged
	proposing  bool                        // whether an offer of the edge's has no answer yet
	ended      bool
}

// errFull is the error of a call beyond maxCalls.
var errFull = errors.New("edge: too many calls")

// newCall makes a call whose media has not started, and registers it. The media will be at an address of the family that
// the device offers, or else of its signalling.
func (e *Edge) newCall(callID string, link *sipagent.Link, offer *sdp.Session) (*call, error) {
	if e.full() {
		return nil, errFull
	}
	address := e.mediaAddress(link, offer)
	endpoint, err := media.Listen(media.Config{
		Address: address, Ports: e.config.MediaPorts, Turn: e.config.MediaTurn,
		Log: e.config.Log, Interval: e.config.MediaInterval, Wire: e.config.Wire, Waiting: &e.waiting,
		Gate: e.gate, Signalling: link.Remote.Addr(),
	})
	if err != nil {
		return nil, err
	}
	c := &call{
		edge: e, dialog: dialog{callID, e.token(10)}, media: endpoint, address: address, session: 1, tone: e.tone(0),
		moved: make(chan struct{}, 1), gone: make(chan struct{}), unanswered: make(map[uint32]chan struct{}),
		secured: e.setting(e.product.Offer.SecureSetting) == profile.On,
	}
	c.link.Store(link)
	e.mu.Lock()
	switch {
	case e.closed:
		err = net.ErrClosed
	case len(e.calls) >= maxCalls:
		err = errFull
	default:
		e.calls[c.dialog] = c
		e.watching.Go(c.watch)
	}
	e.mu.Unlock()
	if err != nil {
		endpoint.Close()
		return nil, err
	}
	return c, nil
}

// full reports whether there are as many calls as there may be.
func (e *Edge) full() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.calls) >= maxCalls
}

// find returns the call that a message belongs to, by the edge's tag and the
// device's; nil if there is none.
func (e *Edge) find(callID, tag, remoteTag string) *call {
	e.mu.Lock()
	c := e.calls[dialog{callID, tag}]
	e.mu.Unlock()
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.remoteTag != "" && c.remoteTag != remoteTag {
		return nil
	}
	return c
}

// open returns the calls that are up.
func (e *Edge) open() []*call {
	e.mu.Lock()
	defer e.mu.Unlock()
	calls := make([]*call, 0, len(e.calls))
	for _, c := range e.calls {
		calls = append(calls, c)
	}
	return calls
}

// end stops the call's media and forgets the call. It tells whether it is the
// first to do so. What the device goes on sending is still seen for a while.
func (c *call) end() bool {
	c.mu.Lock()
	first := !c.ended
	c.ended = true
	for number, acknowledged := range c.unanswered {
		delete(c.unanswered, number)
		close(acknowledged)
	}
	c.mu.Unlock()
	if first {
		close(c.gone)
		c.edge.mu.Lock()
		delete(c.edge.calls, c.dialog)
		c.edge.mu.Unlock()
		if c.media.Linger() {
			c.edge.departed.add(c.media)
		} else {
			c.media.Close()
		}
	}
	return first
}

// setProposing notes that the edge makes an offer, or has its answer.
func (c *call) setProposing(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proposing = on
}

func (c *call) proposes() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proposing
}

func (c *call) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// next makes the call's next request; ACK is not one.
func (c *call) next(method string) *sipwire.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cseq++
	return c.request(method, c.cseq)
}

// request makes a request of the call. The caller holds c.mu.
func (c *call) request(method string, number uint32) *sipwire.Message {
	m := sipwire.NewRequest(method, c.target)
	m.Add("Via", c.edge.via(c.link.Load()))
	for _, route := range c.routes {
		m.Add("Route", route)
	}
	m.Add("Max-Forwards", "70")
	m.Add("From", c.local)
	m.Add("To", c.remote)
	m.Add("Call-ID", c.callID)
	m.Add("CSeq", fmt.Sprintf("%d %s", number, method))
	return m
}

// inOrder tells whether a request of the device is not older than those before
// it, RFC 3261 §12.2.2.
func (c *call) inOrder(request *sipwire.Message) bool {
	number, _ := request.CSeq()
	c.mu.Lock()
	defer c.mu.Unlock()
	if number < c.heard {
		return false
	}
	c.heard = number
	return true
}

// expectACK returns a channel that is closed when the device acknowledges a 2xx to
// that request.
func (c *call) expectACK(number uint32) <-chan struct{} {
	acknowledged := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		close(acknowledged)
	} else {
		c.unanswered[number] = acknowledged
	}
	return acknowledged
}

// acknowledge takes an ACK of the device's.
func (c *call) acknowledge(ack *sipwire.Message) {
	number, _ := ack.CSeq()
	c.mu.Lock()
	defer c.mu.Unlock()
	if acknowledged, waits := c.unanswered[number]; waits {
		c.acked = ack
		delete(c.unanswered, number)
		close(acknowledged)
	}
}

// hangUp ends the call from the edge's side. A call that has ended is no error.
func (c *call) hangUp(ctx context.Context) error {
	if !c.end() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	_, err := c.edge.agent.Do(ctx, c.link.Load(), c.next("BYE"))
	return err
}

// established reports whether the call's first offer was taken, and that acknowledged.
func (c *call) established() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ack != nil || c.acked != nil
}

// HangUp ends every call that is up, whoever made it, and returns how many those were. Calls that still ring are left to
// the context of their [Edge.Call].
func (e *Edge) HangUp(ctx context.Context) (int, error) {
	var ended int
	var errs []error
	for _, c := range e.open() {
		if c.established() {
			ended++
			errs = append(errs, c.hangUp(ctx))
		}
	}
	return ended, errors.Join(errs...)
}

// unexpected logs what went wrong with a call.
func (c *call) unexpected(err error) {
	c.edge.config.Log.Append(observation.Event{Kind: observation.Unexpected, Conn: c.link.Load().ID, Text: err.Error()})
}
