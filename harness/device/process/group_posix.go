//go:build linux || darwin

package process

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// reap waits until the program ends, and kills what is left of its process group. The group is killed before the program is
// reaped, because afterwards another group may have its number.
func (p *program) reap(cmd *exec.Cmd) {
	awaitExit(p.pid)
	p.mu.Lock()
	p.gone = true
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	p.mu.Unlock()
	_ = cmd.Wait() // the status has the outcome
}

// signal sends a signal to the process group of the program, if the program still runs.
func (p *program) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		_ = syscall.Kill(-p.pid, s)
	}
}

// knownSignal tells whether there is a signal of that name.
func knownSignal(name string) bool { return signalNumber(name) != 0 }

// signalNumber returns the number of a signal, named without SIG, or 0 if there is none.
func signalNumber(name string) syscall.Signal { return unix.SignalNum("SIG" + name) }
