//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// keepFromTerminal lets the program run on in the background of a terminal: reading from it is an error then, where it
// would stop the program.
func keepFromTerminal() { signal.Ignore(syscall.SIGTTIN) }
