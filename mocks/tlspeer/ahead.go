package tlspeer

import (
	"context"
	"fmt"
	"net"
	"slices"

	"github.com/sipconform/sipconform/mocks/observation"
)

const (
	// maxAhead bounds what is read before an engine is chosen: the longest ClientHello in records of one byte.
	maxAhead = 1 << 20
	// maxCryptoTLSHello is the longest ClientHello that crypto/tls takes.
	maxCryptoTLSHello = 1 << 16
)

// replaying is a connection for an engine, which gets again what was read of it already.
type replaying struct {
	*tapped
	pending []byte
	err     error // that ended the reading ahead
}

func (c *replaying) Read(p []byte) (int, error) {
	if len(c.pending) > 0 {
		n := copy(p, c.pending)
		c.pending = c.pending[n:]
		return n, nil
	}
	if c.err != nil {
		return 0, c.err
	}
	return c.tapped.Read(p)
}

// ahead reads the ClientHello, which decides on the engine. It returns the connection for the engine.
func (t *tapped) ahead(ctx context.Context) net.Conn {
	stop := context.AfterFunc(ctx, func() { t.Conn.Close() })
	defer stop()
	c := &replaying{tapped: t}
	p := make([]byte, 4<<10)
	for c.err == nil && !t.in.decided() && len(c.pending) < maxAhead {
		var n int
		n, c.err = t.Read(p)
		c.pending = append(c.pending, p[:n]...)
	}
	return c
}

// decided reports whether the first handshake message has passed, or cannot come any more.
func (w *walker) decided() bool {
	return w.lost || w.alerts > 0 || w.messages.done || w.messages.count > 0
}

// strangeToGo says why crypto/tls does not take a ClientHello that is in order, or that other servers take all the
// same. It is empty if crypto/tls takes it.
func strangeToGo(message []byte, hello *observation.HelloInfo) string {
	switch {
	case len(message) > maxCryptoTLSHello:
		return fmt.Sprintf("crypto/tls takes at most %d bytes, and it has %d", maxCryptoTLSHello, len(message))
	case slices.Contains(hello.Oddities, observation.ServerNameDot):
		return "crypto/tls takes no server_name that ends in a dot"
	case slices.Contains(hello.Oddities, observation.ServerNameEmpty):
		return "crypto/tls takes no empty server_name"
	}
	return ""
}

// forHello returns the engine for the client whose ClientHello has passed. If crypto/tls does not take that, or it is
// malformed, libssl serves, if it is here and can obey the rules: the two have different alerts for what is malformed.
func (t *tapped) forHello(chosen engine, rules *Rules) engine {
	if t.strange == "" && !t.malformed {
		return chosen
	}
	if second, err := libsslEngine(); err == nil && len(second.lacks(rules)) == 0 {
		return second
	}
	return chosen
}
