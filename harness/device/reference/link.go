package reference

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
	"github.com/sipconform/sipconform/mocks/sipwire"
)

// writeLimit is how long a write may take if the peer does not read.
const writeLimit = 10 * time.Second

// link is a connection to a peer: a stream, or UDP with a remote address.
type link struct {
	session       *session
	protocol      string
	local, remote netip.AddrPort
	conn          net.Conn        // nil for UDP
	done          <-chan struct{} // closed when nothing more can arrive

	ended    chan struct{} // of a stream, the same channel as done
	writing  sync.Mutex
	pings    atomic.Int32 // sent and not answered yet
	breaks   int          // CRLFs received that answer no ping
	accepted bool         // the peer opened it
	held     []byte       // to be sent with the next message, for JoinsMessages
}

func newLink(s *session, protocol string, conn net.Conn) *link {
	ended := make(chan struct{})
	return &link{
		session: s, protocol: protocol, conn: conn, ended: ended, done: ended,
		local:  conn.LocalAddr().(*net.TCPAddr).AddrPort(),
		remote: conn.RemoteAddr().(*net.TCPAddr).AddrPort(),
	}
}

// alive tells whether the connection is open, as far as is known.
func (l *link) alive() bool {
	select {
	case <-l.done:
		return false
	default:
		return true
	}
}

// send writes one message or ping.
func (l *link) send(b []byte) error {
	if l.conn == nil {
		socket, err := l.session.datagrams()
		if err != nil {
			return err
		}
		_, err = socket.WriteToUDPAddrPort(b, l.remote)
		return err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	_ = l.conn.SetWriteDeadline(time.Now().Add(writeLimit))
	for _, piece := range l.pieces(b) {
		if _, err := l.conn.Write(piece); err != nil {
			return fmt.Errorf("%w: %w", errNoConnection, err)
		}
	}
	return nil
}

// read handles what arrives until the stream ends, and closes it. It logs the end only after that, when nobody uses the link
// any more.
func (l *link) read() {
	why := l.readStream()
	_ = l.conn.Close()
	close(l.ended)
	if l.session.ctx.Err() == nil {
		l.session.event("connection to %v closed%s", l.remote, why)
	}
}

func (l *link) readStream() (why string) {
	var framer sipwire.Framer
	buffer := make([]byte, 16<<10)
	for {
		n, err := l.conn.Read(buffer)
		if n > 0 {
			l.session.activity.begin()
			stop := l.handle(framer.Write(buffer[:n]))
			l.session.activity.end()
			if stop {
				return " because of an unknown header field"
			}
			if framer.Err() != nil {
				return " because its messages cannot be told apart"
			}
		}
		if err != nil {
			return ""
		}
	}
}

// handle handles frames in order. It tells whether to close the stream.
func (l *link) handle(frames []sipwire.Frame) (stop bool) {
	s := l.session
	for _, frame := range frames {
		switch frame.Kind {
		case sipwire.KeepAliveFrame:
			l.lineBreak()
		case sipwire.MessageFrame:
			if s.bugs.ClosesOnUnknownHeader && hasUnknownHeader(frame.Message) {
				return true
			}
			s.message(l, frame.Message)
		case sipwire.MalformedFrame:
			s.event("malformed: %v", frame.Err)
			if m := frame.Message; m != nil && m.IsRequest() && m.Method != "ACK" {
				newServerTransaction(s, l, m).respond(400, "")
			}
		}
	}
	return false
}

// lineBreak handles a CRLF between messages: the answer to a ping, or half of a ping of the peer (RFC 5626 §4.4.1).
func (l *link) lineBreak() {
	if l.pings.Load() > 0 {
		l.pings.Add(-1)
		return
	}
	if l.breaks++; l.breaks%2 == 0 {
		_ = l.send([]byte("\r\n"))
	}
}

// keepAlive sends pings until the connection ends. It closes the connection if a ping is not answered before the next.
func (l *link) keepAlive(interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-ticker.C:
			if l.pings.Load() > 0 && !l.session.bugs.PingsTooOften {
				l.session.event("no answer to a keep-alive")
				_ = l.conn.Close()
				return
			}
			if l.ping() != nil {
				return
			}
		}
	}
}

// ping sends a ping.
func (l *link) ping() error {
	l.pings.Add(1)
	return l.send([]byte("\r\n\r\n"))
}

// sentBy returns the address of Via and Contact on this link: that of the listener if there is one, otherwise the local end
// of the connection.
func (l *link) sentBy() netip.AddrPort {
	if address, ok := l.session.listening[l.protocol]; ok {
		return address
	}
	return l.local
}

// via returns the Via of a new request.
func (l *link) via(branch string) string {
	return fmt.Sprintf("SIP/2.0/%s %v;branch=%s;rport", strings.ToUpper(l.protocol), l.sentBy(), branch)
}

// contact returns the device's Contact.
func (l *link) contact() string {
	s := l.session
	uri := sipwire.URI{Scheme: s.scheme(l.protocol), User: s.user(), Host: l.sentBy().Addr().String(), Port: l.sentBy().Port()}
	if l.protocol != observation.UDP {
		uri.Params = sipwire.Params{{Name: "transport", Value: l.protocol, HasValue: true}}
	}
	return sipwire.NameAddr{URI: uri}.String()
}

// errNoConnection means that the connection ended before the response.
var errNoConnection = errors.New("the connection is gone")
