//go:build linux || darwin

package process

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// reap waits for the end of the program, and ends what it leaves behind in its
// group. Until its exit status is taken, no other group can get its number.
func (p *program) reap(cmd *exec.Cmd) {
	awaitExit(p.pid)
	p.mu.Lock()
	p.gone = true
	_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	p.mu.Unlock()
	_ = cmd.Wait() // the status says it all
}

// signal reaches the program and what it started, while it runs.
func (p *program) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		_ = syscall.Kill(-p.pid, s)
	}
}

func knownSignal(name string) bool { return signalNumber(name) != 0 }

// signalNumber is 0 for a name that is none. Names come without SIG.
func signalNumber(name string) syscall.Signal { return unix.SignalNum("SIG" + name) }
