package edge

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"text/template"

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
	// Address is the device's listener and Host the name by which it is
	// configured; without Address the call goes to the device's registration.
	Address netip.AddrPort
	Host    string
	// Caller is the calling number, E.164.
	Caller string
	// Clear offers RTP/AVP though the settings say secure, or the other way
	// round; the zero value follows the settings.
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

// ErrUnreachable is wrapped by the error of a call that did not get as far as
// an INVITE: no registration, no connection, or a handshake that failed.
var ErrUnreachable = errors.New("edge: device cannot be called")

// Call is a call of the edge's to a device.
type Call struct {
	// Status and Reason are of the final response.
	Status int
	Reason string

	call *call
}

// Call calls the device and returns when there is a final response. A device
// that refuses is no error: see Status.
func (e *Edge) Call(ctx context.Context, o Outbound) (*Call, error) {
	link, target, err := e.reach(ctx, o)
	if err != nil {
		return nil, err
	}
	endpoint, err := media.Listen(media.Config{Address: e.config.Address, Log: e.config.Log, Interval: e.config.MediaInterval, Wire: e.config.Wire})
	if err != nil {
		return nil, err
	}
	c := &call{edge: e, id: e.token(32) + "@" + e.addresses[link.Protocol].Addr().String(), link: link, target: target, media: endpoint, session: 1, version: 1,
		local: fmt.Sprintf("<sip:%s@%s>;tag=%s", o.Caller, e.domain, e.token(10)), remote: fmt.Sprintf("<sip:%s@%s>", o.User, e.domain)}
	e.add(c)
	body, err := c.offer(o)
	if err != nil {
		c.end()
		return nil, err
	}
	invite, err := c.invitation(o, body)
	if err != nil {
		c.end()
		return nil, err
	}
	response, err := e.agent.Do(ctx, link, invite)
	if err != nil {
		c.end()
		return nil, err
	}
	result := &Call{Status: response.Status, Reason: response.Reason, call: c}
	if response.Status >= 300 {
		c.end()
		if response.Status != 486 && response.Status != 487 {
			e.config.Log.Append(observation.Event{Kind: observation.Note, Conn: link.ID, Text: fmt.Sprintf("device refused the call: %d %s", response.Status, response.Reason)})
		}
		return result, nil
	}
	return result, c.accept(ctx, response, e.secure(o))
}

// secure tells whether a call is to be SRTP.
func (e *Edge) secure(o Outbound) bool {
	if o.Media != "" {
		return secureProfile(o.Media)
	}
	return e.settings[e.product.Offer.SecureSetting] == "on"
}

// reach finds or opens the connection for a call, and the request URI.
func (e *Edge) reach(ctx context.Context, o Outbound) (*sipagent.Link, string, error) {
	if o.Address.IsValid() {
		link, err := e.agent.Dial(ctx, observation.TLS, o.Address, e.clientRules(o.Host))
		if err != nil {
			if ctx.Err() == nil {
				e.alert(e.product.Offer.Unreachable, "")
			}
			return nil, "", fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		host := o.Host
		if host == "" {
			host = o.Address.String()
		}
		return link, fmt.Sprintf("sip:%s@%s;transport=tls", o.User, host), nil
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

// placeholder is what crypto templates have in place of key material.
var placeholder = regexp.MustCompile(`\{key\}|\{unpadded\}|\{bytes:[0-9]+\}`)

// offer makes the session description of a call, and keeps what it offers.
func (c *call) offer(o Outbound) ([]byte, error) {
	stream := sdp.Stream{Port: c.media.Port(), Proto: o.Media, PacketTime: 20}
	secure := c.edge.secure(o)
	if stream.Proto == "" {
		stream.Proto = map[bool]string{true: "RTP/SAVP", false: "RTP/AVP"}[secure]
	}
	known := map[string]sdp.Format{"0": sdp.PCMU, "8": sdp.PCMA, "101": sdp.DTMF}
	for _, name := range c.edge.product.Offer.Formats {
		stream.Formats = append(stream.Formats, known[name])
	}
	lines := o.Crypto
	if lines == nil && secure {
		for i, suite := range c.edge.product.Offer.Suites {
			lines = append(lines, fmt.Sprintf("%d %s inline:{key}", i+1, suite))
		}
	}
	c.offered = nil
	for _, line := range lines {
		text, err := c.edge.fill(line)
		if err != nil {
			return nil, err
		}
		stream.Crypto = append(stream.Crypto, text)
		if a, err := sdes.Parse(text); err == nil {
			c.offered = append(c.offered, a)
		}
	}
	return c.describe(append([]sdp.Stream{stream}, o.Streams...))
}

// fill puts key material into a crypto template.
func (e *Edge) fill(line string) (string, error) {
	suite := ""
	if fields := strings.Fields(line); len(fields) > 1 {
		suite = fields[1]
	}
	var failed error
	text := placeholder.ReplaceAllStringFunc(line, func(p string) string {
		length := 30
		if s, ok := sdes.LookupSuite(suite); ok {
			length = s.KeySalt()
		}
		if n, ok := strings.CutPrefix(strings.Trim(p, "{}"), "bytes:"); ok {
			if length, failed = strconv.Atoi(n); failed != nil {
				return p
			}
		}
		text := e.material(length)
		if p == "{unpadded}" {
			text = strings.TrimRight(text, "=")
		}
		return text
	})
	return text, failed
}

// invitation is the INVITE with the vendor's wire form.
func (c *call) invitation(o Outbound, body []byte) (*sipwire.Message, error) {
	e := c.edge
	wire := profile.Wire{Edge: e.addresses[c.link.Protocol].String(), EdgeHost: e.config.Address.String(), Private: e.private.String(), Caller: o.Caller, Serial: e.token(32)}
	m := c.next("INVITE")
	for _, text := range e.product.Offer.RecordRoute {
		route, err := expand(text, wire)
		if err != nil {
			return nil, err
		}
		m.Add("Record-Route", route)
	}
	contact, err := expand(e.product.Offer.Contact, wire)
	if err != nil {
		return nil, err
	}
	m.Add("Contact", contact)
	for _, h := range e.product.Offer.Headers {
		value, err := expand(h.Value, wire)
		if err != nil {
			return nil, err
		}
		m.Add(h.Name, value)
	}
	for _, h := range o.Headers {
		m.Add(h.Name, h.Value)
	}
	m.SetBody("application/sdp", body)
	return m, nil
}

func expand(text string, wire profile.Wire) (string, error) {
	t, err := template.New("profile").Parse(text)
	if err != nil {
		return "", fmt.Errorf("edge: profile: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, wire); err != nil {
		return "", fmt.Errorf("edge: profile: %w", err)
	}
	return b.String(), nil
}

// accept acknowledges a 200 and starts media. An answer that the vendor cannot
// work with is acknowledged and ended at once (TW-SRTP-16).
func (c *call) accept(ctx context.Context, response *sipwire.Message, secure bool) error {
	c.remote = response.Get("To")
	if contact, err := response.Contact(); err == nil {
		c.target = contact.URI.String()
	}
	if err := c.edge.agent.Send(c.link, c.next("ACK")); err != nil {
		return err
	}
	if err := c.settle(response.Body, secure); err != nil {
		c.edge.config.Log.Append(observation.Event{Kind: observation.Note, Conn: c.link.ID, Text: "call ended for its answer: " + err.Error()})
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
	case secureProfile(stream.Proto) != secure:
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
	for i := range c.offered {
		if c.offered[i].Tag == device.Tag {
			c.own = &c.offered[i]
		}
	}
	return c.start(session, stream, c.own, &device)
}

// Reoffer sends a new offer within the call: new keys, and what o says.
func (c *Call) Reoffer(ctx context.Context, o Outbound) error {
	c.call.version++
	body, err := c.call.offer(o)
	if err != nil {
		return err
	}
	m, err := c.call.invitation(o, body)
	if err != nil {
		return err
	}
	response, err := c.call.edge.agent.Do(ctx, c.call.link, m)
	if err != nil {
		return err
	}
	c.Status, c.Reason = response.Status, response.Reason
	if response.Status >= 300 {
		return nil
	}
	return c.call.accept(ctx, response, c.call.edge.secure(o))
}

// HangUp ends the call from the edge's side.
func (c *Call) HangUp(ctx context.Context) error { return c.call.hangUp(ctx) }
