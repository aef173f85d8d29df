package sipwire

import (
	"bytes"
	"strconv"
)

// MaxMessage is the longest message in bytes that a [Framer] takes by default: as long as a datagram could be.
const MaxMessage = 64 << 10

// FrameKind says what a [Frame] is.
type FrameKind int

const (
	// MessageFrame is a complete message.
	MessageFrame FrameKind = iota
	// KeepAliveFrame is one line break between messages. A client pings with
	// two and a server answers with one (RFC 5626 §4.4.1).
	KeepAliveFrame
	// MalformedFrame is a part of the stream that cannot be a message.
	MalformedFrame
)

func (k FrameKind) String() string {
	switch k {
	case MessageFrame:
		return "message"
	case KeepAliveFrame:
		return "keep-alive"
	default:
		return "malformed"
	}
}

// Frame is one unit of a stream.
type Frame struct {
	Kind FrameKind
	// Bytes is the frame's own copy of its bytes.
	Bytes []byte
	// Message is the parsed message of a MessageFrame, and of a MalformedFrame
	// that has a start line.
	Message *Message
	// Ping is true for the second of two line breaks: a server owes a pong. A
	// client takes each line break as a pong and does not look at Ping.
	Ping bool
	// Err is why a MalformedFrame is one: a [*SyntaxError].
	Err error
}

// Framer splits a stream into messages (§18.3). The frames do not depend on how the stream is cut into writes. The
// zero value is ready for use.
//
// A message without Content-Length is a MalformedFrame that ends with its header fields, and framing goes on after
// it. After any other MalformedFrame the start of the next message is unknown: [Framer.Err] is set, everything that
// follows is ignored, and the connection should be closed. Where what follows a message is none, its Content-Length is
// to blame if the message has a body.
type Framer struct {
	// Limit is the most bytes of one message; 0 means [MaxMessage].
	Limit int

	rest   []byte   // of the stream, not yet framed
	lines  int      // end of the last complete line within rest
	length int      // of the message whose header fields are complete, else 0
	breaks int      // line breaks since the last message
	last   *Message // the message before, nil if something else came since
	err    error
}

// Err returns why framing has stopped, nil if it has not.
func (f *Framer) Err() error { return f.err }

// Pending returns the number of bytes that are not yet a complete frame. If a stream ends with some, it has broken
// off within a message.
func (f *Framer) Pending() int { return len(f.rest) }

// Unfinished returns what has come of a message that is not complete, as a MalformedFrame, and whether there is any. It
// takes nothing from the framer.
func (f *Framer) Unfinished() (Frame, bool) {
	if len(f.rest) == 0 {
		return Frame{}, false
	}
	err := syntaxError("incomplete", "%d bytes came of the header fields", len(f.rest))
	if f.length > 0 {
		m, _ := Parse(f.rest)
		err = syntaxError("incomplete", "%d bytes came of a body of which Content-Length says %s", len(m.Body), m.Get("Content-Length"))
	}
	return malformed(bytes.Clone(f.rest), err), true
}

// Write takes the next bytes of the stream and returns the frames that they complete, in order. It does not keep p.
func (f *Framer) Write(p []byte) []Frame {
	if f.err != nil {
		return nil
	}
	buffer := append(f.rest, p...)
	f.rest = buffer
	var frames []Frame
	for len(f.rest) > 0 {
		frame, ok := f.next()
		if !ok {
			break
		}
		frames = append(frames, frame)
		if f.err != nil {
			f.rest = nil
			return frames
		}
	}
	// Move the rest to the front, so that the buffer is used again.
	f.rest = append(buffer[:0], f.rest...)
	return frames
}

func (f *Framer) limit() int {
	if f.Limit > 0 {
		return f.Limit
	}
	return MaxMessage
}

// next removes the first frame, if it is complete.
func (f *Framer) next() (Frame, bool) {
	if f.length > 0 {
		return f.body()
	}
	if first := f.rest[0]; first != '\r' && first != '\n' && !isTokenByte(first) {
		return f.fail(1, f.stray(first)), true
	}
	// Look only at what is within the limit, however much came at once.
	window := f.rest[:min(len(f.rest), f.limit())]
	for {
		i := bytes.IndexByte(window[f.lines:], '\n')
		if i < 0 {
			if len(f.rest) <= f.limit() {
				return Frame{}, false
			}
			return f.fail(len(window), syntaxError("too-long", "header fields of more than %d bytes", f.limit())), true
		}
		start, end := f.lines, f.lines+i+1
		f.lines = end
		line := bytes.TrimSuffix(window[start:end-1], []byte("\r"))
		switch {
		case len(line) == 0 && start == 0:
			return f.lineBreak(end), true
		case start == 0:
			if err := new(Message).parseStartLine(string(line)); err != nil {
				return f.fail(end, f.blame(err)), true
			}
		case len(line) == 0:
			return f.endOfHead(end)
		}
	}
}

// stray says what is wrong with a byte that can begin neither a message nor a line break.
func (f *Framer) stray(b byte) error {
	err := syntaxError("stray-bytes", "0x%02x comes where a message or a line break has to begin", b)
	if b > ' ' && b <= '~' {
		return f.blame(err)
	}
	return err
}

// blame returns the error for something that is no message: err, or if it comes right after a message with a body, that
// the Content-Length of that is wrong. A body that is no description of a session, or one in which a line of another kind
// stands last, has swallowed a part of what follows it.
func (f *Framer) blame(err error) error {
	m := f.last
	switch {
	case m == nil || len(m.Body) == 0 && !m.Has("Content-Type"):
		return err
	case !m.Has("Content-Type"), m.ContentType() == "application/sdp" && !endsInDescription(m.Body):
		return syntaxError("long-content-length", "%d bytes are more than the body of the %s", len(m.Body), m.title())
	}
	return syntaxError("short-content-length", "the body of the %s is longer than %d bytes", m.title(), len(m.Body))
}

// endsInDescription reports whether the last line of a body, or what there is of it, is one of a session description.
func endsInDescription(body []byte) bool {
	body = bytes.TrimRight(body, "\r\n")
	line := body[bytes.LastIndexByte(body, '\n')+1:]
	return len(line) == 0 || len(line) > 1 && line[1] == '='
}

// title names a message for an error.
func (m *Message) title() string {
	if m.IsRequest() {
		return excerpt(m.Method)
	}
	return strconv.Itoa(m.Status)
}

func (f *Framer) lineBreak(end int) Frame {
	breaks := f.breaks + 1
	raw := f.take(end)
	f.breaks = breaks
	return Frame{Kind: KeepAliveFrame, Bytes: raw, Ping: breaks%2 == 0}
}

// endOfHead handles the empty line after the header fields.
func (f *Framer) endOfHead(end int) (Frame, bool) {
	m, err := Parse(f.rest[:end])
	if err != nil {
		return f.fail(end, err), true
	}
	length, present, err := m.contentLength()
	switch {
	case err != nil:
		return f.fail(end, err), true
	case !present:
		return malformed(f.take(end), syntaxError("no-content-length", "a stream needs one (RFC 3261 §18.3)")), true
	case length > f.limit()-end:
		return f.fail(end, syntaxError("too-long", "a body of %d bytes", length)), true
	}
	f.length = end + length
	return f.body()
}

// body waits for the bytes that Content-Length announced.
func (f *Framer) body() (Frame, bool) {
	if len(f.rest) < f.length {
		return Frame{}, false
	}
	raw := f.take(f.length)
	m, err := Parse(raw)
	if err != nil {
		return malformed(raw, err), true
	}
	f.last = m
	return Frame{Kind: MessageFrame, Bytes: raw, Message: m}, true
}

// take removes the first n bytes, returns a copy, and prepares for the next frame.
func (f *Framer) take(n int) []byte {
	taken := bytes.Clone(f.rest[:n])
	f.rest = f.rest[n:]
	f.lines, f.length, f.breaks, f.last = 0, 0, 0, nil
	return taken
}

// fail ends the framing with a frame of the first n bytes.
func (f *Framer) fail(n int, err error) Frame {
	f.err = err
	return malformed(f.take(n), err)
}

func malformed(raw []byte, err error) Frame {
	m, _ := Parse(raw) // nil if there is no start line
	return Frame{Kind: MalformedFrame, Bytes: raw, Message: m, Err: err}
}
