package process

import (
	"os/exec"
	"syscall"
	"unsafe"
)

// limitsMemory tells whether ulimit -v works on this system.
const limitsMemory = false

// ownGroup has the program lead a process group.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// awaitExit waits until the child has ended, without reaping it: waitid(2), as package os calls it.
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
