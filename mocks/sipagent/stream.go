package sipagent

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

const (
	// segment is the size of the read buffer: the most that an idle connection holds.
	segment = 4 << 10
	// messageLimit is how long a message may take to arrive, from its first byte to its last. Between messages a
	// connection may be silent for any time.
	messageLimit = 30 * time.Second
	// pauseLimit is after what time the log has what has come of a message that is not complete. No verdict depends on
	// it: what follows completes the message.
	pauseLimit = 2 * time.Second
	// lingerLimit and lingerBytes bound how long a closed connection stays open for the device to read the last
	// answer.
	lingerLimit = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

// receiver takes the messages of a link, in wire order.
type receiver func(*Link, *sipwire.Message)

// read takes messages from a connection until it ends, and then ends the link.
func (l *Link) read(receive receiver) {
	defer l.end(errPanicked) // it has ended for another reason, unless receive panics
	conn := l.getConn()
	framer := new(sipwire.Framer)
	buf := make([]byte, segment)
	var begun time.Time // when the message that is under way began; zero between messages
	noted := false      // its being incomplete is in the log
	for {
		n, err := conn.Read(buf)
		frames := framer.Write(buf[:n])
		if fault := l.take(frames, framer, receive); fault != nil {
			l.end(unreadable{fault})
			return
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && !noted {
			l.unfinished(framer)
			noted = true
			conn.SetReadDeadline(begun.Add(messageLimit))
			continue
		}
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				l.unfinished(framer)
			}
			l.end(err)
			return
		}
		switch under := framer.Pending() > 0; {
		case !under && !begun.IsZero():
			conn.SetReadDeadline(time.Time{})
			begun = time.Time{}
		case under && (begun.IsZero() || len(frames) > 0):
			begun, noted = time.Now(), false
			conn.SetReadDeadline(begun.Add(pauseLimit))
		}
	}
}

// unreadable is why the mock closes a connection whose next message it cannot find.
type unreadable struct{ fault error }

func (u unreadable) Error() string {
	return "the mock cannot find the next message: " + u.fault.Error()
}

// Unwrap says that the mock made the end, and why.
func (u unreadable) Unwrap() []error { return []error{net.ErrClosed, u.fault} }

// unfinished records what has come of a message that is under way.
func (l *Link) unfinished(framer *sipwire.Framer) {
	if frame, some := framer.Unfinished(); some {
		l.malformed(frame)
	}
}

// malformed records a frame that is no message.
func (l *Link) malformed(frame sipwire.Frame) {
	l.record(observation.SIPMalformed, frame.Bytes, frame.Err.Error(), faultOf(frame.Err))
}

// faultOf returns what an error of package sipwire says of a message's framing.
func faultOf(err error) observation.FramingFault {
	var syntax *sipwire.SyntaxError
	if !errors.As(err, &syntax) {
		return observation.NoStartLine
	}
	switch syntax.Cause {
	case "stray-bytes":
		return observation.StrayBytes
	case "no-content-length":
		return observation.NoLength
	case "content-length":
		return observation.UnreadableLength
	case "short-content-length":
		return observation.ShortLength
	case "long-content-length":
		return observation.LongLength
	case "too-long":
		return observation.TooLong
	case "incomplete":
		return observation.Incomplete
	}
	return observation.NoStartLine
}

// message records a message.
func (l *Link) message(raw []byte, m *sipwire.Message) {
	var fault observation.FramingFault
	if m.BareLineFeed() {
		fault = observation.BareLineFeed
	}
	l.record(observation.SIP, raw, "", fault)
}

// take records frames and passes their messages on. An error means that the start of the next message is unknown.
func (l *Link) take(frames []sipwire.Frame, framer *sipwire.Framer, receive receiver) error {
	for len(frames) > 0 {
		frame := frames[0]
		switch frame.Kind {
		case sipwire.MessageFrame:
			l.message(frame.Bytes, frame.Message)
			receive(l, frame.Message)
		case sipwire.KeepAliveFrame:
			frames = frames[l.keepAlive(frames)-1:]
		default:
			l.malformed(frame)
			if l.agent.complain(l, frame) && framer.Err() != nil {
				linger(l.getConn())
			}
		}
		frames = frames[1:]
	}
	return framer.Err()
}

// keepAlive handles the line breaks at the beginning of frames and returns their number. However many come at once,
// they are one observation, and their pongs one write.
func (l *Link) keepAlive(frames []sipwire.Frame) (taken int) {
	var breaks, pongs []byte
	for _, frame := range frames {
		if frame.Kind != sipwire.KeepAliveFrame {
			break
		}
		taken++
		breaks = append(breaks, frame.Bytes...)
		if frame.Ping {
			pongs = append(pongs, "\r\n"...)
		}
	}
	l.agent.config.Log.Append(observation.Event{Kind: observation.KeepAlive, Conn: l.ID, Dir: observation.In, Bytes: breaks,
		KeepAlive: &observation.KeepAliveInfo{Ping: len(pongs) > 0}})
	if len(pongs) > 0 && !l.dialed { // only a server pongs, RFC 5626 §4.4.1
		l.write(pongs, observation.KeepAlive)
	}
	return taken
}

// record logs received bytes.
func (l *Link) record(kind observation.Kind, p []byte, text string, fault observation.FramingFault) {
	l.agent.config.Log.Append(observation.Event{Kind: kind, Conn: l.ID, Dir: observation.In, Bytes: p, Text: text, Framing: fault})
}

// linger gives a device time to read what was sent last. A TCP socket that is closed with unread bytes sends a reset,
// which makes the device's system discard what it has received.
func linger(conn net.Conn) {
	for below := conn; below != nil; {
		if half, ok := below.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
			break
		}
		wrapped, ok := below.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		below = wrapped.NetConn()
	}
	conn.SetReadDeadline(time.Now().Add(lingerLimit))
	io.CopyN(io.Discard, conn, lingerBytes)
}

// wireTap records the segments of a connection without TLS; TLS has its own tap.
type wireTap struct {
	net.Conn
	log *observation.Log
	id  string
}

// NetConn is the connection below.
func (t *wireTap) NetConn() net.Conn { return t.Conn }

func (t *wireTap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if n > 0 {
		t.log.Append(observation.Event{Kind: observation.Wire, Conn: t.id, Dir: observation.In, Bytes: bytes.Clone(p[:n])})
	}
	return n, err
}

func (t *wireTap) Write(p []byte) (int, error) {
	t.log.Append(observation.Event{Kind: observation.Wire, Conn: t.id, Dir: observation.Out, Bytes: bytes.Clone(p)})
	return t.Conn.Write(p)
}
