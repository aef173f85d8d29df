//go:build unix

package remote

import (
	"os/exec"
	"syscall"
)

// ownGroup has a program lead a process group.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// endGroup kills what the program has left of its group. The program itself must not have been waited for, or its number
// may be another's.
func endGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
