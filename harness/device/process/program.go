package process

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// program is one running operating system process and its process group. A
// goroutine owns it from start to end.
type program struct {
	name   string
	role   role
	stderr *outputWriter
	stdout *outputWriter // the same, unless stdout is control
	stdin  *os.File      // nil unless it was asked for
	pid    int
	done   chan struct{} // closed when it has ended, and after status is set
	status exitStatus

	mu   sync.Mutex
	gone bool // it has ended: its number may be another's
}

// role is what a program is to its device, and so what its end means.
type role int

const (
	roleProcess     role = iota // runs until the session is closed
	rolePreparation             // ends with status 0 before the device is ready
	roleCommand                 // ends when it has done what it was told
)

// exitStatus is how a program ended.
type exitStatus struct {
	code   int    // -1 when a signal ended it
	signal string // such as "killed"
}

func (s exitStatus) String() string {
	if s.signal != "" {
		return "was ended by the signal " + s.signal
	}
	return "exited with status " + strconv.Itoa(s.code)
}

// programSpec is what a program is started with.
type programSpec struct {
	name        string
	role        role
	command     []string
	dir         string
	environment []string
	memory      Size
	keepInput   bool
	stderr      *outputWriter
	stdout      *outputWriter // may be stderr
	// control takes standard output too, nil for nothing.
	control io.Writer
	// ended is called once, in the owner's goroutine, before done is closed.
	ended func(*program)
}

// startProgram returns when the program runs, or could not be started.
func startProgram(spec programSpec) (*program, error) {
	path, err := find(spec.command[0], spec.dir)
	if err != nil {
		return nil, err
	}
	cmd := limited(path, spec.command[1:], spec.memory)
	cmd.Dir, cmd.Env = spec.dir, spec.environment
	cmd.Stdout, cmd.Stderr = spec.stdout, spec.stderr
	if spec.control != nil {
		cmd.Stdout = io.MultiWriter(spec.stdout, spec.control)
	}
	// A descendant that left the process group and holds the output open must
	// not keep this program from ending.
	cmd.WaitDelay = 200 * time.Millisecond
	ownGroup(cmd)
	p := &program{
		name: spec.name, role: spec.role, stderr: spec.stderr, stdout: spec.stdout,
		done: make(chan struct{}),
	}
	if spec.keepInput {
		var input *os.File
		if input, p.stdin, err = os.Pipe(); err != nil {
			return nil, err
		}
		defer input.Close()
		cmd.Stdin = input
	}
	started := make(chan error, 1)
	go p.own(cmd, started, spec.ended)
	if err := <-started; err != nil {
		p.closeInput()
		return nil, fmt.Errorf("cannot start %s: %w", spec.command[0], err)
	}
	return p, nil
}

// own starts the program and waits for its end. Linux ends a child with the
// thread that started it, so one thread does both.
func (p *program) own(cmd *exec.Cmd, started chan<- error, ended func(*program)) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	if err == nil {
		p.pid = cmd.Process.Pid
	}
	started <- err
	if err != nil {
		return
	}
	p.reap(cmd)
	p.stdout.flush()
	p.stderr.flush()
	p.closeInput()
	p.status = statusOf(cmd.ProcessState)
	ended(p)
	close(p.done)
}

func (p *program) closeInput() {
	if p.stdin != nil {
		_ = p.stdin.Close()
	}
}

// end asks the program to end, and after grace ends it. It returns when nothing
// of it runs any more.
func (p *program) end(grace time.Duration) {
	p.signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return
	case <-timer.C:
	}
	p.signal(syscall.SIGKILL)
	<-p.done // which cannot be refused
}

func statusOf(state *os.ProcessState) exitStatus {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitStatus{code: -1, signal: status.Signal().String()}
	}
	return exitStatus{code: state.ExitCode()}
}

// find is the program that a command names: a path is relative to the
// session's folder.
func find(name, dir string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	return exec.LookPath(name)
}

// limited limits the address space, where the system can, with the shell's
// ulimit: set before the program begins, and kept by all that it starts.
func limited(path string, arguments []string, memory Size) *exec.Cmd {
	if memory == 0 || !limitsMemory {
		return exec.Command(path, arguments...)
	}
	kibibytes := strconv.FormatInt(int64(memory)>>10, 10)
	shell := []string{"-c", `ulimit -v "$1" && shift && exec "$@"`, "sh", kibibytes, path}
	return exec.Command("/bin/sh", append(shell, arguments...)...)
}

// failure is the program's end as an error.
func (p *program) failure(device string) *ExitError {
	tail := p.stderr.tail()
	if len(tail) == 0 {
		tail = p.stdout.tail()
	}
	return &ExitError{Device: device, Process: p.name, Status: p.status.code, Signal: p.status.signal, Output: tail}
}
