package process

import (
	"os/exec"
	"syscall"
	"unsafe"
)

// limitsMemory tells whether ulimit -v works.
const limitsMemory = false

// ownGroup makes the program lead a process group.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// awaitExit returns when the child has ended, and leaves its status to be
// taken: waitid(2), as package os does it.
func awaitExit(pid int) {
	const idPID, exited, noWait = 1, 0x4, 0x20
	var info [16]uint64 // siginfo_t is 104 bytes
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, idPID, uintptr(pid), uintptr(unsafe.Pointer(&info)), exited|noWait, 0, 0)
		if errno != syscall.EINTR {
			return
		}
	}
}
