package observation_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestShortage: an error says what the machine is short of, however it is wrapped, and one that a peer, a wrong path or a
// time limit can cause says nothing.
func TestShortage(t *testing.T) {
	t.Parallel()
	call := func(name string, number syscall.Errno) error { return os.NewSyscallError(name, number) }
	network := func(op string, err error) error { return &net.OpError{Op: op, Net: "tcp", Err: err} }
	for name, c := range map[string]struct {
		err  error
		want observation.FaultCause
	}{
		"a socket beyond ulimit -n":          {network("dial", call("socket", syscall.EMFILE)), observation.OutOfDescriptors},
		"an accept beyond ulimit -n":         {network("accept", call("accept4", syscall.EMFILE)), observation.OutOfDescriptors},
		"the system's table of files":        {&fs.PathError{Op: "open", Err: syscall.ENFILE}, observation.OutOfDescriptors},
		"a pipe for a program":               {call("pipe2", syscall.EMFILE), observation.OutOfDescriptors},
		"a program beyond ulimit -u":         {&fs.PathError{Op: "fork/exec", Path: "/bin/x", Err: syscall.EAGAIN}, observation.OutOfThreads},
		"a program without memory":           {&fs.PathError{Op: "fork/exec", Err: syscall.ENOMEM}, observation.OutOfMemory},
		"a datagram without buffers":         {network("write", call("sendto", syscall.ENOBUFS)), observation.OutOfMemory},
		"a port that is taken":               {network("listen", call("bind", syscall.EADDRINUSE)), observation.OutOfPorts},
		"no port for a connection":           {network("dial", call("connect", syscall.EADDRNOTAVAIL)), observation.OutOfPorts},
		"a full disk":                        {&fs.PathError{Op: "write", Err: syscall.ENOSPC}, observation.DiskFull},
		"a full quota":                       {&fs.PathError{Op: "write", Err: syscall.EDQUOT}, observation.DiskFull},
		"a file beyond ulimit -f":            {&fs.PathError{Op: "write", Err: syscall.EFBIG}, observation.DiskFull},
		"wrapped":                            {fmt.Errorf("step: %w", fmt.Errorf("media: %w", syscall.EMFILE)), observation.OutOfDescriptors},
		"beside an error of the peer's":      {errors.Join(syscall.ECONNREFUSED, syscall.EMFILE), observation.OutOfDescriptors},
		"beside the error of the edge":       {fmt.Errorf("%w: %w", errors.New("unreachable"), errors.Join(nil, syscall.ENOMEM)), observation.OutOfMemory},
		"a name server that is silent":       {network("dial", &net.DNSError{Err: "i/o timeout", Name: "x", IsTimeout: true}), observation.NamesUnanswered},
		"a name server that fails":           {&net.DNSError{Err: "server misbehaving", Name: "x", IsTemporary: true}, observation.NamesUnanswered},
		"a name server beyond ulimit -n":     {&net.DNSError{UnwrapErr: call("socket", syscall.EMFILE), Name: "x"}, observation.OutOfDescriptors},
		"a name that is not there":           {&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}, ""},
		"nothing to read yet":                {network("read", call("read", syscall.EAGAIN)), ""},
		"nobody listens":                     {network("dial", call("connect", syscall.ECONNREFUSED)), ""},
		"a reset":                            {network("read", call("read", syscall.ECONNRESET)), ""},
		"a destination that is no address":   {network("write", call("sendto", syscall.EINVAL)), ""},
		"a destination without a route":      {network("write", call("sendto", syscall.ENETUNREACH)), ""},
		"a time limit":                       {os.ErrDeadlineExceeded, ""},
		"the end of a context":               {context.Canceled, ""},
		"no such file":                       {&fs.PathError{Op: "open", Err: syscall.ENOENT}, ""},
		"the end of a file":                  {io.EOF, ""},
		"errors that are joined, all others": {errors.Join(io.EOF, syscall.ECONNRESET), ""},
		"none":                               {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := observation.Shortage(c.err); got != c.want {
				t.Errorf("%v says %q, want %q", c.err, got, c.want)
			}
			log := observation.NewLog()
			if short := log.Short("tls-1", "doing its part", c.err); short != (c.want != "") || short != (len(log.Events()) == 1) {
				t.Errorf("short: %t, with %d events", short, len(log.Events()))
			}
			if c.err == nil {
				return
			}
			log.Failed("tls-1", "doing its part", c.err)
			events := log.Events()
			e := events[len(events)-1]
			if e.Fault != cmp.Or(c.want, observation.HarnessFailed) {
				t.Errorf("the fault is %s", e.Fault)
			}
			if e.Kind != observation.Fault || e.Conn != "tls-1" || !strings.Contains(e.Text, "doing its part: "+c.err.Error()) {
				t.Errorf("recorded as %+v", e)
			}
		})
	}
}
