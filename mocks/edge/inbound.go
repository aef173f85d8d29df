package edge

import (
	"context"
	"fmt"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// AnswerFault is a mistake that the edge is told to make in its answers, to see
// whether the device notices (RFC 4568 §7.1.3). It is no vendor's behaviour.
type AnswerFault string

// The faults.
const (
	Faultless      AnswerFault = ""
	WrongTag       AnswerFault = "wrong-tag"       // a tag that was not offered
	OtherSuite     AnswerFault = "other-suite"     // a suite that was not offered under the tag
	TwoCryptos     AnswerFault = "two-cryptos"     // two attributes
	NoCrypto       AnswerFault = "no-crypto"       // none, in an RTP/SAVP answer
	ClearAnswer    AnswerFault = "clear-answer"    // RTP/AVP, with plain RTP
	OfferersKey    AnswerFault = "offerers-key"    // the device's own key
	UnencryptedKey AnswerFault = "unencrypted-key" // UNENCRYPTED_SRTP, not offered
)

// invite answers a call from the device that nothing refused.
func (e *Edge) invite(ctx context.Context, t *sipagent.Transaction) {
	t.Respond(100, "Trying", nil)
	session, err := sdp.Parse(t.Request.Body)
	if err != nil {
		t.Respond(400, "Bad Request", nil, e.server()...)
		return
	}
	contact, err := t.Request.Contact()
	if err != nil {
		t.Respond(400, "Bad Request", nil, e.server()...)
		return
	}
	endpoint, err := media.Listen(media.Config{Address: e.config.Address, Log: e.config.Log, Interval: e.config.MediaInterval, Wire: e.config.Wire})
	if err != nil {
		t.Respond(500, "Server Internal Error", nil, e.server()...)
		return
	}
	tag := e.token(10)
	c := &call{edge: e, id: t.Request.CallID(), link: t.Link, target: contact.URI.String(), media: endpoint, session: 1,
		local: t.Request.Get("To") + ";tag=" + tag, remote: t.Request.Get("From")}
	c.routes = t.Request.Values("Record-Route")
	body, start, err := c.answer(session)
	if err != nil {
		c.end()
		t.Respond(488, "Not Acceptable Here", nil, e.server()...)
		return
	}
	e.add(c)
	headers := append(e.server(),
		sipwire.Header{Name: "Contact", Value: fmt.Sprintf("<sip:%s;transport=%s>", e.addresses[t.Link.Protocol], t.Link.Protocol)},
		sipwire.Header{Name: "Allow", Value: "INVITE, ACK, CANCEL, OPTIONS, BYE"},
		sipwire.Header{Name: "Content-Type", Value: "application/sdp"})
	if err := t.RespondTagged(200, "OK", tag, body, headers...); err != nil {
		c.end()
		return
	}
	if err := start(); err != nil {
		e.config.Log.Append(observation.Event{Kind: observation.Unexpected, Conn: t.Link.ID, Text: err.Error()})
	}
}

// reinvite answers a new offer within a call.
func (e *Edge) reinvite(t *sipagent.Transaction) {
	c := e.find(t.Request.CallID())
	if c == nil {
		t.Respond(481, "Call/Transaction Does Not Exist", nil, e.server()...)
		return
	}
	session, err := sdp.Parse(t.Request.Body)
	if err != nil {
		t.Respond(488, "Not Acceptable Here", nil, e.server()...)
		return
	}
	body, start, err := c.answer(session)
	if err != nil {
		t.Respond(488, "Not Acceptable Here", nil, e.server()...)
		return
	}
	t.Respond(200, "OK", body, append(e.server(),
		sipwire.Header{Name: "Contact", Value: fmt.Sprintf("<sip:%s;transport=%s>", e.addresses[t.Link.Protocol], t.Link.Protocol)},
		sipwire.Header{Name: "Content-Type", Value: "application/sdp"})...)
	if err := start(); err != nil {
		e.config.Log.Append(observation.Event{Kind: observation.Unexpected, Conn: t.Link.ID, Text: err.Error()})
	}
}

// answer makes the answer to a device's offer and a function that starts the
// media it describes. An offer without an acceptable stream is an error.
func (c *call) answer(offer *sdp.Session) ([]byte, func() error, error) {
	wantSecure := c.edge.settings[c.edge.product.Offer.SecureSetting] == "on"
	for i := range offer.Media {
		m := &offer.Media[i]
		if m.Type != "audio" || m.Port == 0 || secureProfile(m.Proto) != wantSecure {
			continue
		}
		stream := sdp.Stream{Port: c.media.Port(), Proto: m.Proto, Formats: []sdp.Format{sdp.PCMU}, PacketTime: 20}
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
			own, device = c.edge.config.Answer.apply(&stream, own, device)
		}
		c.own = own
		c.version++
		body, err := c.describe(sdp.Answer(offer, map[int]sdp.Stream{i: stream}))
		if err != nil {
			return nil, nil, err
		}
		return body, func() error { return c.start(offer, m, own, device) }, nil
	}
	return nil, nil, fmt.Errorf("edge: no stream that the vendor takes")
}

func (c *call) describe(streams []sdp.Stream) ([]byte, error) {
	return sdp.Description{
		Username: c.edge.product.Offer.OriginUser, SessionID: c.session, SessionVersion: c.version,
		Name: c.edge.product.Offer.SessionName, Address: c.edge.config.Address, Streams: streams,
	}.Marshal()
}

// apply spoils an answer, and returns the attributes under which media is then
// sent and expected.
func (f AnswerFault) apply(stream *sdp.Stream, own, device *sdes.Attribute) (send, receive *sdes.Attribute) {
	spoilt := *own
	switch f {
	case WrongTag:
		spoilt.Tag = own.Tag + 40
		stream.Crypto = []string{spoilt.String()}
	case OtherSuite:
		spoilt.Suite = "AES_CM_128_HMAC_SHA1_32"
		if own.Suite == spoilt.Suite {
			spoilt.Suite = "AES_CM_128_HMAC_SHA1_80" // the same length of key
		}
		stream.Crypto = []string{spoilt.String()}
	case TwoCryptos:
		spoilt.Tag = own.Tag + 1
		stream.Crypto = append(stream.Crypto, spoilt.String())
	case NoCrypto:
		stream.Crypto = nil
	case ClearAnswer:
		stream.Crypto, stream.Proto = nil, "RTP/AVP"
		return nil, nil
	case OfferersKey:
		spoilt.Keys = device.Keys
		stream.Crypto = []string{spoilt.String()}
		return &spoilt, device
	case UnencryptedKey:
		spoilt.Params = []sdes.Param{{Name: sdes.UnencryptedSRTP}}
		stream.Crypto = []string{spoilt.String()}
	}
	return own, device
}
