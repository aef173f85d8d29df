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

	"github.com/sipconform/sipconform/harness/isolate"
)

// program is a running process and its process group. One goroutine owns it from start to end.
type program struct {
	name   string
	role   role
	stderr *outputWriter
	stdout *outputWriter // the same as stderr, unless standard output is the control channel
	stdin  *os.File      // nil unless KeepInput or the control channel needs it
	pid    int
	done   chan struct{} // closed when the program has ended and status is set
	status exitStatus

	mu   sync.Mutex
	gone bool // it has ended, so that another process may have its number
}

// role is the role of a program in its device. It decides what the end of the program means.
type role int

const (
	roleProcess     role = iota // runs until the session is closed
	rolePreparation             // ends with status 0 before the device is ready
	roleCommand                 // ends when it has done its work
)

// exitStatus is how a program ended.
type exitStatus struct {
	code   int    // -1 when a signal ended it
	signal string // such as "killed"
}

func (s exitStatus) String() string {
	if s.signal != "" {
		return "was ended by a signal (" + s.signal + ")"
	}
	return "exited with status " + strconv.Itoa(s.code)
}

// programSpec says how to start a program.
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
	// channel receives standard output too, unless it is nil.
	channel io.Writer
	cell    *isolate.Cell // in which it runs, nil for that of the harness
	// ended is called once, in the goroutine that owns the program, before done is closed.
	ended func(*program)
}

// startProgram starts a program.
func startProgram(spec programSpec) (*program, error) {
	path, err := find(spec.command[0], spec.dir)
	if err != nil {
		return nil, err
	}
	cmd := limited(path, spec.command[1:], spec.memory)
	cmd.Dir, cmd.Env = spec.dir, spec.environment
	cmd.Stdout, cmd.Stderr = spec.stdout, spec.stderr
	if spec.channel != nil {
		cmd.Stdout = io.MultiWriter(spec.stdout, spec.channel)
	}
	// A descendant that has left the process group may hold the output open. It must not delay the end of this program by
	// more than a busy machine needs to read what was printed.
	cmd.WaitDelay = time.Second
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
	go p.own(cmd, spec.cell, started, spec.ended)
	if err := <-started; err != nil {
		p.closeInput()
		return nil, fmt.Errorf("cannot start %s: %w", spec.command[0], err)
	}
	return p, nil
}

// own starts the program and waits until it ends. Linux kills the child when the thread that started it ends (Pdeathsig), so
// one thread does both. It ends with this goroutine, because it may have entered a cell.
func (p *program) own(cmd *exec.Cmd, cell *isolate.Cell, started chan<- error, ended func(*program)) {
	runtime.LockOSThread()
	err := cell.Enter(cmd)
	if err == nil {
		err = cmd.Start()
	}
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

// end sends SIGTERM and, if the program still runs after grace, SIGKILL. It returns when the program has ended.
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
	<-p.done // nothing survives SIGKILL
}

func statusOf(state *os.ProcessState) exitStatus {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitStatus{code: -1, signal: status.Signal().String()}
	}
	return exitStatus{code: state.ExitCode()}
}

// find returns the path of the program that a command names. A relative path is relative to the session's folder.
func find(name, dir string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	return exec.LookPath(name)
}

// limited returns a command that limits the address space with the shell's ulimit, where the system supports that. The limit
// also holds for what the program starts.
func limited(path string, arguments []string, memory Size) *exec.Cmd {
	if memory == 0 || !limitsMemory {
		return exec.Command(path, arguments...)
	}
	kibibytes := strconv.FormatInt(int64(memory)>>10, 10)
	shell := []string{"-c", `ulimit -v "$1" && shift && exec "$@"`, "sh", kibibytes, path}
	return exec.Command("/bin/sh", append(shell, arguments...)...)
}

// failure returns the end of the program as an error.
func (p *program) failure(device string) *ExitError {
	tail := p.stderr.tail()
	if len(tail) == 0 {
		tail = p.stdout.tail()
	}
	return &ExitError{Device: device, Process: p.name, Status: p.status.code, Signal: p.status.signal, Output: tail}
}
