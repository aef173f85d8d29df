// Package isolate runs the harness, and every device that it starts, in Linux
// namespaces of their own: no network but loopback, names that only the mock
// name server knows, and a process tree that ends as a whole. Nothing that a
// device sends can leave the machine and nothing that it starts can outlive the
// run.
//
// A program calls [Enter] first thing in main, or in TestMain. The process that
// was started then becomes the outer one: it starts a small init in the new
// namespaces, passes signals to it, and exits with its status. Init prepares
// the namespaces, starts the program again with the same arguments, environment
// and files, and reaps what gets orphaned. In that third process Enter returns.
//
// It needs no privileges where the kernel lets users create user namespaces.
package isolate

import (
	"errors"
	"net/netip"
)

// ErrUnavailable is the reason why this machine cannot isolate. The process is
// unchanged after it, and may go on without.
type ErrUnavailable struct {
	// Reason is a sentence for a person, without its full stop.
	Reason string
	// Err is what the system said, nil when it was not asked.
	Err error
}

func (e *ErrUnavailable) Error() string {
	text := "isolation is not available: " + e.Reason
	if e.Err != nil {
		text += " (" + e.Err.Error() + ")"
	}
	return text
}

// Unwrap returns what the system said.
func (e *ErrUnavailable) Unwrap() error { return e.Err }

// Is makes every ErrUnavailable match errors.ErrUnsupported.
func (e *ErrUnavailable) Is(target error) bool { return target == errors.ErrUnsupported }

// Nameserver is where the isolated /etc/resolv.conf says that the name server
// is. Someone inside has to serve it.
func Nameserver() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 53}), 53)
}
