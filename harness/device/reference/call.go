package reference

import (
	"context"
	"fmt"
	"slices"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// doCall calls the target.
func (s *session) doCall(ctx context.Context, target string) {
	p := s.first()
	if s.bugs.RegistersAtTrunk {
		_, _ = s.register(ctx, &p, s.expires())
	}
	s.attempts(p, func(p *path) (int, error) {
		status, err := s.place(ctx, target, p)
		if err != nil {
			s.event("call %v failed: %v", p, err)
		} else if status >= 300 {
			s.event("call %v failed", p)
		}
		return status, err
	})
}

// place makes one attempt at a call. It returns when the call is established, refused or cancelled.
func (s *session) place(ctx context.Context, target string, p *path) (status int, err error) {
	uri, err := s.requestURI(target, p.protocol)
	if err != nil {
		return 0, err
	}
	port := uri.Port
	if s.bugs.IgnoresNamedPort {
		port = 0
	}
	l, err := s.connect(ctx, uri.Host, port, p)
	if err != nil {
		return 0, err
	}
	if s.bugs.DialsAddress {
		uri.Host = l.remote.Addr().String()
	}
	invite := s.outOfDialog(l, "INVITE", uri)
	c, ok := s.newCall(invite.CallID(), l)
	if !ok {
		return 0, context.Canceled
	}
	c.localTag, c.localSeq = invite.FromTag(), s.firstCSeq()
	c.host, c.port = uri.Host, uri.Port
	c.local, c.remote = invite.Get("From"), invite.Get("To")
	if c.offer, err = c.newOffer(s.mediaProfile(l, p.clear)); err != nil {
		c.close()
		return 0, err
	}
	body, err := c.offer.marshal()
	if err != nil {
		c.close()
		return 0, err
	}
	if !c.session.bugs.OffersNoBody {
		invite.SetBody(sdpType, body)
	}
	sent, response, err := s.converse(ctx, l, invite, c.giveUp)
	switch {
	case err != nil:
		c.close()
		return 0, err
	case response.Status >= 300:
		c.close()
		s.event("INVITE refused %d %s", response.Status, response.Reason)
		return response.Status, nil
	}
	return response.Status, c.establish(ctx, sent, response)
}

// establish creates the dialog from a 2xx (RFC 3261 §12.1.2) and acknowledges it. Then it starts the media that was agreed
// on, or ends the call if the answer is not acceptable.
func (c *call) establish(ctx context.Context, invite, response *sipwire.Message) error {
	s := c.session
	seq, _ := invite.CSeq()
	routes := response.Values("Record-Route")
	slices.Reverse(routes)
	c.mu.Lock()
	c.localSeq = max(c.localSeq, seq) // a PRACK may have been newer
	c.remoteTag, c.remote, c.routes = response.ToTag(), response.Get("To"), routes
	c.target = invite.RequestURI
	if contact, err := response.Contact(); err == nil {
		c.target = contact.URI.String()
		if s.bugs.SendsSIPS && contact.URI.Scheme != "sips" {
			c.mu.Unlock()
			c.close()
			return fmt.Errorf("the Contact %s is not sips", contact.URI)
		}
	}
	ended := c.ended
	c.established = !ended
	o := c.offer
	c.offer = nil
	c.mu.Unlock()
	if err := c.acknowledge(ctx, seq); err != nil {
		c.hangUp(ctx, "no way to send the ACK")
		return err
	}
	if ended {
		return nil // by a BYE that arrived with the 2xx
	}
	if err := c.settle(o, response); err != nil {
		c.hangUp(ctx, "answer not acceptable: "+err.Error())
		return nil
	}
	s.event("call established")
	return nil
}

// settle starts the media that was agreed on by the peer's answer in m.
func (c *call) settle(o *offer, m *sipwire.Message) error {
	agreements, err := o.check(m.Body)
	if err != nil {
		return err
	}
	for _, a := range agreements {
		if err := a.endpoint.start(a.flow); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.agreed = &agreements[0]
	c.mu.Unlock()
	return nil
}
