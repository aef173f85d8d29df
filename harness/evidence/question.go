package evidence

import (
	"encoding/binary"

	"github.com/sipconform/sipconform/mocks/observation"
)

// question writes a question about a name, and the answer. Both have the time at which the question was understood. A
// connection of the device with the name server is shown from its first question on, and without its end.
func (c *capture) question(e *observation.Event) error {
	d := e.DNS
	if d == nil || len(e.Bytes) == 0 {
		return nil // it is of a version that kept no messages, or too long
	}
	path, ok := newRoute(d.Remote, d.Local, false)
	if !ok {
		return nil
	}
	if d.Protocol == observation.TCP {
		return c.questionOverTCP(e, path)
	}
	if err := c.datagram(e.At, path, e.Bytes); err != nil || len(d.Reply) == 0 {
		return err
	}
	return c.datagram(e.At, route{path.to, path.from, true}, d.Reply)
}

func (c *capture) questionOverTCP(e *observation.Event, path route) error {
	s := c.streams[e.Conn]
	if s == nil || s.inward != path { // it is the first
		s = &stream{protocol: observation.TCP, inward: path}
		c.streams[e.Conn] = s
		if err := c.handshake(e.At, s, false); err != nil {
			return err
		}
	}
	if err := c.segments(e.At, s, false, framed(e.Bytes)); err != nil || len(e.DNS.Reply) == 0 {
		return err
	}
	return c.segments(e.At, s, true, framed(e.DNS.Reply))
}

// framed returns a message as TCP carries it, behind its length (RFC 1035 §4.2.2).
func framed(message []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
}
