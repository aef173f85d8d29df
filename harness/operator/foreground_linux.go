package operator

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Foreground gives the terminal that f is to this process, so that a person can type at it, and returns what gives it back.
// A run is in a group of its own, which a terminal stops when it reads from it. The terminal is taken from the process
// that started this one alone: a run that was put into the background by its shell stays there, and reading is then the
// end of input. It does nothing where f is no terminal, or is this process's already.
//
// From then on the terminal's key for stopping does nothing: the shell would not hear of it.
func Foreground(f *os.File) (giveBack func()) {
	signal.Ignore(syscall.SIGTTIN)
	raw, err := f.SyscallConn()
	if err != nil {
		return func() {}
	}
	before, own := 0, unix.Getpgrp()
	take := func(fd uintptr) {
		now, err := unix.IoctlGetInt(int(fd), unix.TIOCGPGRP)
		parents, gone := unix.Getpgid(unix.Getppid())
		if err != nil || gone != nil || now == own || now != parents {
			return
		}
		signal.Ignore(syscall.SIGTTOU, syscall.SIGTSTP) // which would stop who takes it from the background
		if unix.IoctlSetPointerInt(int(fd), unix.TIOCSPGRP, own) == nil {
			before = now
		}
	}
	if raw.Control(take) != nil || before == 0 {
		return func() {}
	}
	return func() {
		_ = raw.Control(func(fd uintptr) { _ = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPGRP, before) }) // the shell does so, too
	}
}
