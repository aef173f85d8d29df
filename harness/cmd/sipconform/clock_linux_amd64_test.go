package main_test

import (
	"bufio"
	"bytes"
	order "encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/sipconform/sipconform/harness/verdict"
)

// TestClockJumps sets the wall clock of a run forward by an hour, or back, while scenarios run: all that the run, and what it
// starts, learns of the time is that of a clock that was set. No device is blamed, and every scenario takes as long as
// it takes.
func TestClockJumps(t *testing.T) {
	long(t)
	t.Parallel()
	for name, by := range map[string]time.Duration{"forward": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			cmd, _ := command(t, "certify", "-as-of=2026-01-31", "-jobs=4", "-evidence=none", "-out="+out, "-filter=product:voice && area:srtp")
			began := time.Now()
			o := clocked(t, cmd, by)
			o.expect(t, 0, "CONFORMANT")
			run := read(t, out)
			if most := time.Since(began).Milliseconds(); run.DurationMS < 0 || run.DurationMS > most {
				t.Errorf("the run took %d ms, and it took %d", run.DurationMS, most)
			}
			for _, r := range run.Results {
				if r.Verdict == verdict.Fail || r.Verdict == verdict.Inconclusive || r.Verdict == verdict.Error {
					t.Errorf("%s is %s (%s): %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
				}
				if r.DurationMS < 0 || r.DurationMS > run.DurationMS {
					t.Errorf("%s took %d ms, and the run %d", r.Scenario, r.DurationMS, run.DurationMS)
				}
			}
		})
	}
}

// clocked runs a command to its end. After its first line, its clock is another.
//
// Libfaketime cannot do that to a program that does not ask libc for the time, nor a time namespace to the wall clock. So
// the command is traced: at each start of a program the vDSO, in which it would read the clock by itself, is
// taken from it, and when it asks the kernel for the wall clock, it gets what the test says. The process that
// traces is one of its own, since it waits for children of any kind.
func clocked(t *testing.T, cmd *exec.Cmd, by time.Duration) outcome {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	cmd.Env = append(cmd.Env, clockVariable+"="+by.String(), commandVariable+"="+cmd.Path)
	cmd.Path = os.Args[0]
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if printed.Len() == 0 {
			cmd.Process.Signal(syscall.SIGUSR1)
		}
		fmt.Fprintln(&printed, lines.Text())
	}
	o := outcome{status: exitStatus(t, cmd.Wait()), out: printed.String(), errors: errs.String()}
	if o.status == cannotTrace {
		t.Skip(o)
	}
	return o
}

const (
	// clockVariable has the process of a test trace the command, and SIGUSR1 move the command's clock by so much.
	clockVariable = "SIPCONFORM_CLOCK"
	// commandVariable is the path of the command. Alone, it has the process of a test become the command, with every look
	// at the wall clock left to who traces it.
	commandVariable = "SIPCONFORM_CLOCKED"
	// cannotTrace is the status of a process that may not trace.
	cannotTrace = 98
)

// init does what the variables say; without them it does nothing.
func init() {
	path, ok := os.LookupEnv(commandVariable)
	if !ok {
		return
	}
	by, err := time.ParseDuration(os.Getenv(clockVariable))
	os.Unsetenv(clockVariable)
	if err != nil {
		becomeClocked(path)
	}
	runtime.LockOSThread() // one thread traces
	clock := new(wallClock)
	moves := make(chan os.Signal, 1)
	signal.Notify(moves, syscall.SIGUSR1)
	go func() {
		<-moves
		clock.ahead.Store(int64(by))
	}()
	status, err := trace(clock)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		status = cannotTrace
	case err == nil && clock.seen.Load() == 0:
		err = errors.New("nobody has looked at the clock since it was set")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(max(status, 1))
	}
	os.Exit(status)
}

// wallClock is what a traced command takes for the clock on the wall.
type wallClock struct {
	ahead atomic.Int64 // of the machine's, a [time.Duration]
	seen  atomic.Int64 // how often it was looked at since it is not the machine's
}

// now is what it shows.
func (c *wallClock) now() time.Time {
	ahead := time.Duration(c.ahead.Load())
	if ahead != 0 {
		c.seen.Add(1)
	}
	return time.Now().Add(ahead)
}

// becomeClocked becomes the command.
func becomeClocked(path string) {
	os.Unsetenv(commandVariable)
	runtime.LockOSThread() // the filter is of the thread that becomes the command
	const nr, arch, first = 0, 4, 16
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	unless := func(value uint32, skip uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jf: skip}
	}
	filter := []unix.SockFilter{
		load(arch), unless(unix.AUDIT_ARCH_X86_64, 5), load(nr), unless(unix.SYS_CLOCK_GETTIME, 3), load(first), unless(unix.CLOCK_REALTIME, 1),
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_TRACE},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, "no new privileges:", err)
		os.Exit(1)
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, "seccomp:", err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, syscall.Exec(path, os.Args, os.Environ()))
	os.Exit(1)
}

// trace runs the command, in the process of which this one starts again, and all that it starts, and answers what they
// ask of the wall clock. The caller has locked its thread.
func trace(clock *wallClock) (status int, err error) {
	process, err := os.StartProcess("/proc/self/exe", os.Args, &os.ProcAttr{
		Env: os.Environ(), Files: []*os.File{nil, os.Stdout, os.Stderr}, Sys: &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	defer process.Release()
	known := map[int]bool{}
	for {
		var state unix.WaitStatus
		pid, err := unix.Wait4(-1, &state, unix.WALL, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ECHILD):
			return status, nil
		case err != nil:
			return 0, err
		case state.Exited() && pid == process.Pid:
			status = state.ExitStatus()
			continue
		case !state.Stopped():
			continue
		}
		if err := goOn(pid, state, known, clock); err != nil && !errors.Is(err, unix.ESRCH) { // it may have been killed
			return 0, fmt.Errorf("process %d, %#x: %w", pid, uint32(state), err)
		}
	}
}

// goOn lets a thread go on that has stopped, after what it has stopped for.
func goOn(pid int, state unix.WaitStatus, known map[int]bool, clock *wallClock) error {
	deliver := state.StopSignal()
	first := !known[pid]
	known[pid] = true
	switch event := int(state) >> 16; {
	case len(known) == 1 && first: // the process of the test has just begun
		const options = unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK |
			unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
		if err := unix.PtraceSetOptions(pid, options); err != nil {
			return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
		}
		deliver = 0
	case event == unix.PTRACE_EVENT_SECCOMP:
		deliver = 0
		if err := answer(pid, clock.now()); err != nil {
			return err
		}
	case event == unix.PTRACE_EVENT_EXEC:
		deliver = 0
		if err := takeVDSO(pid); err != nil {
			return err
		}
	case event != 0, first && deliver == unix.SIGSTOP: // it has started a thread or a process, or is one
		deliver = 0
	}
	return unix.PtraceCont(pid, int(deliver))
}

// answer answers a question for the wall clock in the place of the kernel.
func answer(pid int, now time.Time) error {
	var registers unix.PtraceRegs
	if err := unix.PtraceGetRegs(pid, &registers); err != nil {
		return err
	}
	var spec [16]byte
	order.NativeEndian.PutUint64(spec[:], uint64(now.Unix()))
	order.NativeEndian.PutUint64(spec[8:], uint64(now.Nanosecond()))
	if _, err := unix.PtracePokeData(pid, uintptr(registers.Rsi), spec[:]); err != nil {
		return err
	}
	registers.Orig_rax, registers.Rax = ^uint64(0), 0 // no call is made, and it has succeeded
	return unix.PtraceSetRegs(pid, &registers)
}

// takeVDSO keeps a program that begins from finding the vDSO, of which the kernel tells above its environment on the stack.
func takeVDSO(pid int) error {
	const vdso, ignored, word = 33, 1, 8 // AT_SYSINFO_EHDR, AT_IGNORE
	var registers unix.PtraceRegs
	if err := unix.PtraceGetRegs(pid, &registers); err != nil {
		return err
	}
	at := uintptr(registers.Rsp)
	next := func() (uint64, error) {
		var p [word]byte
		_, err := unix.PtracePeekData(pid, at, p[:])
		at += word
		return order.NativeEndian.Uint64(p[:]), err
	}
	for ends := 0; ends < 2; { // of arguments and environment
		switch value, err := next(); {
		case err != nil:
			return err
		case value == 0:
			ends++
		}
	}
	for {
		kind, err := next()
		if err != nil || kind == 0 {
			return err
		}
		if kind == vdso {
			var p [word]byte
			order.NativeEndian.PutUint64(p[:], ignored)
			_, err := unix.PtracePokeData(pid, at-word, p[:])
			return err
		}
		at += word
	}
}
