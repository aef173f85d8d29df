//go:build !linux && !darwin

package process

import (
	"os"
	"os/exec"
	"syscall"
)

// limitsMemory tells whether ulimit -v works on this system.
const limitsMemory = false

// ownGroup does nothing: on this system, what a program starts is not ended with it.
func ownGroup(*exec.Cmd) {}

// reap waits until the program ends.
func (p *program) reap(cmd *exec.Cmd) {
	_ = cmd.Wait() // the status has the outcome
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
}

// signal kills the program, whatever the signal: this system may not have signals.
func (p *program) signal(syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if running, err := os.FindProcess(p.pid); err == nil && !p.gone {
		_ = running.Kill()
	}
}

// knownSignal returns false: descriptors cannot send signals on this system.
func knownSignal(string) bool { return false }

// signalNumber is never called, because no signal is known.
func signalNumber(string) syscall.Signal { return 0 }
