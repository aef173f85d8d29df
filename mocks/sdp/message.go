package sdp

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/mocks/sipwire"
)

// ErrNone is the error of [Of] for a message without a session description.
var ErrNone = errors.New("sdp: no session description")

const mediaType = "application/sdp"

// Of returns the offer or answer in a message: its body, or the preferred part of a multipart body, that is
// application/sdp and describes the session (RFC 5621 §3). A part with another purpose, such as early-session (RFC
// 3959), is passed over, and a body without a Content-Type is of no known type (RFC 3261 §20.15). The error is
// [ErrNone], or one of [Parse].
func Of(m *sipwire.Message) (*Session, error) {
	for _, part := range m.Parts() {
		if part.Type != mediaType || part.Disposition != "" && part.Disposition != "session" {
			continue
		}
		text := part.Body
		if strings.HasPrefix(m.ContentType(), "multipart/") && !bytes.HasSuffix(text, []byte("\n")) {
			// Many a sender takes the line break before a boundary for that of the last line.
			text = slices.Concat(text, []byte("\r\n"))
		}
		return Parse(text)
	}
	return nil, ErrNone
}

// Keyed reports whether a message carries an SRTP key, whatever type and purpose its body or a part of it claims.
func Keyed(m *sipwire.Message) bool {
	return slices.ContainsFunc(m.Parts(), func(part sipwire.Part) bool {
		session, err := Parse(part.Body)
		return err == nil && slices.ContainsFunc(session.Lines, holdsKey)
	})
}

// holdsKey reports whether a line has key material: of RFC 4568, also in a stream that is switched off, outside of any
// stream, or as a capability (RFC 5939 §3.3.2), or in a k= line (RFC 4566 §5.12).
func holdsKey(l Line) bool {
	if l.Type == 'k' {
		method, _, _ := strings.Cut(l.Value, ":")
		return method == "clear" || method == "base64"
	}
	if l.Type != 'a' {
		return false
	}
	name, value, _ := strings.Cut(l.Value, ":")
	if name == "acap" {
		_, capability, _ := strings.Cut(value, " ")
		name, value, _ = strings.Cut(strings.TrimLeft(capability, " "), ":")
	}
	return name == "crypto" && strings.Contains(value, "inline:")
}
