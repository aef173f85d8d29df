//go:build !linux

package main

import (
	"net"

	"github.com/sipconform/sipconform/harness/livepage"
)

// pageSocket is a listener: where there are no namespaces, no process has to inherit it.
type pageSocket struct{ l net.Listener }

func openSocket(address string) (*pageSocket, error) {
	l, err := livepage.Listen(address)
	return &pageSocket{l}, err
}

func (s *pageSocket) listener() (net.Listener, error) { return s.l, nil }
