// Package judge turns observations into findings. A View sorts a log into
// connections, messages and media; a Check asks it about one requirement. Both
// are pure functions of the log, so verdicts can be recomputed from evidence.
//
// A rule stands in the file of its area: tls.go, server.go, certificate.go, identity.go,
// signalling.go with signalling_register.go and signalling_call.go, framing.go,
// routing.go, listening.go, sdes.go, keys.go with elsewhere.go, answer.go, srtp.go with
// hold.go and source.go, rtp.go, rtcp.go, oneway.go, rotation.go, https.go, connect.go. The rest is machinery: view.go,
// check.go, flood.go for what a log left out, reach.go for devices that did not get far, diagnosis.go for TLS
// errors, amounts.go for the numbers that scenarios and rules share.
//
// The package serves this module and may change.
package judge

import (
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// View is a log, sorted into connections and messages.
type View struct {
	Events      []observation.Event
	Connections []*Connection
	Messages    []*Message
	Exchanges   []*Exchange         // HTTP requests from the device, in order
	Media       []observation.Event // datagrams from the device, in order
	Sound       []observation.Event // those, and the tones that the vendor plays
	Framing     []observation.Event // messages of the device whose framing is wrong, in order
	// Died is the Seq at which the device ended by itself, -1 if it did not.
	Died int
	// Standstill is the event of the machine's first standing still, nil if it did not.
	Standstill *observation.Event
	// Flooded is the Seq from which on the log left out what rules look at, -1 if it has everything. The view ends there.
	Flooded int
	// Withheld is the first event that says that RTP was not sent where the device asked for it, nil if there is none.
	Withheld *observation.Event
	// Spent has the fingerprints of the keys that the device used in scenarios that come
	// before this one, with the first that each was used in; nil if the log is all that is
	// known.
	Spent map[string]string
	// Elsewhere has the keys of the run's other scenarios, in the order of the plan, so that a packet which
	// no key of this one opens may be explained; nil if the log is all that is known.
	Elsewhere []Elsewhere

	byID map[string]*Connection
	over bool
	left []observation.Event // what the log left out, see flood.go
	// handshakes tells that handshakes are all that the device was told to do.
	handshakes bool
	found      map[packets]string // the scenarios in Elsewhere whose keys open a stream
}

// Connection is one transport connection or UDP peer.
type Connection struct {
	ID        string
	Info      observation.TransportInfo
	Opened    int // Seq
	Hello     *observation.HelloInfo
	Handshake *observation.HandshakeInfo
	Alert     *observation.AlertInfo // from the device
	MockAlert *observation.AlertInfo // from the mock, if it crossed in clear
	Notified  bool                   // the device ended it with close_notify
	Closed    bool
	Cause     observation.CloseCause
	Spoke     string // what the device sent over it: SIP, HTTP, data; "" nothing
	Last      int    // Seq of its last event
}

// What a device can send over a [Connection].
const (
	SIP  = "SIP"
	HTTP = "HTTP"
	Data = "data" // of no known protocol
)

// hear notes that the device sent application data. What it sends first decides
// what the connection is used for.
func (c *Connection) hear(dir observation.Direction, what string) {
	if dir == observation.In && c.Spoke == "" {
		c.Spoke = what
	}
}

// expired reports whether the mock gave up waiting during the handshake.
func (c *Connection) expired() bool {
	return c.Handshake != nil && !c.Handshake.Complete && c.Alert == nil && c.Closed && c.Cause.ByMock()
}

// left reports whether the device ended the connection. A close that follows an
// alert of the mock's, or that the mock made, is not the device's decision.
func (c *Connection) left() bool {
	return c.Alert != nil || c.Closed && !c.Cause.ByMock() && !c.mockEnded()
}

// mockEnded reports whether the mock ended the handshake, or sent an alert in clear.
func (c *Connection) mockEnded() bool {
	return c.MockAlert != nil || c.Handshake != nil && c.Handshake.EndedBy == observation.MockSide
}

// Protocol is observation.UDP, TCP or TLS.
func (c *Connection) Protocol() string { return c.Info.Protocol }

// Message is a SIP message and where it was seen.
type Message struct {
	*sipwire.Message
	Event      observation.Event
	Connection *Connection
	SDP        *sdp.Session // nil if there is none, or none that parses
}

// Exchange is an HTTP request from the device and the answer to it.
type Exchange struct {
	observation.HTTPInfo // with the status of the answer, 0 while there is none
	Connection           *Connection
	Asked, Answered      int // Seq; Answered is -1 while there is no answer
}

// In reports whether the device sent the message.
func (m *Message) In() bool { return m.Event.Dir == observation.In }

// NewView sorts events, up to the end of the scene, or to where a flood begins.
func NewView(events []observation.Event) *View {
	v := &View{Events: events, Died: -1, Flooded: -1, byID: make(map[string]*Connection)}
	for i, e := range events {
		if v.add(e); v.Flooded >= 0 {
			v.Events, v.left = events[:i+1], leftOut(events[i:])
			break
		}
	}
	return v
}

func (v *View) add(e observation.Event) {
	if v.over { // what the device says when it is told to end, and the harness hanging up
		return
	}
	switch e.Kind {
	case observation.TransportOpen:
		c := &Connection{ID: e.Conn, Info: *e.Transport, Opened: e.Seq, Last: e.Seq}
		v.byID[e.Conn] = c
		v.Connections = append(v.Connections, c)
		return
	case observation.Stage:
		v.over = e.Stage == observation.SceneOver
		v.handshakes = v.handshakes || e.Stage == observation.HandshakeAsked
		return
	case observation.Fault:
		if e.Fault == observation.MachineStoodStill && v.Standstill == nil {
			v.Standstill = &e
		}
		return
	case observation.Device:
		if e.Device != nil && e.Device.What == observation.DeviceExit && e.Device.ByItself && v.Died < 0 {
			v.Died = e.Seq
		}
		return
	case observation.Media:
		if e.Dir == observation.In {
			v.Media, v.Sound = append(v.Media, e), append(v.Sound, e)
		}
		return
	case observation.Playing:
		v.Sound = append(v.Sound, e)
		return
	case observation.Flood:
		if e.Flood != nil && e.Flood.Judged() {
			v.Flooded = e.Seq
		}
		return
	case observation.MediaWithheld:
		if v.Withheld == nil && e.Denied != nil && !e.Denied.RTCP {
			v.Withheld = &e
		}
		return
	}
	c := v.byID[e.Conn]
	if c == nil {
		return
	}
	c.Last = e.Seq
	if e.Dir == observation.In {
		v.frame(e)
	}
	switch e.Kind {
	case observation.ClientHello:
		c.Hello = e.Hello
	case observation.TLSHandshake:
		c.Handshake = e.Handshake
	case observation.TLSAlert:
		switch notify := e.Alert.Level == 1 && e.Alert.Description == 0; {
		case e.Dir == observation.In && notify: // refuses nothing
			c.Notified = true
		case e.Dir == observation.In:
			c.Alert = e.Alert
		}
		if e.Dir == observation.Out && e.Alert.Description != 0 {
			c.MockAlert = e.Alert
		}
	case observation.TransportClose:
		c.Closed, c.Cause = true, e.Transport.Cause
	case observation.Data:
		c.hear(e.Dir, Data)
	case observation.HTTP:
		c.hear(e.Dir, HTTP)
		v.exchange(c, e)
	case observation.SIPMalformed:
		c.hear(e.Dir, SIP)
	case observation.SIP:
		c.hear(e.Dir, SIP)
		m, err := sipwire.Parse(e.Bytes)
		if err != nil {
			return
		}
		message := &Message{Message: m, Event: e, Connection: c}
		message.SDP, _ = sdp.Of(m)
		v.Messages = append(v.Messages, message)
	}
}

// frame keeps what is wrong with a message's framing. A whole message completes the
// part of it that was seen before.
func (v *View) frame(e observation.Event) {
	if e.Kind == observation.SIP {
		v.Framing = slices.DeleteFunc(v.Framing, func(of observation.Event) bool {
			return of.Conn == e.Conn && of.Framing == observation.Incomplete
		})
	}
	if e.Framing != "" {
		v.Framing = append(v.Framing, e)
	}
}

// exchange takes an HTTP request, or the answer to the oldest unanswered one on its
// connection.
func (v *View) exchange(c *Connection, e observation.Event) {
	if e.Dir == observation.In {
		v.Exchanges = append(v.Exchanges, &Exchange{HTTPInfo: *e.HTTP, Connection: c, Asked: e.Seq, Answered: -1})
		return
	}
	for _, x := range v.Exchanges {
		if x.Connection == c && x.Answered < 0 {
			x.Status, x.Answered = e.HTTP.Status, e.Seq
			return
		}
	}
}

// marked returns the Seq of the last [observation.Stage] event with that mark, or -1.
func (v *View) marked(m observation.StageMark) int {
	seq := -1
	for _, e := range v.Events {
		if e.Kind == observation.Stage && e.Stage == m {
			seq = e.Seq
		}
	}
	return seq
}

// Requests returns the device's requests of a method.
func (v *View) Requests(method string) []*Message {
	return v.filter(func(m *Message) bool { return m.In() && m.IsRequest() && m.Method == method })
}

// Sent returns the mock's requests of a method.
func (v *View) Sent(method string) []*Message {
	return v.filter(func(m *Message) bool { return !m.In() && m.IsRequest() && m.Method == method })
}

func (v *View) filter(keep func(*Message) bool) []*Message {
	var kept []*Message
	for _, m := range v.Messages {
		if keep(m) {
			kept = append(kept, m)
		}
	}
	return kept
}

// Responses returns the responses to a request, in order.
func (v *View) Responses(request *Message) []*Message {
	number, method := request.CSeq()
	return v.filter(func(m *Message) bool {
		n, to := m.CSeq()
		return !m.IsRequest() && m.In() != request.In() && m.CallID() == request.CallID() && n == number && to == method &&
			m.Event.Seq > request.Event.Seq
	})
}

// Final returns the final response to a request, nil if there is none.
func (v *View) Final(request *Message) *Message {
	for _, m := range v.Responses(request) {
		if m.Status >= 200 {
			return m
		}
	}
	return nil
}

// Inbound returns the connections that the device opened to the vendor's own
// listeners.
func (v *View) Inbound() []*Connection {
	return slices.DeleteFunc(slices.Clone(v.Connections), func(c *Connection) bool { return c.Info.Dialed || c.Info.Listener != "" })
}

// Console returns the codes of the mock's console entries.
func (v *View) Console() []string {
	var codes []string
	for _, e := range v.Events {
		if e.Kind == observation.Console {
			codes = append(codes, e.Console.Code)
		}
	}
	return codes
}

// DeviceSays returns the device adapter's events of that kind.
func (v *View) DeviceSays(what observation.DeviceNews) []observation.Event {
	var events []observation.Event
	for _, e := range v.Events {
		if e.Kind == observation.Device && e.Device != nil && e.Device.What == what {
			events = append(events, e)
		}
	}
	return events
}
