package edge

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

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
	// Address is the device's listener and Host the name by which it is
	// configured; without Address the call goes to the device's registration.
	Address netip.AddrPort
	Host    string
	// Further are destinations that are tried after Address, in order, as a trunk
	// lists them (CU-TRK-09: sixteen at most, [MaxDestinations]).
	Further []netip.AddrPort
	// Caller is the calling number, E.164.
	Caller string
	// Media is the protocol to offer, such as "RTP/AVP" though the settings say
	// secure, or the other way round; empty follows the settings.
	Media string
	// Crypto replaces the a=crypto values of the offer. In them {key} stands
	// for fresh key material of the suite's length, {unpadded} for the same
	// without base64 padding, and {bytes:N} for N bytes.
	Crypto []string
	// Streams are offered after the audio.
	Streams []sdp.Stream
	// Headers are added to the INVITE.
	Headers []sipwire.Header
}

// MaxDestinations is how many addresses a trunk can have.
const MaxDestinations = 16

// ErrUnreachable is wrapped by the error of a call that did not get as far as
// an INVITE: no registration, no connection, or a handshake that failed.
var ErrUnreachable = errors.New("edge: device cannot be called")

// ErrEnded is the error of a new offer within a call that is over.
var ErrEnded = errors.New("edge: the call has ended")

// Call is a call of the edge's to a device.
type Call struct {
	// Status and Reason are of the final response.
	Status int
	Reason string

	call *call
}

// Call calls the device and returns when there is a final response. A device
// that refuses is no error: see Status. When ctx ends first, the call is
// cancelled (RFC 3261 §9.1) and the error is the context's.
func (e *Edge) Call(ctx context.Context, o Outbound) (*Call, error) {
	if o.User == "" || o.Caller == "" {
		return nil, errors.New("edge: a call needs a User and a Caller")
	}
	link, target, err := e.reach(ctx, o)
	if err != nil {
		return nil, err
	}
	c, err := e.newCall(e.token(32)+"@"+e.address.String(), link)
	if err != nil {
		return nil, err
	}
	c.caller, c.serial = o.Caller, e.token(32)
	c.local = fmt.Sprintf("<sip:%s@%s>;tag=%s", o.Caller, e.domain, c.tag)
	c.mu.Lock()
	c.remote, c.target = fmt.Sprintf("<sip:%s@%s>", o.User, e.domain), target
	c.mu.Unlock()

	response, err := c.propose(ctx, o)
	switch {
	case err != nil:
		c.end()
		if ctx.Err() == nil {
			e.alert(e.product.Offer.Unreachable, c.callID)
		}
		return nil, err
	case response.Status >= 300:
		c.end()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if response.Status != 486 && response.Status != 487 {
			e.config.Log.Append(observation.Event{Kind: observation.Note, Conn: link.ID, Text: fmt.Sprintf("device refused the call: %d %s", response.Status, response.Reason)})
		}
	case ctx.Err() != nil: // taken in spite of the CANCEL
		c.hangUp(context.WithoutCancel(ctx))
		return nil, ctx.Err()
	}
	return &Call{Status: response.Status, Reason: response.Reason, call: c}, nil
}

// secure tells whether a call is to be SRTP.
func (e *Edge) secure(o Outbound) bool {
	if o.Media != "" {
		return secureMediaProfile(o.Media)
	}
	return e.setting(e.product.Offer.SecureSetting) == profile.On
}

// reach finds or opens the connection for a call, and the request URI.
func (e *Edge) reach(ctx context.Context, o Outbound) (*sipagent.Link, string, error) {
	if o.Address.IsValid() {
		return e.dial(ctx, o)
	}
	insecure := false
	for _, b := range e.Bindings() {
		if b.User != o.User {
			continue
		}
		if e.secure(o) && b.Link.Protocol != observation.TLS {
			insecure = true // TW-SRTP-17: such bindings are not attempted
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
	e.alert(code, "")
	return nil, "", fmt.Errorf("%w: no usable registration of %s", ErrUnreachable, o.User)
}

// dial connects to the first destination of a call that takes it.
func (e *Edge) dial(ctx context.Context, o Outbound) (*sipagent.Link, string, error) {
	destinations := append([]netip.AddrPort{o.Address}, o.Further...)
	if len(destinations) > MaxDestinations {
		return nil, "", fmt.Errorf("edge: a call with %d destinations; there can be %d", len(destinations), MaxDestinations)
	}
	var errs []error
	for _, at := range destinations {
		host, named := o.Host, o.Host
		if host == "" {
			host, named = at.String(), at.Addr().String()
		}
		link, err := e.agent.Dial(ctx, observation.TLS, at, e.clientRules(named))
		if err == nil {
			return link, fmt.Sprintf("sip:%s@%s;transport=tls", o.User, host), nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	if ctx.Err() == nil {
		e.alert(e.product.Offer.Unreachable, "")
	}
	return nil, "", fmt.Errorf("%w: %w", ErrUnreachable, errors.Join(errs...))
}

// propose makes an offer in an INVITE and returns the final response. Of a 2xx,
// the answer is in force then, or the call is over.
func (c *call) propose(ctx context.Context, o Outbound) (*sipwire.Message, error) {
	c.negotiating.Lock()
	defer c.negotiating.Unlock()
	if c.over() {
		return nil, ErrEnded
	}
	c.setProposing(true)
	defer c.setProposing(false)
	defer c.media.Expect()()
	c.version++
	body, err := c.offer(o)
	if err != nil {
		return nil, err
	}
	invite, err := c.invitation(o, body)
	if err != nil {
		return nil, err
	}
	response, err := c.edge.agent.Do(ctx, c.link, invite)
	if err != nil || response.Status >= 300 {
		return response, err
	}
	return response, c.accept(context.WithoutCancel(ctx), invite, response, c.edge.secure(o))
}

// accept starts media and acknowledges a 2xx, in this order since the device
// need not wait for the ACK to use its keys. An answer that the vendor cannot
// work with is acknowledged and ended at once (TW-SRTP-16).
func (c *call) accept(ctx context.Context, invite, response *sipwire.Message, secure bool) error {
	number, _ := invite.CSeq()
	c.mu.Lock()
	if c.remoteTag == "" { // RFC 3261 §12.1.2; a new offer changes no route set, §12.2.1.2
		// The vendor's own come last, and its edge takes them off again.
		own := invite.Values("Record-Route")
		c.routes = slices.DeleteFunc(response.Values("Record-Route"), func(route string) bool { return slices.Contains(own, route) })
		slices.Reverse(c.routes)
	}
	c.remote, c.remoteTag = response.Get("To"), response.ToTag()
	if contact, err := response.Contact(); err == nil {
		c.target = contact.URI.String()
	}
	ack := c.request("ACK", number)
	c.ack = ack
	c.mu.Unlock()
	fault := c.settle(response.Body, secure)
	if err := c.edge.agent.Send(c.link, ack); err != nil {
		return err
	}
	if fault != nil {
		c.edge.config.Log.Append(observation.Event{Kind: observation.Note, Conn: c.link.ID, Text: "call ended for its answer: " + fault.Error()})
		return c.hangUp(ctx)
	}
	return nil
}

// settle starts the media that an answer describes.
func (c *call) settle(body []byte, secure bool) error {
	session, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	stream := session.First("audio")
	switch {
	case stream == nil:
		return errors.New("edge: the answer rejects the stream")
	case !fits(stream.Proto, secure):
		return fmt.Errorf("edge: the answer has %s", stream.Proto)
	case !secure:
		return c.start(session, stream, nil, nil)
	}
	results, err := sdes.ParseMedia(stream.Values("crypto"))
	if err != nil {
		return err
	}
	device, err := sdes.CheckAnswer(c.offered, results)
	if err != nil {
		return err
	}
	own := slices.IndexFunc(c.offered, func(a sdes.Attribute) bool { return a.Tag == device.Tag })
	return c.start(session, stream, &c.offered[own], &device)
}

// repeated is told of responses that nobody waits for: a 2xx that comes again
// is acknowledged again, RFC 3261 §13.2.2.4.
func (e *Edge) repeated(link *sipagent.Link, response *sipwire.Message) {
	number, method := response.CSeq()
	c := e.find(response.CallID(), response.FromTag(), response.ToTag())
	if c == nil || method != "INVITE" || response.Status < 200 || response.Status >= 300 {
		return
	}
	c.mu.Lock()
	ack := c.ack
	c.mu.Unlock()
	if ack == nil {
		return
	}
	if acknowledged, _ := ack.CSeq(); acknowledged == number {
		e.agent.Send(link, ack)
	}
}

// Reoffer sends a new offer within the call: new keys, and what o says.
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
