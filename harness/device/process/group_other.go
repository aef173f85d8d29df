//go:build !linux && !darwin

package process

import (
	"os"
	"os/exec"
	"syscall"
)

// limitsMemory tells whether ulimit -v works.
const limitsMemory = false

// ownGroup changes nothing: what a device starts is not followed here.
func ownGroup(*exec.Cmd) {}

// reap waits for the end of the program.
func (p *program) reap(cmd *exec.Cmd) {
	_ = cmd.Wait() // the status says it all
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
}

// signal ends the program, whatever the signal: not every system has them.
func (p *program) signal(syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if running, err := os.FindProcess(p.pid); err == nil && !p.gone {
		_ = running.Kill()
	}
}

// knownSignal tells that descriptors cannot send signals here.
func knownSignal(string) bool { return false }

func signalNumber(string) syscall.Signal { return 0 }
