//go:build unix

package capacity

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Available returns what this process may take. The soft limit of descriptors is raised to the hard one first.
func Available() Room {
	room := Room{Descriptors: descriptors(), Threads: threads()}
	var memory unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_AS, &memory) == nil && memory.Cur < unix.RLIM_INFINITY>>1 {
		room.Memory = Amount{memory.Cur, fmt.Sprintf("ulimit -v is %d", memory.Cur>>10)}
	}
	return room
}

// descriptors counts what this process has open already, which may be more than it opened itself.
func descriptors() Amount {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return Amount{}
	}
	if raised := (unix.Rlimit{Cur: limit.Max, Max: limit.Max}); limit.Cur < limit.Max && unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
		limit = raised
	}
	inherited := 0
	if open, err := os.ReadDir("/dev/fd"); err == nil {
		inherited = max(0, len(open)-opened)
	}
	return Amount{limit.Cur - min(limit.Cur, uint64(inherited)), fmt.Sprintf("ulimit -n is %d", limit.Cur)}
}

// opened is what a process has open that inherited the standard three: these, its event loop, and the folder that is read.
const opened = 6
