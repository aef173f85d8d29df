package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Description is a session description to be written, with the lines in the
// order of RFC 8866 §5.
type Description struct {
	// Username is the first field of o=, "-" if empty.
	Username string
	// SessionID and SessionVersion are the o= line's; the version grows by one
	// with each new offer or answer of a session (RFC 3264 §8).
	SessionID, SessionVersion uint64
	// Name is the s= line, "-" if empty.
	Name string
	// Address is where the media is to be sent; it is written in o= and c=.
	Address netip.Addr
	// Connection is written in c= instead of Address if it is valid. The unspecified address puts the peer on hold (RFC
	// 3264 §8.4).
	Connection netip.Addr
	// Attributes are those of the session, written before its streams.
	Attributes []Attribute
	Streams    []Stream
}

// Stream is an m= section to be written.
type Stream struct {
	Type    string // "audio" if empty
	Port    uint16 // 0 rejects the stream
	Proto   string // "RTP/AVP", "RTP/SAVP" …
	Formats []Format
	// Crypto are values of a=crypto, in order of preference.
	Crypto []string
	// PacketTime is a=ptime in milliseconds; none if 0.
	PacketTime int
	// Direction is left out if empty, which means sendrecv.
	Direction Direction
	// Attributes are further attributes, written last.
	Attributes []Attribute
}

// Format is a payload type with its a=rtpmap and a=fmtp, either of which may be
// empty. For media that is not RTP, Name is the format and the rest is empty.
type Format struct {
	Name string // payload type number
	Map  string // "PCMU/8000"
	FMTP string // "0-16"
}

// Formats of telephony. DTMF is telephone-event under payload type 101.
var (
	PCMU = Format{Name: "0", Map: "PCMU/8000"}
	PCMA = Format{Name: "8", Map: "PCMA/8000"}
	DTMF = Format{Name: "101", Map: "telephone-event/8000", FMTP: "0-16"}
)

// Formats returns the formats of telephony.
func Formats() []Format { return []Format{PCMU, PCMA, DTMF} }

// FormatByName returns the format of telephony with that payload type number.
func FormatByName(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Reject returns the section that rejects m: port 0, and type, protocol and formats as offered (RFC 3264 §6).
func Reject(m *Media) Stream {
	s := Stream{Type: m.Type, Proto: m.Proto}
	for _, f := range m.Formats {
		s.Formats = append(s.Formats, Format{Name: f})
	}
	return s
}

// Answer returns the sections that answer offer, in its order: those in accepted, which has them by their index in
// the offer, and rejections of the others.
func Answer(offer *Session, accepted map[int]Stream) []Stream {
	streams := make([]Stream, len(offer.Media))
	for i := range offer.Media {
		if s, ok := accepted[i]; ok {
			streams[i] = s
		} else {
			streams[i] = Reject(&offer.Media[i])
		}
	}
	return streams
}

// Marshal writes the description with CRLF after every line. It fails if a value would break out of its line or
// field, or if a required one is missing.
func (d Description) Marshal() ([]byte, error) {
	if !d.Address.IsValid() {
		return nil, errors.New("sdp: description without an address")
	}
	var w writer
	address := network(d.Address)
	connection := address
	if d.Connection.IsValid() {
		connection = network(d.Connection)
	}
	w.line("v=", "0")
	w.line("o=", w.field(or(d.Username, "-")), " ", strconv.FormatUint(d.SessionID, 10), " ",
		strconv.FormatUint(d.SessionVersion, 10), " ", address)
	w.line("s=", or(d.Name, "-"))
	w.line("c=", connection)
	w.line("t=", "0 0")
	for _, a := range d.Attributes {
		w.line("a=", a.String())
	}
	for _, s := range d.Streams {
		w.stream(s)
	}
	if w.err != nil {
		return nil, w.err
	}
	return []byte(w.text.String()), nil
}

// network returns an address with its type, as in o= and c=.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return "IN IP6 " + a.String()
	}
	return "IN IP4 " + a.String()
}

type writer struct {
	text strings.Builder
	err  error
}

func (w *writer) stream(s Stream) {
	if len(s.Formats) == 0 {
		w.fail("m= line without formats")
	}
	var formats strings.Builder
	for _, f := range s.Formats {
		formats.WriteString(" " + w.field(f.Name))
	}
	w.line("m=", w.field(or(s.Type, "audio")), " ", strconv.Itoa(int(s.Port)), " ", w.field(s.Proto), formats.String())
	if s.Port == 0 {
		return // RFC 3264 §6: the rest of a rejected section means nothing
	}
	for _, f := range s.Formats {
		if f.Map != "" {
			w.line("a=rtpmap:", f.Name, " ", f.Map)
		}
		if f.FMTP != "" {
			w.line("a=fmtp:", f.Name, " ", f.FMTP)
		}
	}
	for _, c := range s.Crypto {
		w.line("a=crypto:", c)
	}
	if s.PacketTime > 0 {
		w.line("a=ptime:", strconv.Itoa(s.PacketTime))
	}
	if s.Direction != "" {
		w.line("a=", string(s.Direction))
	}
	for _, a := range s.Attributes {
		w.line("a=", a.String())
	}
}

// line writes one line, and fails if a value would make it several.
func (w *writer) line(parts ...string) {
	for _, p := range parts {
		if strings.ContainsAny(p, "\r\n\x00") {
			w.fail(fmt.Sprintf("line end inside the %q line", parts[0]))
			return
		}
		w.text.WriteString(p)
	}
	w.text.WriteString("\r\n")
}

// field returns s, and fails if it is not exactly one field.
func (w *writer) field(s string) string {
	if s == "" || strings.ContainsAny(s, " \t") {
		w.fail(fmt.Sprintf("%q is not one field", s))
	}
	return s
}

func (w *writer) fail(reason string) {
	if w.err == nil {
		w.err = errors.New("sdp: " + reason)
	}
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
