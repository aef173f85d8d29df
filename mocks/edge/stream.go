package edge

import (
	"fmt"
	"net/netip"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// nowhere is an address that media is not sent to.
func nowhere() netip.AddrPort { return netip.AddrPortFrom(netip.IPv4Unspecified(), 0) }

// sessionOf returns the media that offer and answer have settled for the device's
// stream, under the keys of both sides. Without keys it is plain RTP. A stream is
// on hold if its direction says so or its address is unspecified (RFC 3264 §8.4).
func (c *call) sessionOf(session *sdp.Session, stream *sdp.Media, own, device *sdes.Attribute) media.Session {
	s := media.Session{Dressed: c.dressed, Tone: c.tone, Strays: c.strays(session, own)}
	var known bool
	if s.Remote, known = session.RTP(stream); !known {
		c.homeless(session.EffectiveConnection(stream))
	}
	var somewhere bool
	if s.RemoteRTCP, somewhere = session.RTCP(stream, c.muxed); !somewhere {
		s.RemoteRTCP = nowhere()
	}
	if codec, ok := voice(stream); ok && codec.Name == sdp.PCMA.Name {
		s.PayloadType = media.PCMA
	}
	switch session.Direction(stream) {
	case sdp.SendOnly, sdp.Inactive:
		s.Mute = true
	}
	if s.Remote.Addr().IsUnspecified() {
		s.Mute = true
	}
	if own != nil && device != nil {
		s.Send, s.Receive = media.KeyingOf(*own), media.KeyingOf(*device)
	}
	return s
}

// homeless logs that a stream gets no media for want of an address: its c= is missing, or names a host.
func (c *call) homeless(connection *sdp.Connection) {
	fault, text := observation.Unspecified, "no media is sent: the device has described no address"
	if connection != nil {
		fault, text = observation.HostName, fmt.Sprintf("no media is sent to %q, as the device asks: it is not an address", connection.Address)
	}
	c.edge.config.Log.Append(observation.Event{Kind: observation.MediaWithheld, Dir: observation.Out, Conn: c.link.Load().ID,
		Denied: &observation.DeniedInfo{Fault: fault}, Text: text})
}

// begin starts media, or has it continue with what was settled anew.
func (c *call) begin(s media.Session) error {
	start := c.media.Update
	if c.agreed == nil {
		start = c.media.Start
	}
	if err := start(s); err != nil {
		return err
	}
	c.agreed = &s
	return nil
}

// voice returns the first codec of a stream that the edge has.
func voice(stream *sdp.Media) (sdp.Format, bool) {
	for _, name := range stream.Formats {
		switch name {
		case sdp.PCMU.Name:
			return sdp.PCMU, true
		case sdp.PCMA.Name:
			return sdp.PCMA, true
		}
	}
	return sdp.Format{}, false
}
