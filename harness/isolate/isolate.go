// Package isolate runs the harness, and every device that it starts, in Linux namespaces of their own: the only network
// is loopback, the only name server is the mock's, and the process tree ends as a whole. Nothing that a device sends
// leaves the machine, and nothing that it starts outlives the run.
//
// A program calls [Enter] first thing in main or in TestMain. Three processes take part. The outer one, which the user
// started, starts a small init in the new namespaces, passes signals to it, and exits with its status. Init prepares
// the namespaces, starts the program again with the same arguments, environment and files, and reaps orphans. In that
// third process Enter returns.
//
// No privileges are needed where the kernel lets users create user namespaces.
//
// The package serves this module and may change.
package isolate

import (
	"errors"
	"net/netip"
)

// ErrUnavailable says why the program cannot be isolated on this machine. The process is unchanged and may go on
// without isolation.
type ErrUnavailable struct {
	// Reason is a sentence for the user, without its full stop.
	Reason string
	// Err is the error of the operating system, or nil if it was not asked.
	Err error
}

func (e *ErrUnavailable) Error() string {
	text := "isolation is not available: " + e.Reason
	if e.Err != nil {
		text += " (" + e.Err.Error() + ")"
	}
	return text
}

// Unwrap returns e.Err.
func (e *ErrUnavailable) Unwrap() error { return e.Err }

// Is makes every ErrUnavailable match errors.ErrUnsupported.
func (e *ErrUnavailable) Is(target error) bool { return target == errors.ErrUnsupported }

// Nameserver is the name server in the isolated /etc/resolv.conf. The isolated program has to serve it.
func Nameserver() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 53}), 53)
}
