package edge

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// invite answers a call from the device that no refusal matches.
func (e *Edge) invite(ctx context.Context, t *sipagent.Transaction) {
	if e.merged(t.Request) {
		e.respond(t, 482, "Loop Detected")
		return
	}
	offer, ok := e.offerIn(t, e.product.Answer.LateOffer)
	if !ok {
		return
	}
	contact, err := t.Request.Contact()
	if err != nil {
		e.respond(t, 400, "Missing Contact")
		return
	}
	c, err := e.newCall(t.Request.CallID(), t.Link, offer)
	switch {
	case errors.Is(err, errFull):
		e.busy(t, observation.Calls, maxCalls)
		return
	case err != nil:
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
	if !c.reply(ctx, t, offer) {
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

// offerIn returns the offer in an INVITE: nil if it has none and the edge may make
// one. False means that the edge has refused the INVITE.
func (e *Edge) offerIn(t *sipagent.Transaction, late bool) (offer *sdp.Session, ok bool) {
	offer, err := sdp.Of(t.Request)
	empty := len(t.Request.Body) == 0
	switch {
	case err == nil, empty && late:
		return offer, true
	case errors.Is(err, sdp.ErrNone) && !empty: // RFC 3261 §8.2.3
		e.respond(t, 415, "Unsupported Media Type", acceptSDP())
	default:
		e.respond(t, 488, "Not Acceptable Here")
	}
	return nil, false
}

// reinvite answers a new offer within a call, or makes one if the INVITE has none
// (RFC 3261 §14.2).
func (e *Edge) reinvite(ctx context.Context, t *sipagent.Transaction, c *call) {
	if c.proposes() {
		e.respond(t, 491, "Request Pending") // RFC 3261 §14.2
		return
	}
	c.negotiating.Lock()
	defer c.negotiating.Unlock()
	if c.over() {
		e.respond(t, 487, "Request Terminated") // RFC 3261 §15.1.2
		return
	}
	offer, ok := e.offerIn(t, true)
	if !ok {
		return
	}
	if contact, err := t.Request.Contact(); err == nil {
		c.mu.Lock()
		c.target = contact.URI.String()
		c.mu.Unlock()
	}
	c.reply(ctx, t, offer)
}

// reply answers an offer, or makes one where there is none, and starts the media
// that both sides have settled. It tells whether the device got a 200.
func (c *call) reply(ctx context.Context, t *sipagent.Transaction, offer *sdp.Session) bool {
	e := c.edge
	if offer == nil {
		return c.offerLate(ctx, t)
	}
	body, settled, err := c.answer(offer)
	if err != nil {
		e.respond(t, 488, "Not Acceptable Here")
		return false
	}
	defer c.media.Expect()() // packets under the new key may overtake what follows
	before := c.agreed
	if settled.Mute && before != nil { // a device on hold is sent nothing after the 200
		silent := *before
		silent.Mute = true
		c.media.Update(silent)
	}
	if _, err := c.confirm(t, body); err != nil {
		if before != nil {
			c.media.Update(*before)
		}
		return false
	}
	if err := c.begin(settled); err != nil && !c.over() { // the device may have hung up meanwhile
		c.unexpected(err)
	}
	return true
}

// confirm sends the 200 with a session description, and repeats it until the device
// acknowledges it. An error means that the device cancelled the call, or that the
// connection is gone.
func (c *call) confirm(t *sipagent.Transaction, body []byte) (acknowledged <-chan struct{}, err error) {
	number, _ := t.Request.CSeq()
	acknowledged = c.expectACK(number)
	headers := append(c.edge.server(), c.edge.contact(t), c.edge.allow(), sipwire.Header{Name: "Content-Type", Value: "application/sdp"})
	headers = append(headers, c.edge.sessionTimer(t.Request)...)
	if err := t.RespondTagged(200, "OK", c.tag, body, headers...); err != nil {
		return nil, err
	}
	t.Insist(acknowledged, c.unacknowledged)
	return acknowledged, nil
}

// contact returns the edge's Contact in the answer to a request.
func (e *Edge) contact(t *sipagent.Transaction) sipwire.Header {
	value := fmt.Sprintf("<sip:%s;transport=%s>", e.localOf(t.Link), t.Link.Protocol)
	if secured(t.Request) && !e.product.Answer.SIPSAsSIP {
		at := e.namedPort(e.hosts[0].TLS, t.Link)
		if t.Link.Protocol == observation.TLS {
			at = e.localOf(t.Link)
		}
		value = fmt.Sprintf("<sips:%s>", at)
	}
	return sipwire.Header{Name: "Contact", Value: value}
}

// secured tells whether the answer to a request has to name a sips Contact: its
// Request-URI is sips, or the route back to the device begins with one (RFC 3261
// §12.1.1).
func secured(request *sipwire.Message) bool {
	if isSIPS(request.RequestURI) {
		return true
	}
	back := append(request.Values("Record-Route"), request.Values("Contact")...)
	if len(back) == 0 {
		return false
	}
	first, err := sipwire.ParseNameAddr(back[0])
	return err == nil && first.URI.Scheme == "sips"
}

func isSIPS(uri string) bool {
	scheme, _, _ := strings.Cut(uri, ":")
	return strings.EqualFold(scheme, "sips")
}

// unacknowledged ends a call whose 2xx got no ACK, RFC 3261 §13.3.1.4.
func (c *call) unacknowledged() {
	c.unexpected(errors.New("no ACK came for the 2xx: the call is ended"))
	c.hangUp(context.Background())
}

// answer returns the answer to a device's offer, and the media that it settles. An
// offer without an acceptable stream is an error, unless it switches off a stream
// that there is.
func (c *call) answer(offer *sdp.Session) ([]byte, media.Session, error) {
	c.muxed = false // the edge does not multiplex where it is not the one to ask
	takesClear := c.edge.setting(c.edge.product.Answer.ClearSetting) == profile.On
	for i := range offer.Media {
		m := &offer.Media[i]
		codec, ok := voice(m)
		wantSecure := c.secured && !(takesClear && clearMediaProfile(m.Proto))
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
		chosen, keyed := sdes.Attribute{}, false
		if wantSecure || c.edge.config.Answer == Opportunistic {
			chosen, keyed = c.edge.choose(m.Values("crypto"))
		}
		switch {
		case wantSecure && !keyed:
			continue
		case keyed:
			key, err := sdes.NewKey(chosen.Suite, randomness{c.edge})
			if err != nil {
				return nil, media.Session{}, err
			}
			device, own = &chosen, &sdes.Attribute{Tag: chosen.Tag, Suite: chosen.Suite, Keys: []sdes.Key{key}}
			stream.Crypto = []string{own.String()}
			own, device = c.edge.config.Answer.apply(&stream, m.Values("crypto"), own, device)
		}
		c.version++
		body, err := c.describe(sdp.Answer(offer, map[int]sdp.Stream{i: stream}))
		return body, c.sessionOf(offer, m, own, device), err
	}
	if c.agreed != nil && len(offer.Media) > 0 && offer.First("audio") == nil { // RFC 3264 §8.2
		c.version++
		body, err := c.describe(sdp.Answer(offer, nil))
		off := *c.agreed
		off.Mute = true
		return body, off, err
	}
	return nil, media.Session{}, errors.New("edge: the offer has no stream that the vendor takes")
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
	return c.describeAt(c.edge.config.Advertise(c.address), streams)
}

// describeAt is [call.describe] with another address for the media, and attributes of the session.
func (c *call) describeAt(connection netip.Addr, streams []sdp.Stream, attributes ...sdp.Attribute) ([]byte, error) {
	return sdp.Description{
		Username: c.edge.product.Offer.OriginUser, SessionID: c.session, SessionVersion: c.version,
		Name: c.edge.product.Offer.SessionName, Address: c.edge.config.Advertise(c.address), Connection: connection,
		Attributes: attributes, Streams: streams,
	}.Marshal()
}
