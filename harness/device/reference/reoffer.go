package reference

import (
	"context"
	"net/netip"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// reofferCalls puts the calls on hold, or resumes them.
func (s *session) reofferCalls(ctx context.Context, hold bool) {
	for _, c := range s.currentCalls() {
		if err := c.reoffer(ctx, hold); err != nil {
			s.event("call not changed: %v", err)
		}
	}
}

// reoffer makes a new offer within the call, with the keys that are in use (RFC 3261 §14.1, RFC 3264 §8). A call that has
// agreed on nothing yet, or one of several streams, stays as it is.
func (c *call) reoffer(ctx context.Context, hold bool) error {
	s := c.session
	c.mu.Lock()
	previous, several := c.agreed, len(c.media) != 1
	c.mu.Unlock()
	if previous == nil || several {
		return nil
	}
	o := &offer{call: c, version: c.nextVersion(), lines: []offerLine{{proto: avp, endpoint: previous.endpoint}}}
	line := &o.lines[0]
	if previous.own != nil {
		line.crypto = []sdes.Attribute{*previous.own}
		line.optional = s.mediaProfile(c.link, false) == device.Opportunistic
		if !line.optional {
			line.proto = savp
		}
	}
	if hold {
		line.hold, o.nowhere = s.holdBy()
	}
	body, err := o.marshal()
	if err != nil {
		return err
	}
	w, err := c.way(ctx)
	if err != nil {
		return err
	}
	invite := c.request("INVITE", w)
	invite.Add("Contact", w.link.contact())
	invite.Add("Allow", s.allowed())
	invite.SetBody(sdpType, body)
	sent, response, err := s.converse(ctx, w.link, invite, nil)
	if err != nil {
		return err
	}
	if response.Status >= 300 {
		return &refusal{response.Status, response.Reason}
	}
	seq, _ := sent.CSeq()
	c.mu.Lock()
	c.localSeq = max(c.localSeq, seq)
	c.mu.Unlock()
	if err := c.acknowledge(ctx, seq); err != nil {
		return err
	}
	if err := c.settle(o, response); err != nil {
		c.hangUp(ctx, "answer not acceptable: "+err.Error())
		return nil
	}
	s.event("call changed")
	return nil
}

// holdBy returns how the device puts a call on hold.
func (s *session) holdBy() (direction sdp.Direction, nowhere bool) {
	switch {
	case s.peculiar.HoldsWithoutAddress:
		return "", true
	case s.peculiar.HoldsInactive, s.bugs.SendsWhileHolding:
		return sdp.Inactive, false
	}
	return sdp.SendOnly, false
}

// connection is the address that the offer wants its media at.
func (o *offer) connection() netip.Addr {
	if o.nowhere {
		return netip.IPv4Unspecified()
	}
	return o.call.session.setup.Address
}

// plays tells whether the device plays music to a peer that it holds: its tone, for PlaysMusicOnHold.
func (e *endpoint) plays() bool {
	return e.session.peculiar.PlaysMusicOnHold && e.flow.direction == sdp.SendOnly
}
