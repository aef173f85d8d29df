package process

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitsMemory tells whether ulimit -v works.
const limitsMemory = true

// ownGroup makes the program lead a process group, and die with the harness.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitExit returns when the child has ended, and leaves its status to be
// taken.
func awaitExit(pid int) {
	for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
}
