package nameserver

import (
	"net"
	"time"

	"github.com/miekg/dns"
)

// maxMessage bounds the messages whose bytes are kept in observations. Those of devices are far shorter, and the server's
// own over UDP.
const maxMessage = 4096

// kept returns a message, nil if it is too long to be kept.
func kept(message []byte) []byte {
	if len(message) > maxMessage {
		return nil
	}
	return message
}

// client is the address of a client, with the message that it has sent. The library hands on addresses, and no messages.
type client struct {
	net.Addr
	message []byte
}

// messageOf returns the message that a client has sent, nil if it is not known.
func messageOf(from net.Addr) []byte {
	if c, ok := from.(*client); ok {
		return c.message
	}
	return nil
}

// bare returns an address as package net has it.
func bare(of net.Addr) net.Addr {
	if c, ok := of.(*client); ok {
		return c.Addr
	}
	return of
}

// messages is a reader that leaves each message with its connection, which has one at a time.
type messages struct{ dns.Reader }

// ReadTCP reads the next message of a connection.
func (r messages) ReadTCP(conn net.Conn, timeout time.Duration) ([]byte, error) {
	message, err := r.Reader.ReadTCP(conn, timeout)
	if c, ok := conn.(*connection); ok {
		c.message = message
	}
	return message, err
}
