//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepFromTerminal lets the program run on in the background of a terminal: reading from it is an error then, where it
// would stop the program.
func keepFromTerminal() { signal.Ignore(syscall.SIGTTIN) }

// takeTerminal makes the process the one that reads from the terminal, if that is now the one which watches it: the two are
// in groups of their own.
func takeTerminal() {
	keepFromTerminal()
	stdin := int(os.Stdin.Fd())
	reader, err := unix.IoctlGetInt(stdin, unix.TIOCGPGRP)
	parent, ofParent := unix.Getpgid(os.Getppid())
	if err != nil || ofParent != nil || reader != parent || parent == unix.Getpgrp() {
		return // no terminal, another's, or ours
	}
	signal.Ignore(syscall.SIGTTOU) // for taking it from the background
	_ = unix.IoctlSetPointerInt(stdin, unix.TIOCSPGRP, unix.Getpgrp())
}
