package edge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipagent"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// Outbound is a call from the vendor to the device.
type Outbound struct {
	// User is who is called at the device.
	User string
	// Address is the device's listener and Host the name that the vendor has for
	// it; without Address the call goes to the device's registration. An address
	// without a port is called at 5061 (RFC 3261 §19.1.2).
	Address netip.AddrPort
	Host    string
	// NamesPort puts the port into the Request-URI, as it is in the URI that the vendor
	// was given. Without, the vendor has the port from an SRV record, or by default.
	NamesPort bool
	// Further are destinations that are tried in order after Address, as a trunk
	// lists them (CU-TRK-09: sixteen at most, [MaxDestinations]).
	Further []netip.AddrPort
	// Groups replace the revision's in the handshake with the device's listener; nil
	// keeps them.
	Groups []uint16
	// Over has the INVITE go to the device's listener over that protocol, such as
	// observation.UDP, whatever the settings say.
	Over string
	// Caller is the calling number, E.164.
	Caller string
	// Secure makes the call secure, like secure=true in the URI, at a vendor that
	// secures each call for itself; see [profile.Offer.SecurePerCall]. The others'
	// setting decides.
	Secure bool
	// MediaProfile is the media profile to offer, such as "RTP/AVP" where the
	// call is secure, or the other way round; empty follows that.
	MediaProfile string
	// Crypto replaces the a=crypto values of the offer. {key} stands for fresh key
	// material of the suite's length, {unpadded} for the same without base64
	// padding, and {bytes:N} for N bytes.
	Crypto []string
	// OtherCodecFirst offers the second codec before the first.
	OtherCodecFirst bool
	// LateOffer sends an INVITE without an offer: the device makes one in its 200,
	// and the edge's answer is in the ACK (RFC 3261 §13.2.1). In a reliable
	// provisional response it can come earlier; then the answer is in the PRACK.
	LateOffer bool
	// Reliable says that the vendor supports reliable provisional responses (RFC 3262).
	// Those that a device sends uninvited are acknowledged, too.
	Reliable bool
	// RTCPMux offers RTP and RTCP on one port (RFC 5761).
	RTCPMux bool
	// RTCPAside has RTCP come to a port that is not next to that of RTP, by a=rtcp (RFC 3605).
	RTCPAside bool
	// Bundle offers to bundle the streams (RFC 9143). A device that does not know of it leaves it out of its answer, and
	// each stream has ports of its own.
	Bundle bool
	// Dressed has the vendor's packets carry all that RTP lets a sender add: see [media.Session].
	Dressed bool
	// Streams are offered after the audio. Their a=crypto values are filled in like
	// those of Crypto.
	Streams []sdp.Stream
	// Direction is that of the audio: sendonly and inactive put the device on hold.
	// Empty is sendrecv.
	Direction sdp.Direction
	// Nowhere puts the device on hold by the address 0.0.0.0, or :: in IPv6 (RFC 3264 §8.4).
	Nowhere bool
	// Headers are added to the INVITE.
	Headers []sipwire.Header

	// What follows is for [Call.Reoffer].

	// KeepKeys offers the keys of the last offer again, instead of fresh ones.
	KeepKeys bool
	// Refresh sends the last offer again as it was, as at the end of a session
	// interval (RFC 4028 §7.4).
	Refresh bool
	// Update makes the offer in an UPDATE (RFC 3311) instead of an INVITE.
	Update bool
	// Move has the vendor's media move to other ports.
	Move bool
}

// MaxDestinations is how many destinations a trunk can list.
const MaxDestinations = 16

// ErrUnreachable is wrapped by the error of a call that never got to its INVITE:
// no registration, no connection, or a failed handshake.
var ErrUnreachable = errors.New("edge: device cannot be called")

// ErrEnded is the error of a new offer within a call that has ended.
var ErrEnded = errors.New("edge: the call has ended")

// Call is a call of the edge's to a device.
type Call struct {
	// Status and Reason are of the final response.
	Status int
	Reason string

	call *call
}

// Call calls the device and returns its final response; a refusal is no error, see
// Status. When ctx ends first, Call cancels the call (RFC 3261 §9.1) and returns
// the context's error.
func (e *Edge) Call(ctx context.Context, o Outbound) (*Call, error) {
	if o.User == "" || o.Caller == "" {
		return nil, errors.New("edge: a call needs a User and a Caller")
	}
	link, target, err := e.reach(ctx, o)
	if err != nil {
		return nil, err
	}
	c, err := e.newCall(e.token(32)+"@"+e.named(e.address, link).String(), link, nil)
	if err != nil {
		return nil, err
	}
	c.caller, c.serial, c.secured = o.Caller, e.token(32), e.secured(o)
	c.local = fmt.Sprintf("<sip:%s@%s>;tag=%s", o.Caller, e.domain, c.tag)
	c.mu.Lock()
	c.remote, c.target = fmt.Sprintf("<sip:%s@%s>", o.User, e.domain), target
	c.mu.Unlock()

	response, err := c.propose(ctx, o)
	switch {
	case err != nil:
		c.end()
		if ctx.Err() == nil {
			e.alert(e.product.Offer.Unreachable, c.callID, "")
		}
		return nil, err
	case response.Status >= 300:
		c.end()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if response.Status != 486 && response.Status != 487 {
			text := fmt.Sprintf("device refused the call: %d %s", response.Status, response.Reason)
			e.config.Log.Append(observation.Event{Kind: observation.Note, Conn: link.ID, Text: text})
		}
	case ctx.Err() != nil: // the device took the call before the CANCEL came
		c.hangUp(context.WithoutCancel(ctx))
		return nil, ctx.Err()
	}
	return &Call{Status: response.Status, Reason: response.Reason, call: c}, nil
}

// secured tells whether a call to a device is to be secure.
func (e *Edge) secured(o Outbound) bool {
	if e.product.Offer.SecurePerCall {
		return o.Secure
	}
	return e.setting(e.product.Offer.SecureSetting) == profile.On
}

// secure tells whether SRTP is offered, which a media profile decides before the call.
func (o Outbound) secure(call bool) bool {
	if o.MediaProfile != "" {
		return secureMediaProfile(o.MediaProfile)
	}
	return call
}

// reach finds or opens the connection for a call, and the request URI.
func (e *Edge) reach(ctx context.Context, o Outbound) (*sipagent.Link, string, error) {
	if o.Address.IsValid() {
		return e.dial(ctx, o)
	}
	insecure := false
	for _, b := range e.bindingsOf(o.User) {
		if o.secure(e.secured(o)) && b.Link.Protocol != observation.TLS {
			insecure = true // TW-SRTP-17: the vendor does not try such a binding
			continue
		}
		if b.Link.Alive() {
			return b.Link, b.Contact.String(), nil
		}
	}
	code := e.product.Offer.Unreachable
	if insecure {
		code = e.product.Offer.InsecureBinding
	}
	e.alert(code, "", "")
	return nil, "", fmt.Errorf("%w: no usable registration of %s", ErrUnreachable, o.User)
}

// CallsOver returns the protocol over which the edge calls a device's server:
// observation.TLS, or observation.TCP or UDP where its settings say that the trunk is
// not secure.
func (e *Edge) CallsOver() string { return e.product.Offer.Over(e.now.Load().settings) }

// dial connects to the first of a call's destinations that takes the connection, with
// TLS to the end of its handshake.
func (e *Edge) dial(ctx context.Context, o Outbound) (*sipagent.Link, string, error) {
	destinations := append([]netip.AddrPort{o.Address}, o.Further...)
	if len(destinations) > MaxDestinations {
		return nil, "", fmt.Errorf("edge: the call has %d destinations; a trunk lists %d at most", len(destinations), MaxDestinations)
	}
	var errs []error
	protocol := cmp.Or(o.Over, e.CallsOver())
	for _, at := range destinations {
		at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
		host, named := o.Host, o.Host
		if host == "" {
			host, named = sipwire.Host(at.Addr()), at.Addr().String()
		}
		switch {
		case at.Port() == 0:
			at = netip.AddrPortFrom(at.Addr(), profile.DefaultPort(protocol))
		case o.NamesPort || o.Host == "":
			host = fmt.Sprintf("%s:%d", host, at.Port())
		}
		link, err := e.agent.Dial(ctx, protocol, at, e.clientRules(named, o.Groups))
		if err == nil {
			return link, fmt.Sprintf("sip:%s@%s;transport=%s", o.User, host, protocol), nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() == nil {
		e.alert(e.product.Offer.Unreachable, "", "")
	}
	return nil, "", fmt.Errorf("%w: %w", ErrUnreachable, errors.Join(errs...))
}

// propose makes an offer in an INVITE and returns the final response. After a 2xx,
// the answer is in force or the call has ended.
func (c *call) propose(ctx context.Context, o Outbound) (*sipwire.Message, error) {
	c.negotiating.Lock()
	defer c.negotiating.Unlock()
	if c.over() {
		return nil, ErrEnded
	}
	c.setProposing(true)
	defer c.setProposing(false)
	defer c.media.Expect()()
	body, err := c.body(o)
	if err != nil {
		return nil, err
	}
	if o.Update {
		return c.update(ctx, o, body)
	}
	invite, err := c.invitation(o, body)
	if err != nil {
		return nil, err
	}
	p := &proposal{call: c, invite: invite, Outbound: o, before: c.agreed, forks: make(map[string]*fork)}
	acknowledging, cancel := context.WithCancel(ctx)
	defer p.pracks.Wait()
	defer cancel()
	response, err := c.edge.agent.Invite(ctx, c.link.Load(), invite, func(m *sipwire.Message) { p.provisional(acknowledging, m) })
	if err != nil || response.Status >= 300 {
		p.withdraw()
		return response, err
	}
	c.proposed = body
	return response, p.accept(context.WithoutCancel(ctx), response)
}

// accept starts media and then acknowledges a 2xx; the device may use its keys
// before the ACK comes. If the vendor cannot work with the answer, or with the
// offer that it asked for, it acknowledges the 2xx and ends the call at once
// (TW-SRTP-16).
func (p *proposal) accept(ctx context.Context, response *sipwire.Message) error {
	c := p.call
	number, _ := p.invite.CSeq()
	c.mu.Lock()
	if c.remoteTag == "" { // a new offer changes no route set, RFC 3261 §12.2.1.2
		c.routes = routesOf(p.invite, response)
		c.invite, c.late = p.invite, p.LateOffer
	}
	c.remote, c.remoteTag = response.Get("To"), response.ToTag()
	if response.Has("Allow") {
		c.allows = response.Values("Allow")
	}
	if contact, err := response.Contact(); err == nil {
		c.target = contact.URI.String()
	}
	ack := c.request("ACK", number)
	c.mu.Unlock()
	answer, fault := p.conclude(response)
	if answer != nil {
		ack.SetBody("application/sdp", answer)
	}
	c.mu.Lock()
	c.ack = ack
	c.mu.Unlock()
	if err := c.edge.agent.Send(c.link.Load(), ack); err != nil {
		return err
	}
	if fault != nil {
		return c.endFor(ctx, fault)
	}
	return nil
}

// conclude starts the media by what a 2xx says, or by what its fork has said before if
// it says nothing. It returns the answer for the ACK if the device has made the offer.
func (p *proposal) conclude(response *sipwire.Message) (answer []byte, fault error) {
	_, err := sdp.Of(response)
	f := p.forks[response.ToTag()]
	switch {
	case f != nil && f.settled != nil && (p.LateOffer || errors.Is(err, sdp.ErrNone)):
		return nil, p.call.begin(*f.settled)
	case !p.LateOffer:
		return nil, p.call.settle(response, p.secure(p.call.secured))
	}
	answer, settled, err := p.call.answerLate(response)
	if err != nil {
		return answer, err
	}
	return answer, p.call.begin(settled)
}

// settle starts the media that the answer in a message describes.
func (c *call) settle(answer *sipwire.Message, secure bool) error {
	s, err := c.settled(answer, secure)
	if err != nil {
		return err
	}
	return c.begin(s)
}

// settled returns the media that the answer in a message describes.
func (c *call) settled(answer *sipwire.Message, secure bool) (media.Session, error) {
	session, err := sdp.Of(answer)
	if err != nil {
		return media.Session{}, err
	}
	stream := session.First("audio")
	switch {
	case stream == nil:
		return media.Session{}, errors.New("edge: the answer rejects the stream")
	case stream != &session.Media[0]: // of the others the edge has no media
		return media.Session{}, errors.New("edge: the answer rejects the first stream")
	case !fits(stream.Proto, secure):
		return media.Session{}, fmt.Errorf("edge: the answer has %s", stream.Proto)
	}
	attributes := stream.Values("crypto")
	if !secure && (len(c.offered) == 0 || len(attributes) == 0) { // with keys in both it is opportunistic, RFC 8643
		return c.sessionOf(session, stream, nil, nil), nil
	}
	results, err := sdes.ParseMedia(attributes)
	if err != nil {
		return media.Session{}, err
	}
	device, err := sdes.CheckAnswer(c.offered, results)
	if err != nil {
		return media.Session{}, err
	}
	own := slices.IndexFunc(c.offered, func(a sdes.Attribute) bool { return a.Tag == device.Tag })
	return c.sessionOf(session, stream, &c.offered[own], &device), nil
}

// Reoffer makes a new offer within the call, with new keys and as o says.
func (c *Call) Reoffer(ctx context.Context, o Outbound) error {
	response, err := c.call.propose(ctx, o)
	if err != nil {
		return err
	}
	c.Status, c.Reason = response.Status, response.Reason
	if response.Status == 408 || response.Status == 481 { // RFC 3261 §12.2.1.2
		c.call.end()
	}
	return nil
}

// HangUp ends the call from the edge's side.
func (c *Call) HangUp(ctx context.Context) error { return c.call.hangUp(ctx) }
