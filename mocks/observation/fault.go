package observation

import (
	"fmt"
	"runtime/debug"
)

// FaultCause is what went wrong on the harness's side of the wire.
type FaultCause string

// The faults.
const (
	// MockPanicked: code of a mock panicked. Nothing that the device did
	// afterwards, or did not do, can be held against it.
	MockPanicked FaultCause = "mock-panicked"
	// EngineFailed: a TLS engine could not do its part, such as for want of memory.
	EngineFailed FaultCause = "tls-engine-failed"
	// SRTPDisagrees: the two implementations of SRTP do not agree on whether a packet
	// opens, or on what is in it.
	SRTPDisagrees FaultCause = "srtp-implementations-disagree"
	// MachineStoodStill: the machine ran no program for so long that the device
	// and the mock may have given up on each other.
	MachineStoodStill FaultCause = "machine-stood-still"
)

// Panicked appends a [Fault] for a recovered panic, with the stack that it left.
func (l *Log) Panicked(conn, doing string, value any) {
	l.Append(Event{Kind: Fault, Conn: conn, Fault: MockPanicked,
		Text: fmt.Sprintf("the mock panicked %s: %v\n%s", doing, value, debug.Stack())})
}

// Guard keeps a panic of a mock from ending the whole run: it recovers it and
// appends a [Fault]. A mock defers it, directly, first thing in each goroutine.
func (l *Log) Guard(conn, doing string) {
	if p := recover(); p != nil {
		l.Panicked(conn, doing, p)
	}
}
