// Package capacity fits the number of scenarios that run at the same time to what the process may use, so that a run on a
// small machine takes longer instead of running short.
//
// The package serves this module and may change.
package capacity

import (
	"fmt"
	"math"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Need is what a run takes: the harness itself, or each scenario that runs.
type Need struct {
	Descriptors, Threads, Memory uint64 // Memory is address space, in bytes
}

// harness is what the harness takes beside its scenarios. It has 10 files open: the standard three, those of its event
// loop, the name server's sockets and the claim on addresses; a report has up to 8 more. The threads are those that Go
// starts on two cores, of which it had 8 to 10 with one scenario at a time. Its address space is mostly reserved by the Go
// runtime and by libssl, and never used: 1,830 MB with 8 threads, of which 60 MB are, and 72 MB for each thread more.
func harness() Need { return Need{Descriptors: 24, Threads: 20, Memory: (1_830 + 12*72) << 20} }

// InProcess is what a scenario takes with a device in the harness's process. The most that one of the 1,237 had open was
// 28 descriptors, the device's among them; 24 at a time had 231 in all. A thread is for a call into the system or into
// libssl that waits, and 22 MB is what 23 further scenarios added to the address space, each.
func InProcess() Need { return Need{Descriptors: 40, Threads: 1, Memory: 24 << 20} }

// Program is what a scenario takes with a device that is a program. The harness has pipes, a log and a control channel to
// it, and a thread that waits for its end; the program and what it starts have threads of their own, which count for the
// same user. Its memory is its own.
func Program() Need { return Need{Descriptors: 40, Threads: 8, Memory: 24 << 20} }

// Amount is how much of something the process may still take, and the limit that says so. The zero value is no limit.
type Amount struct {
	Left  uint64
	Limit string // "ulimit -n is 256"
}

// Room is how much the process may take.
type Room struct {
	Descriptors, Threads, Memory Amount
}

// Shortage is the error of a process that has no room for one scenario.
type Shortage struct {
	Cause observation.FaultCause
	Limit string // that is too low
	Need  string // "20 threads"
}

func (s *Shortage) Error() string {
	return fmt.Sprintf("%s: %s, and one scenario at a time takes %s; raise the limit", s.Cause, s.Limit, s.Need)
}

// Enough returns a [*Shortage] if there is no room for one scenario with the device that takes least. A program that is
// about to start asks first: short of memory or threads, the Go runtime ends it wherever it is.
func Enough(room Room) error {
	_, _, err := Jobs(1, room, InProcess())
	return err
}

// Jobs returns how many scenarios can run at the same time, at most want, and the limit that makes them fewer; that is
// empty if nothing does. Without room for one, a [*Shortage] says what is missing, except for descriptors: to have none
// left is an error that each scenario can tell, whereas a program without threads or memory ends on the spot.
func Jobs(want int, room Room, each Need) (jobs int, limit string, err error) {
	jobs = max(want, 1)
	own := harness()
	for _, r := range []struct {
		amount    Amount
		own, each uint64
		cause     observation.FaultCause
		need      string
	}{
		{room.Descriptors, own.Descriptors, each.Descriptors, "", ""},
		{room.Threads, own.Threads, each.Threads, observation.OutOfThreads, fmt.Sprint(own.Threads+each.Threads, " threads")},
		{room.Memory, own.Memory, each.Memory, observation.OutOfMemory, fmt.Sprintf("%d MB of address space", (own.Memory+each.Memory)>>20)},
	} {
		if r.amount.Limit == "" {
			continue
		}
		fit := uint64(0)
		if r.amount.Left > r.own {
			fit = (r.amount.Left - r.own) / r.each
		}
		if fit == 0 && r.cause != "" {
			return 0, "", &Shortage{r.cause, r.amount.Limit, r.need}
		}
		if fit = min(max(fit, 1), math.MaxInt32); int(fit) < jobs {
			jobs, limit = int(fit), r.amount.Limit
		}
	}
	return jobs, limit, nil
}
