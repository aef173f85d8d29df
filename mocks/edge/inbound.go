package edge

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// invite answers a call from the device that no refusal matches.
func (e *Edge) invite(t *sipagent.Transaction) {
	if e.merged(t.Request) {
		e.respond(t, 482, "Loop Detected")
		return
	}
	session, err := sdp.Parse(t.Request.Body)
	if err != nil {
		e.respond(t, 488, "Not Acceptable Here")
		return
	}
	contact, err := t.Request.Contact()
	if err != nil {
		e.respond(t, 400, "Missing Contact")
		return
	}
	c, err := e.newCall(t.Request.CallID(), t.Link)
	if err != nil {
		e.config.Log.Append(observation.Event{Kind: observation.Unexpected, Conn: t.Link.ID, Text: err.Error()})
		e.respond(t, 503, "Service Unavailable")
		return
	}
	c.negotiating.Lock()
	defer c.negotiating.Unlock()
	c.local = t.Request.Get("To") + ";tag=" + c.tag
	c.routes = t.Request.Values("Record-Route")
	c.mu.Lock()
	c.remote, c.remoteTag, c.target = t.Request.Get("From"), t.Request.FromTag(), contact.URI.String()
	c.heard, _ = t.Request.CSeq()
	c.mu.Unlock()
	if !c.reply(t, session) {
		c.end()
	}
}

// merged tells whether an INVITE has already come by another path, RFC 3261
// §8.2.2.2.
func (e *Edge) merged(request *sipwire.Message) bool {
	number, _ := request.CSeq()
	for _, c := range e.open() {
		c.mu.Lock()
		same := c.callID == request.CallID() && c.remoteTag == request.FromTag() && c.heard == number
		c.mu.Unlock()
		if same {
			return true
		}
	}
	return false
}

// reinvite answers a new offer within a call.
func (e *Edge) reinvite(t *sipagent.Transaction, c *call) {
	if c.proposes() {
		e.respond(t, 491, "Request Pending") // RFC 3261 §14.2
		return
	}
	c.negotiating.Lock()
	defer c.negotiating.Unlock()
	session, err := sdp.Parse(t.Request.Body)
	if err != nil {
		e.respond(t, 488, "Not Acceptable Here")
		return
	}
	if contact, err := t.Request.Contact(); err == nil {
		c.mu.Lock()
		c.target = contact.URI.String()
		c.mu.Unlock()
	}
	c.reply(t, session)
}

// reply answers an offer and starts the media that both sides have settled. It
// tells whether the device got an answer.
func (c *call) reply(t *sipagent.Transaction, offer *sdp.Session) bool {
	e := c.edge
	body, start, err := c.answer(offer)
	if err != nil {
		e.respond(t, 488, "Not Acceptable Here")
		return false
	}
	defer c.media.Expect()() // packets under the new key may overtake what follows
	number, _ := t.Request.CSeq()
	acknowledged := c.expectACK(number)
	err = t.RespondTagged(200, "OK", c.tag, body, append(e.server(),
		sipwire.Header{Name: "Contact", Value: fmt.Sprintf("<sip:%s;transport=%s>", e.localOf(t.Link), t.Link.Protocol)},
		e.allow(), sipwire.Header{Name: "Content-Type", Value: "application/sdp"})...)
	if err != nil { // cancelled, or the connection is gone
		return false
	}
	t.Insist(acknowledged, c.unacknowledged)
	if err := start(); err != nil && !c.over() { // the device may have hung up meanwhile
		c.unexpected(err)
	}
	return true
}

// unacknowledged ends a call whose 2xx got no ACK, RFC 3261 §13.3.1.4.
func (c *call) unacknowledged() {
	c.unexpected(errors.New("no ACK came for the 2xx: the call is ended"))
	c.hangUp(context.Background())
}

// answer returns the answer to a device's offer, and a function that starts the
// media it describes. An offer without an acceptable stream is an error.
func (c *call) answer(offer *sdp.Session) ([]byte, func() error, error) {
	secureCalls := c.edge.setting(c.edge.product.Offer.SecureSetting) == profile.On
	takesClear := c.edge.setting(c.edge.product.Answer.ClearSetting) == profile.On
	for i := range offer.Media {
		m := &offer.Media[i]
		codec, ok := voice(m)
		wantSecure := secureCalls && !(takesClear && clearMediaProfile(m.Proto))
		if !ok || m.Type != "audio" || m.Port == 0 || !fits(m.Proto, wantSecure) {
			continue
		}
		stream := sdp.Stream{
			Port: c.media.Port(), Proto: m.Proto, Formats: append([]sdp.Format{codec}, dtmf(m)...), PacketTime: 20,
		}
		if d := offer.Direction(m).Reverse(); d != sdp.SendRecv {
			stream.Direction = d // RFC 3264 §6.1
		}
		var own, device *sdes.Attribute
		if wantSecure {
			chosen, ok := c.edge.choose(m.Values("crypto"))
			if !ok {
				continue
			}
			key, err := sdes.NewKey(chosen.Suite, randomness{c.edge})
			if err != nil {
				return nil, nil, err
			}
			device, own = &chosen, &sdes.Attribute{Tag: chosen.Tag, Suite: chosen.Suite, Keys: []sdes.Key{key}}
			stream.Crypto = []string{own.String()}
			own, device = c.edge.config.Answer.apply(&stream, m.Values("crypto"), own, device)
		}
		c.version++
		body, err := c.describe(sdp.Answer(offer, map[int]sdp.Stream{i: stream}))
		if err != nil {
			return nil, nil, err
		}
		return body, func() error { return c.start(offer, m, own, device) }, nil
	}
	return nil, nil, errors.New("edge: the offer has no stream that the vendor takes")
}

// dtmf returns the stream's telephone-event (RFC 4733), with the device's payload
// type.
func dtmf(m *sdp.Media) []sdp.Format {
	for _, value := range m.Values("rtpmap") {
		name, encoding, _ := strings.Cut(value, " ")
		if strings.EqualFold(encoding, sdp.DTMF.Map) {
			return []sdp.Format{{Name: name, Map: sdp.DTMF.Map, FMTP: sdp.DTMF.FMTP}}
		}
	}
	return nil
}

// describe returns the edge's session description with these streams.
func (c *call) describe(streams []sdp.Stream) ([]byte, error) {
	return sdp.Description{
		Username: c.edge.product.Offer.OriginUser, SessionID: c.session, SessionVersion: c.version,
		Name: c.edge.product.Offer.SessionName, Address: c.edge.address, Streams: streams,
	}.Marshal()
}
