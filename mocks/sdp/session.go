// Package sdp reads session descriptions as devices send them and writes those
// of a mock (RFC 8866, offer and answer by RFC 3264).
//
// The reader keeps every line as it came, in order, and rejects almost nothing: it keeps media types, protocols and
// line types that it does not know, and lists what breaks the grammar in [Session.Problems] for a judge. The package
// serves this module and may change.
package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// Session is a session description.
type Session struct {
	// Lines is every line, in order, those of the media sections included.
	Lines []Line
	// Origin and Connection are nil when the line is missing or unreadable.
	Origin     *Origin
	Name       string
	Connection *Connection
	// Attributes are those at session level, in order.
	Attributes []Attribute
	// Media are the m= sections, in order.
	Media []Media
	// Problems is what breaks the grammar: first in the text as a whole, then in its lines, each in order.
	Problems []Problem
}

// Line is one line without its end. If it does not have the form "x=value", Type is 0 and Value is the whole line.
type Line struct {
	Type  byte
	Value string
}

// String returns the line as it came.
func (l Line) String() string {
	if l.Type == 0 {
		return l.Value
	}
	return string(l.Type) + "=" + l.Value
}

// Origin is the o= line.
type Origin struct {
	Username       string
	SessionID      string
	SessionVersion string
	NetType        string
	AddrType       string
	Address        string
}

// Connection is a c= line. Address is without the TTL of a multicast address.
type Connection struct {
	NetType  string
	AddrType string
	Address  string
}

// Attribute is an a= line: "a=name" or "a=name:value". Names are case-sensitive.
type Attribute struct {
	Name  string
	Value string
	// HasValue distinguishes "a=name:" from "a=name".
	HasValue bool
}

func (a Attribute) String() string {
	if a.HasValue {
		return a.Name + ":" + a.Value
	}
	return a.Name
}

// Media is an m= section.
type Media struct {
	Type string // "audio", "image" …
	// Port is 0 for a stream that is rejected or switched off, and for a port that is not a number (which is a
	// problem).
	Port uint16
	// Ports is the number of ports, 1 unless the line says "port/number".
	Ports   int
	Proto   string // "RTP/SAVP", "udptl" …
	Formats []string
	// Connection is the section's own c= line, nil when it has none: see
	// [Session.RTP] for the address that counts.
	Connection *Connection
	Attributes []Attribute
	// Lines are the section's lines, its m= line first.
	Lines []Line
}

// Problem is a breach of the grammar in a description that could still be read.
type Problem struct {
	// Line is the line's number, from 1; 0 means the whole description.
	Line int
	// Cause is a stable slug.
	Cause Cause
}

// Cause is what is wrong with a line, a stable slug.
type Cause string

// Causes of problems.
const (
	NotALine       Cause = "not-a-line"       // not "x=value"
	UnknownType    Cause = "unknown-type"     // a letter that RFC 8866 does not have
	MissingVersion Cause = "missing-version"  // v=0 is not the first line
	MissingOrigin  Cause = "missing-origin"   // no o=
	MissingName    Cause = "missing-name"     // no s=
	MissingTime    Cause = "missing-time"     // no t=
	MissingAddress Cause = "missing-address"  // a stream in use has no c= that counts
	OutOfOrder     Cause = "out-of-order"     // a line after one that must follow it
	BadOrigin      Cause = "bad-origin"       // o= has not six fields
	BadConnection  Cause = "bad-connection"   // c= has not three fields
	BadMedia       Cause = "bad-media"        // m= has not four fields
	BadPort        Cause = "bad-port"         // the port of m= is not a port
	MissingLineEnd Cause = "missing-line-end" // the last line has no end
	BareLineFeed   Cause = "bare-line-feed"   // a line ends in LF only
	BadCharacter   Cause = "bad-character"    // NUL or a lone CR in a line
)

// Value returns the value of the section's first attribute called name, and
// whether there is one.
func (m *Media) Value(name string) (string, bool) { return value(m.Attributes, name) }

// Values returns the values of all the section's attributes called name, in
// order: m.Values("crypto") is what package sdes reads.
func (m *Media) Values(name string) []string {
	var values []string
	for _, a := range m.Attributes {
		if a.Name == name {
			values = append(values, a.Value)
		}
	}
	return values
}

func value(attributes []Attribute, name string) (string, bool) {
	for _, a := range attributes {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// First returns the first section of this media type that is not rejected, nil
// if there is none.
func (s *Session) First(mediaType string) *Media {
	for i := range s.Media {
		if m := &s.Media[i]; m.Type == mediaType && m.Port != 0 {
			return m
		}
	}
	return nil
}

// EffectiveConnection returns the c= line that counts for m: its own, else the
// session's, else nil.
func (s *Session) EffectiveConnection(m *Media) *Connection {
	if m.Connection != nil {
		return m.Connection
	}
	return s.Connection
}

// RTP returns where the peer wants m's packets. False means that the stream is
// rejected, has no connection address, or has a host name for one.
func (s *Session) RTP(m *Media) (netip.AddrPort, bool) {
	c := s.EffectiveConnection(m)
	if c == nil || m.Port == 0 {
		return netip.AddrPort{}, false
	}
	addr, err := netip.ParseAddr(c.Address)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), m.Port), true
}

// RTCP returns where the peer wants m's RTCP packets: the RTP address if it has a=rtcp-mux and the other side has too,
// which is mux (RFC 5761 §5.1.1), what a=rtcp says (RFC 3605), else the next port up. False means that no address can
// be read.
func (s *Session) RTCP(m *Media, mux bool) (netip.AddrPort, bool) {
	rtp, ok := s.RTP(m)
	if !ok {
		return netip.AddrPort{}, false
	}
	if _, too := m.Value("rtcp-mux"); too && mux {
		return rtp, true
	}
	if v, explicit := m.Value("rtcp"); explicit {
		fields := strings.Fields(v)
		if len(fields) == 0 {
			return netip.AddrPort{}, false
		}
		port, err := strconv.ParseUint(fields[0], 10, 16)
		if err != nil || port == 0 {
			return netip.AddrPort{}, false
		}
		addr := rtp.Addr()
		if len(fields) == 4 {
			if addr, err = netip.ParseAddr(fields[3]); err != nil {
				return netip.AddrPort{}, false
			}
		}
		return netip.AddrPortFrom(addr.Unmap(), uint16(port)), true
	}
	if rtp.Port() == 65535 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(rtp.Addr(), rtp.Port()+1), true
}

// Direction is who sends, RFC 3264 §5.1.
type Direction string

// The directions, by the names of their attributes.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// Reverse returns the direction as the other side sees it.
func (d Direction) Reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// Direction returns m's direction: its own attribute, else the session's, else
// sendrecv.
func (s *Session) Direction(m *Media) Direction {
	for _, attributes := range [][]Attribute{m.Attributes, s.Attributes} {
		for _, a := range attributes {
			switch d := Direction(a.Name); d {
			case SendRecv, SendOnly, RecvOnly, Inactive:
				return d
			}
		}
	}
	return SendRecv
}
