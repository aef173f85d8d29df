package observation

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// CloseCause is the [TransportInfo.Cause] of a connection that ended with err:
// "eof" or "reset" by the peer, "local" by the mock, "timeout" by a deadline of
// its own, else "error".
func CloseCause(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, net.ErrClosed), errors.Is(err, context.Canceled):
		return "local"
	case errors.Is(err, io.EOF):
		return "eof"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	default:
		return "error"
	}
}
