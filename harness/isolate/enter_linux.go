package isolate

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// roleVariable tells a process that this package started what it is: roleInner for the isolated program, or for init
// the number of the file on which it reports how setting up went. The outer process does not have the variable. Enter
// removes it from the environment.
const roleVariable = "SIPCONFORM_ISOLATE"

const roleInner = "inner"

// self is the running program, even if its file has been replaced or deleted.
const self = "/proc/self/exe"

// Enter isolates the program. It returns nil in the isolated process, and an [*ErrUnavailable] where the machine does
// not allow isolation.
//
// In the outer process Enter does not return: the process exits with the status of the isolated one, or with 128 plus
// the number of the signal that ended it. It passes SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 on, once each.
// When it is killed, everything inside is killed.
//
// Call Enter before the program reads, opens or starts anything: all of main runs again.
func Enter() error {
	role := os.Getenv(roleVariable)
	if err := os.Unsetenv(roleVariable); err != nil {
		return fmt.Errorf("isolate: %w", err)
	}
	switch role {
	case "":
		return runOuter()
	case roleInner:
		return nil
	}
	report, err := strconv.Atoi(role)
	if err != nil {
		return fmt.Errorf("isolate: the environment variable %s has a value that this package did not set: unset it", roleVariable)
	}
	runInit(report)
	return nil
}

// spaces are the namespaces that isolation needs, besides a user namespace.
const spaces = syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID

// attempt is one way to create the namespaces.
type attempt struct {
	userNamespace bool
}

// attempts returns the ways worth trying, best first. Root tries without a user namespace first, because in one it could
// not open other users' files. In a container, a user namespace may be all that root is allowed.
func attempts(euid int) []attempt {
	if euid == 0 {
		return []attempt{{userNamespace: false}, {userNamespace: true}}
	}
	return []attempt{{userNamespace: true}}
}

// runOuter is the outer process. It returns only when every attempt failed.
func runOuter() error {
	// The kernel sends Pdeathsig when the thread that started the child ends, so this goroutine keeps its thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	signals := subscribe()
	defer signals.stop()
	var failures []error
	for _, a := range attempts(os.Geteuid()) {
		child, err := startInit(a)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		os.Exit(child.wait(signals))
	}
	failure := errors.Join(failures...)
	return &ErrUnavailable{Reason: explain(os.DirFS("/"), failure), Err: failures[len(failures)-1]}
}

// initProcess is the running init, as the outer process sees it.
type initProcess struct {
	process *os.Process
}

// startInit starts init and returns when the namespaces are ready.
func startInit(a attempt) (*initProcess, error) {
	verdict, report, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer verdict.Close()
	defer report.Close()
	// Init inherits the report, and the files that this process inherited, all under their own numbers: the program's
	// arguments may name them.
	if _, err := unix.FcntlInt(report.Fd(), unix.F_SETFD, 0); err != nil {
		return nil, err
	}
	attributes := &syscall.SysProcAttr{
		Cloneflags: spaces,
		Pdeathsig:  syscall.SIGKILL,
		// In a group of its own, init does not get the terminal's signals, so that each is passed on once.
		Setpgid: true,
	}
	if a.userNamespace {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	process, err := os.StartProcess(self, os.Args, &os.ProcAttr{
		Env:   append(os.Environ(), fmt.Sprintf("%s=%d", roleVariable, report.Fd())),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys:   attributes,
	})
	_ = report.Close() // otherwise receive would never see the end
	if err != nil {
		if path := new(os.PathError); errors.As(err, &path) {
			err = path.Err // the path is only that of this program
		}
		if errors.Is(err, syscall.EAGAIN) { // which elsewhere does not mean that there are too many processes
			err = os.NewSyscallError("fork", err)
		}
		return nil, &setupError{Stage: "clone", Err: err}
	}
	if err := receive(verdict); err != nil {
		_ = process.Kill()
		_, _ = process.Wait()
		return nil, err
	}
	return &initProcess{process}, nil
}

// wait passes signals on until init ends, and returns its exit status.
func (p *initProcess) wait(signals *subscription) int {
	ended := make(chan int, 1)
	go func() {
		state, err := p.process.Wait()
		if err != nil {
			ended <- exitFailure
			return
		}
		ended <- exitStatus(state.Sys().(syscall.WaitStatus))
	}()
	for {
		select {
		case s := <-signals.received:
			_ = p.process.Signal(s) // fails if init has ended; its status comes next
		case status := <-ended:
			return status
		}
	}
}

// exitFailure is the exit status of init when isolation fails.
const exitFailure = 125

// exitStatus returns the status that a shell would report.
func exitStatus(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
