package edge

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/profile"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// blank matches what crypto templates leave open for key material.
var blank = regexp.MustCompile(`\{key\}|\{unpadded\}|\{bytes:[0-9]+\}`)

// offer returns the session description of a call, and notes its keys.
func (c *call) offer(o Outbound) ([]byte, error) {
	stream := sdp.Stream{Port: c.media.Port(), Proto: o.MediaProfile, PacketTime: 20, Direction: o.Direction}
	secure := o.secure(c.secured)
	if stream.Proto == "" {
		stream.Proto = map[bool]string{true: "RTP/SAVP", false: "RTP/AVP"}[secure]
	}
	for _, name := range c.edge.product.Offer.Formats {
		format, _ := sdp.FormatByName(name) // parsed profiles have no other names
		stream.Formats = append(stream.Formats, format)
	}
	if f := stream.Formats; o.OtherCodecFirst && len(f) > 1 {
		f[0], f[1] = f[1], f[0]
	}
	lines := o.Crypto
	if lines == nil && secure {
		for i, suite := range c.edge.suites(c.edge.product.Offer.SuitesBy, c.edge.product.Offer.Suites) {
			lines = append(lines, fmt.Sprintf("%d %s inline:{key}", i+1, suite))
		}
	}
	c.dressed = o.Dressed
	if c.muxed = o.RTCPMux; c.muxed {
		stream.Attributes = append(stream.Attributes, sdp.Attribute{Name: "rtcp-mux"})
	}
	if o.RTCPAside {
		port, err := c.media.Aside()
		if err != nil {
			return nil, err
		}
		stream.Attributes = append(stream.Attributes, sdp.Attribute{Name: "rtcp", Value: strconv.Itoa(int(port)), HasValue: true})
	}
	if o.Bundle {
		stream.Attributes = append(stream.Attributes, sdp.Attribute{Name: "mid", Value: bundled, HasValue: true})
	}
	if kept := c.keys(); o.KeepKeys && kept != nil {
		lines = kept // in which nothing is left to fill in
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
	streams := []sdp.Stream{stream}
	for _, further := range o.Streams {
		lines := further.Crypto
		further.Crypto = nil // which the next call fills in anew
		for _, line := range lines {
			text, err := c.edge.fill(line)
			if err != nil {
				return nil, err
			}
			further.Crypto = append(further.Crypto, text)
		}
		streams = append(streams, further)
	}
	connection := c.edge.config.Advertise(c.address)
	if o.Nowhere {
		connection = netip.IPv4Unspecified()
		if c.address.Is6() {
			connection = netip.IPv6Unspecified()
		}
	}
	if o.Bundle {
		return c.describeAt(connection, streams, sdp.Attribute{Name: "group", Value: "BUNDLE " + bundled, HasValue: true})
	}
	return c.describeAt(connection, streams)
}

// bundled is the identification of the stream that the edge offers to bundle (RFC 5888).
const bundled = "audio"

// fill puts fresh key material into a crypto template.
func (e *Edge) fill(line string) (string, error) {
	suite := ""
	if fields := strings.Fields(line); len(fields) > 1 {
		suite = fields[1]
	}
	var failed error
	text := blank.ReplaceAllStringFunc(line, func(p string) string {
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

// invitation returns the INVITE as the vendor writes it.
func (c *call) invitation(o Outbound, body []byte) (*sipwire.Message, error) {
	fields := c.fields()
	m := c.next("INVITE")
	for _, text := range c.edge.product.Offer.RecordRoute {
		route, err := fields.Expand(text)
		if err != nil {
			return nil, err
		}
		m.Add("Record-Route", route)
	}
	if err := c.addContact(m); err != nil {
		return nil, err
	}
	for _, h := range c.edge.product.Offer.Headers {
		value, err := fields.Expand(h.Value)
		if err != nil {
			return nil, err
		}
		m.Add(h.Name, value)
	}
	if o.Reliable {
		m.Add("Supported", reliableOption)
	}
	for _, h := range o.Headers {
		m.Add(h.Name, h.Value)
	}
	if body != nil {
		m.SetBody("application/sdp", body)
	}
	if isSIPS(m.RequestURI) { // RFC 3261 §8.1.1.8, §12.1.1
		secureRoute(m, "Record-Route")
	}
	return m, nil
}

// fields are what the vendor's headers can name.
func (c *call) fields() profile.OfferFields {
	e, link := c.edge, c.link.Load()
	return profile.OfferFields{
		Edge: e.localOf(link).String(), EdgeHost: sipwire.Host(e.named(e.address, link)), Transport: link.Protocol,
		Private: e.namedPort(e.private, link).String(), Caller: c.caller, Serial: c.serial,
	}
}

// addContact adds the vendor's Contact to a request of the call.
func (c *call) addContact(m *sipwire.Message) error {
	contact, err := c.fields().Expand(c.edge.product.Offer.Contact)
	if err != nil {
		return err
	}
	m.Add("Contact", contact)
	if isSIPS(m.RequestURI) { // RFC 3261 §8.1.1.8
		secureRoute(m, "Contact")
	}
	return nil
}

// secureRoute makes the addresses in a header field sips URIs, whose transport is
// TLS without saying so.
func secureRoute(m *sipwire.Message, header string) {
	values := m.Values(header)
	m.Del(header)
	for _, value := range values {
		if addr, err := sipwire.ParseNameAddr(value); err == nil {
			addr.URI.Scheme = "sips"
			addr.URI.Params = slices.DeleteFunc(addr.URI.Params, func(p sipwire.Param) bool { return strings.EqualFold(p.Name, "transport") })
			value = addr.String()
		}
		m.Add(header, value)
	}
}

// material returns fresh key material, base64 as in an attribute.
func (e *Edge) material(length int) string {
	raw := make([]byte, length)
	randomness{e}.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}
