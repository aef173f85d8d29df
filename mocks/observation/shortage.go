package observation

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"syscall"
)

// The faults of a machine that has too little of something, and of one that cannot do what a mock asks of it. Where a
// mock could not do its part, nothing that the device did afterwards, or did not do, can be held against it.
const (
	// OutOfDescriptors: the process, or the system, can open no further file or socket (ulimit -n).
	OutOfDescriptors FaultCause = "out-of-descriptors"
	// OutOfMemory: the system has no memory, or no room in a buffer of its own.
	OutOfMemory FaultCause = "out-of-memory"
	// OutOfThreads: no further process or thread can be started (ulimit -u, or pids.max of the control group).
	OutOfThreads FaultCause = "out-of-threads"
	// OutOfPorts: a port is taken by another program, or an address has none that is free.
	OutOfPorts FaultCause = "out-of-ports"
	// DiskFull: a file system, or the user's share of it, is full.
	DiskFull FaultCause = "disk-full"
	// NamesUnanswered: the name server that the harness itself asks does not answer, or cannot.
	NamesUnanswered FaultCause = "names-unanswered"
	// NotEmulated: no TLS engine of this machine can do what a mock has to do.
	NotEmulated FaultCause = "not-emulated"
	// HarnessFailed: something else went wrong on the harness's side.
	HarnessFailed FaultCause = "harness-error"
)

// shortages are the errors of a system that is short of something, by what that is.
var shortages = []struct {
	cause  FaultCause
	errors []syscall.Errno
}{
	{OutOfDescriptors, []syscall.Errno{syscall.EMFILE, syscall.ENFILE}},
	{OutOfMemory, []syscall.Errno{syscall.ENOMEM, syscall.ENOBUFS}},
	{OutOfPorts, []syscall.Errno{syscall.EADDRINUSE, syscall.EADDRNOTAVAIL}},
	{DiskFull, []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}},
}

// Shortage returns what an error says that the machine is short of, which includes a name server that answers; of
// errors that are joined, the first that says so. It is empty for any other error, such as one that a peer or a wrong
// path can cause.
func Shortage(err error) FaultCause {
	for at := err; at != nil; {
		switch e := at.(type) {
		case syscall.Errno:
			return shortageOf(e, err)
		case *net.DNSError:
			if e.IsTimeout || e.IsTemporary { // and not that there is no such name
				return NamesUnanswered
			}
			at = errors.Unwrap(at)
		case interface{ Unwrap() []error }:
			for _, joined := range e.Unwrap() {
				if cause := Shortage(joined); cause != "" {
					return cause
				}
			}
			return ""
		default:
			at = errors.Unwrap(at)
		}
	}
	return ""
}

// shortageOf returns what a number in an error says.
func shortageOf(number syscall.Errno, err error) FaultCause {
	for _, s := range shortages {
		if slices.Contains(s.errors, number) {
			return s.cause
		}
	}
	if number == syscall.EAGAIN && forking(err) {
		return OutOfThreads
	}
	return ""
}

// forking reports whether an error is of starting a program, where EAGAIN means that there are too many (fork(2)).
// Elsewhere it means that nothing can be read or written yet.
func forking(err error) bool {
	var path *fs.PathError
	var call *os.SyscallError
	return errors.As(err, &path) && path.Op == "fork/exec" || errors.As(err, &call) && slices.Contains([]string{"fork", "clone"}, call.Syscall)
}

// Failed appends a [Fault] for an error that kept the harness from doing its part: what the machine is short of, or
// [HarnessFailed].
func (l *Log) Failed(conn, doing string, err error) {
	cause := Shortage(err)
	if cause == "" {
		cause = HarnessFailed
	}
	l.Append(Event{Kind: Fault, Conn: conn, Fault: cause, Text: fmt.Sprintf("the harness failed %s: %v", doing, err)})
}

// Failing returns [Log.Failed] for whoever has only an error to tell.
func (l *Log) Failing(conn, doing string) func(error) {
	return func(err error) { l.Failed(conn, doing, err) }
}

// Short is [Log.Failed] for an error that can be the peer's doing too: it appends a [Fault] only if the machine is short
// of something, and reports whether it is.
func (l *Log) Short(conn, doing string, err error) bool {
	short := Shortage(err) != ""
	if short {
		l.Failed(conn, doing, err)
	}
	return short
}
