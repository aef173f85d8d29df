package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/sipconform/sipconform/harness/capacity"
)

// passedOn are the signals that a watching process passes on.
var passedOn = [...]os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// watch runs certify in a process of its own and returns its exit status. However that one
// ends, by a fatal error of Go, in a library or for want of memory, a crash has the status
// of one. When the watching process is killed, so is the other. It returns false in the
// other process, and for other commands.
func watch(args []string) (status int, watching bool) {
	if len(args) < 2 || args[1] != "certify" || os.Getenv(watchVariable) != "" {
		return 0, false
	}
	room := capacity.Available()
	if err := capacity.Enough(room); err != nil {
		complain("certify", err)
		return exitHarness, true
	}
	both := capacity.Program()
	both.Threads += ownThreads
	if _, _, err := capacity.Jobs(1, room, both); err != nil {
		return 0, false // there is no room for two processes
	}
	crash, err := unnamed()
	if err != nil {
		return 0, false // a run that nobody watches is better than none
	}
	defer crash.Close()
	runtime.LockOSThread() // the kernel sends Pdeathsig when the thread ends
	defer runtime.UnlockOSThread()
	signals := make(chan os.Signal, 16)
	for _, s := range passedOn {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	process, err := os.StartProcess("/proc/self/exe", args, &os.ProcAttr{
		Env:   append(os.Environ(), fmt.Sprintf("%s=%d %d", watchVariable, crashFile, os.Getpid())),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr, crash},
		// In a group of its own, it does not get the terminal's signals a second time.
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return 0, false
	}
	ended := make(chan *os.ProcessState, 1)
	go func() {
		state, _ := process.Wait() // it is nobody else's child
		ended <- state
	}()
	for {
		select {
		case s := <-signals:
			process.Signal(s) // fails if it has ended; its status comes next
		case state := <-ended:
			return after(state, crash), true
		}
	}
}

// ownThreads is how many threads a watching process has, by measurement.
const ownThreads = 10

// crashFile is the number that the file for a crash has in the process that is watched.
const crashFile = 3

// unnamed returns a file that is gone when nobody has it open.
func unnamed() (*os.File, error) {
	f, err := os.CreateTemp("", "sipconform-crash-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// after returns the exit status that says how a run ended, and explains a crash.
func after(state *os.ProcessState, crash *os.File) int {
	said, err := crash.Stat()
	if state == nil || err != nil {
		return exitHarness
	}
	status := state.Sys().(syscall.WaitStatus)
	code := status.ExitStatus()
	if status.Signaled() {
		code = 128 + int(status.Signal()) // as that of a run in namespaces, and as a shell has it
	}
	second := slices.ContainsFunc(passedOn[:], func(s os.Signal) bool { return code == 128+int(s.(syscall.Signal)) })
	if said.Size() == 0 && (code <= exitHarness || second) {
		return code
	}
	fmt.Fprintf(os.Stderr, "sipconform certify: the harness crashed (%s). What had run by then is in the journal of the output folder: "+
		"sipconform conclude makes its report, certify -resume goes on. Please report the crash with what is printed above.\n",
		strings.TrimSpace(state.String()))
	return exitHarness
}
