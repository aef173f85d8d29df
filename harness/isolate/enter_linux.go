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

// roleVariable tells a process that this package started which part it plays:
// roleInner, or the number of the file on which init reports how setting up
// went. The process that was started by someone else has none. It is gone from
// the environment before the program goes on.
const roleVariable = "SIPCONFORM_ISOLATE"

const roleInner = "inner"

// self is the running program, whatever has happened to its file.
const self = "/proc/self/exe"

// Enter isolates the program. It returns nil in the isolated process, and an
// [*ErrUnavailable] where that cannot be had. In the process that was started
// it does not return: that one exits with the isolated one's status, or with
// 128 and the number of the signal that ended it. SIGINT, SIGTERM, SIGHUP,
// SIGQUIT, SIGUSR1 and SIGUSR2 are passed on, once each; when the outer process
// is killed, everything inside is.
//
// Call it before anything is read, opened or started: all of main runs again.
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
		return fmt.Errorf("isolate: the environment variable %s is set, which is this package's own", roleVariable)
	}
	runInit(report)
	return nil
}

// spaces are the namespaces that isolation takes beside the user's.
const spaces = syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID

// attempt is one way to get the namespaces.
type attempt struct {
	userNamespace bool
}

// attempts are the ways worth trying, best first. Real root does better without
// a user namespace, in which other users' files would be nobody's and closed to
// it; but in a container root may be allowed nothing else.
func attempts(euid int) []attempt {
	if euid == 0 {
		return []attempt{{userNamespace: false}, {userNamespace: true}}
	}
	return []attempt{{userNamespace: true}}
}

// runOuter returns only when no attempt succeeds.
func runOuter() error {
	// The kernel sends Pdeathsig when the thread that started the child ends,
	// so this goroutine must stay on one that lasts.
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

// initProcess is the running init, seen from outside.
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
	// Init inherits the report, and whatever files this process was given, under
	// their own numbers: the program may have been told them.
	if _, err := unix.FcntlInt(report.Fd(), unix.F_SETFD, 0); err != nil {
		return nil, err
	}
	attributes := &syscall.SysProcAttr{
		Cloneflags: spaces,
		Pdeathsig:  syscall.SIGKILL,
		// A group of its own: the terminal's signals come to this process alone
		// and are passed on once.
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
	_ = report.Close() // or receive would never see the end
	if err != nil {
		if path := new(os.PathError); errors.As(err, &path) {
			err = path.Err // the path is this program, which is no news
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

// wait passes signals on until init ends and returns its exit status.
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
			_ = p.process.Signal(s) // it may have ended: then its status is next
		case status := <-ended:
			return status
		}
	}
}

// exitFailure is the status of an init that could not do its work.
const exitFailure = 125

// exitStatus is what a shell would say of a process that ended so.
func exitStatus(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
