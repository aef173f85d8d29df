package process

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitsMemory tells whether ulimit -v works on this system.
const limitsMemory = true

// ownGroup has the program lead a process group, and die with the harness.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitExit waits until the child has ended, without reaping it.
func awaitExit(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
}
