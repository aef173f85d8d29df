package reference

import (
	"errors"
	"net/netip"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// refusal is the final response to an INVITE whose offer the device does not accept (RFC 3261 §21.4).
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

// invite handles an INVITE.
func (t *serverTransaction) invite() {
	s, m := t.session, t.request
	if m.ToTag() != "" {
		t.reinvite()
		return
	}
	if s.bugs.NeverAnswers {
		return
	}
	contact, err := m.Contact()
	switch {
	case err != nil:
		t.respond(400, "Missing Contact")
		return
	case s.bugs.RefusesNamedPort && namesPort(m):
		t.respond(404, "")
		return
	case s.bugs.TakesOneCall && s.inCall():
		t.respond(486, "")
		return
	case s.bugs.RejectsUnknownHeaders && hasUnknownHeader(m):
		t.respond(400, "")
		return
	case s.bugs.RejectsTimers && m.Has("Session-Expires"):
		t.respond(422, "", sipwire.Header{Name: "Min-SE", Value: "3600"})
		return
	case s.bugs.RejectsMinSE && m.Has("Min-SE") && !m.Has("Session-Expires"):
		t.respond(400, "")
		return
	}
	if status := t.misjudged(); status != 0 {
		t.respond(status, "")
		return
	}
	c, ok := s.newCall(m.CallID(), t.link)
	if !ok {
		t.respond(482, "") // the same request arrived over another path (§8.2.2.2)
		return
	}
	seq, _ := m.CSeq()
	c.mu.Lock()
	c.localTag, c.remoteTag, c.target = t.tag, m.FromTag(), contact.URI.String()
	c.local, c.remote = m.Get("To")+";tag="+t.tag, m.Get("From")
	c.routes, c.remoteSeq, c.ringing = m.Values("Record-Route"), seq, t
	c.mu.Unlock()
	t.trying()
	body, err := c.take(m)
	if err != nil {
		t.refuse(err)
		c.close()
		return
	}
	body = c.announce(t, body)
	if s.options.Ring <= 0 {
		c.pickUp(t, body)
		return
	}
	s.activity.begin()
	if !s.spawn(func() { defer s.activity.end(); c.ring(t, body) }) {
		s.activity.end()
	}
}

// namesPort reports whether the Request-URI has a port behind a name. One with an address is the device's own Contact.
func namesPort(m *sipwire.Message) bool {
	uri, err := sipwire.ParseURI(m.RequestURI)
	return err == nil && uri.Port != 0 && !hasAddress(m)
}

// hasAddress tells whether the host of a Request-URI is an address.
func hasAddress(m *sipwire.Message) bool {
	uri, err := sipwire.ParseURI(m.RequestURI)
	if err != nil {
		return false
	}
	_, err = netip.ParseAddr(uri.Host)
	return err == nil
}

// take reads the offer of an INVITE, or makes an offer if it has none. It returns the session description for the 200.
func (c *call) take(m *sipwire.Message) ([]byte, error) {
	if len(m.Body) == 0 {
		if c.session.bugs.RefusesLateOffers {
			return nil, &refusal{488, "no offer"}
		}
		profile := c.session.mediaProfile(c.link, false)
		if c.session.bugs.OffersLateInClear {
			profile = device.RTP
		}
		o, err := c.newOffer(profile)
		if err != nil {
			return nil, err
		}
		o.late = true
		c.mu.Lock()
		c.offer = o
		c.mu.Unlock()
		return o.marshal()
	}
	if m.ContentType() != sdpType {
		return nil, &refusal{415, ""}
	}
	return c.answer(m.Body)
}

// refuse sends the final response for an error of [call.take].
func (t *serverTransaction) refuse(err error) {
	t.session.event("call refused: %v", err)
	status := 500
	var r *refusal
	if errors.As(err, &r) {
		status = r.status
	}
	switch status {
	case 415:
		t.respond(415, "", sipwire.Header{Name: "Accept", Value: sdpType})
	case 488:
		if t.session.peculiar.RefusesWith606 {
			status = 606
		}
		// Warning code 399 has free text (§20.43).
		t.respond(status, "", sipwire.Header{Name: "Warning", Value: "399 " + t.session.options.Name + " " + sipwire.Quote(err.Error())})
	default:
		t.respond(status, "")
	}
}

// pickUp answers with 200 and starts the media, unless the call was cancelled.
func (c *call) pickUp(t *serverTransaction, body []byte) {
	c.mu.Lock()
	if c.ended || c.ringing != t {
		c.mu.Unlock()
		return
	}
	c.ringing, c.established = nil, true
	c.mu.Unlock()
	c.accept(t, body)
	c.apply()
	c.session.event("call established")
}

// apply starts or changes the media as the device's last answer says, and silences the streams that it left out.
func (c *call) apply() {
	c.mu.Lock()
	agreed, media, early := c.agreed, c.media, !c.established
	c.mu.Unlock()
	if agreed == nil {
		return // the device's own offer is not answered yet
	}
	for _, e := range media {
		f := flow{}
		if e == agreed.endpoint {
			f = agreed.flow
			if early {
				f = c.session.spoilEarly(f)
			}
		}
		if err := e.start(f); err != nil {
			c.session.event("media not started: %v", err)
		}
	}
}

// accept answers an INVITE with 200 and repeats the 200 until the ACK comes. It does so over every transport, because a
// response may be lost behind a proxy (§13.3.1.4).
func (c *call) accept(t *serverTransaction, body []byte) {
	acked := make(chan struct{})
	seq, _ := t.request.CSeq()
	c.mu.Lock()
	c.acked, c.inviteSeq = acked, seq
	c.mu.Unlock()
	t.respondWith(200, "", body)
	t.session.spawn(func() { c.insist(t, acked) })
}

// insist repeats the 200 until it is acknowledged. If no ACK comes it ends the call.
func (c *call) insist(t *serverTransaction, acked <-chan struct{}) {
	s := c.session
	pause := timerT1
	repeat, expired := time.NewTimer(pause), time.NewTimer(64*timerT1)
	defer repeat.Stop()
	defer expired.Stop()
	for {
		select {
		case <-acked:
			return
		case <-c.over:
			return
		case <-s.ctx.Done():
			return
		case <-repeat.C:
			s.mu.Lock()
			last := t.last
			s.mu.Unlock()
			_ = t.link.send(last)
			pause = min(2*pause, timerT2)
			repeat.Reset(pause)
		case <-expired.C:
			s.activity.begin()
			c.hangUp(s.ctx, "no ACK")
			s.activity.end()
			return
		}
	}
}

// acknowledged handles an ACK. An ACK for a refusal needs no action.
func (s *session) acknowledged(m *sipwire.Message) {
	c := s.dialogOf(m)
	if c == nil {
		return
	}
	seq, _ := m.CSeq()
	c.mu.Lock()
	if seq != c.inviteSeq || c.acked == nil {
		c.mu.Unlock()
		return
	}
	close(c.acked)
	c.acked = nil
	o := c.offer
	c.offer = nil
	c.mu.Unlock()
	if o == nil {
		return
	}
	if err := c.settle(o, m); err != nil {
		s.activity.begin()
		if !s.spawn(func() {
			defer s.activity.end()
			c.hangUp(s.ctx, "answer not acceptable: "+err.Error())
		}) {
			s.activity.end()
		}
	}
}

// reinvite handles an INVITE within a dialog, which may change the media (§14.2).
func (t *serverTransaction) reinvite() {
	s, m := t.session, t.request
	c := t.within()
	if c == nil {
		return
	}
	c.mu.Lock()
	busy := !c.established || c.acked != nil
	if contact, err := m.Contact(); err == nil && !busy {
		c.target = contact.URI.String() // a target refresh (§12.2.2)
	}
	c.mu.Unlock()
	if busy {
		t.respond(491, "")
		return
	}
	t.trying()
	body, err := c.take(m)
	if err != nil {
		t.refuse(err) // the call goes on unchanged
		return
	}
	// The peer may use the new keys as soon as it has the answer.
	c.apply()
	c.accept(t, body)
	s.event("call changed")
}

// within returns the call that the request is part of (§12.2.2). A request that belongs to no dialog, or that comes too
// late, it refuses, and returns nil.
func (t *serverTransaction) within() *call {
	c := t.session.dialogOf(t.request)
	if c == nil {
		t.respond(481, "")
		return nil
	}
	t.tag = c.localTag
	if !c.inOrder(t.request) {
		t.respond(500, "")
		return nil
	}
	return c
}

// inOrder tells whether a request within the dialog is newer than the last one (§12.2.2).
func (c *call) inOrder(m *sipwire.Message) bool {
	seq, _ := m.CSeq()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.remoteSeq != 0 && seq <= c.remoteSeq {
		return false
	}
	c.remoteSeq = seq
	return true
}

// bye handles a BYE.
func (t *serverTransaction) bye() {
	c := t.within()
	if c == nil {
		return
	}
	c.mu.Lock()
	ringing := c.ringing
	c.ringing = nil
	c.mu.Unlock()
	// The media stops before the 200 says that it did.
	first := c.close()
	t.respond(200, "")
	if ringing != nil {
		ringing.respond(487, "")
	}
	if first {
		t.session.event("call ended by the peer")
	}
}

// cancel handles a CANCEL, which ends an INVITE without a final response (§9.2).
func (t *serverTransaction) cancel() {
	s := t.session
	invite := s.invited(t.request)
	if invite == nil {
		t.respond(481, "")
		return
	}
	t.tag = invite.tag
	t.respond(200, "")
	s.mu.Lock()
	c := s.calls[invite.request.CallID()]
	s.mu.Unlock()
	if c == nil {
		return
	}
	c.mu.Lock()
	ringing := c.ringing == invite
	if ringing {
		c.ringing = nil
	}
	c.mu.Unlock()
	if ringing {
		c.close()
		invite.respond(487, "")
		s.event("call cancelled by the peer")
	}
}

// sdpType is the media type of session descriptions.
const sdpType = "application/sdp"

// isSecure tells whether SDES keys may be sent over a protocol (RFC 4568 §7).
func isSecure(protocol string) bool { return protocol == observation.TLS }
