package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// cannotMount is the status of a process that may not mount its small disk.
const cannotMount = 99

// onSmallDisk runs a command with -out at a folder where a small file system is mounted, in
// a mount namespace of its own. It is [errors.ErrUnsupported] that the machine gives none.
func onSmallDisk(cmd *exec.Cmd, folder, options string) (outcome, error) {
	var out, errs bytes.Buffer
	cmd.Env = append(cmd.Env, fullDisk+"="+folder+"\n"+options+"\n"+cmd.Path)
	cmd.Args = append(cmd.Args, "-out="+folder)
	cmd.Path, cmd.Stdout, cmd.Stderr = os.Args[0], &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}}
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		return outcome{}, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	case exit != nil && exit.ExitCode() == cannotMount:
		return outcome{}, fmt.Errorf("%w: %s", errors.ErrUnsupported, errs.String())
	}
	return outcome{status: cmd.ProcessState.ExitCode(), out: out.String(), errors: errs.String()}, nil
}

// becomeCommand mounts the small disk and becomes the command, in the process that
// onSmallDisk starts; in others it does nothing.
func becomeCommand() {
	what, ok := os.LookupEnv(fullDisk)
	if !ok {
		return
	}
	parts := strings.Split(what, "\n")
	folder, options, path := parts[0], parts[1], parts[2]
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, options); err != nil {
		fmt.Fprintln(os.Stderr, "mount:", err)
		os.Exit(cannotMount)
	}
	fmt.Fprintln(os.Stderr, syscall.Exec(path, os.Args, os.Environ()))
	os.Exit(1)
}
