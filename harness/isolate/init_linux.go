package isolate

import (
	"os"
	"syscall"
)

// runInit is process 1 of the namespaces. It does not return. The real program
// is another, so that the children it waits for with os/exec are its own, and
// orphans, which become process 1's, are reaped here without getting in its way.
//
// reportFile is where it says how setting up went.
func runInit(reportFile int) {
	report := os.NewFile(uintptr(reportFile), "isolate report")
	// The program must not inherit it: the outer process reads until it is closed.
	syscall.CloseOnExec(reportFile)
	if err := setUp(); err != nil {
		send(report, err)
		os.Exit(exitFailure)
	}
	signals := subscribe()
	program, err := syscall.ForkExec(self, os.Args, &syscall.ProcAttr{
		Env:   append(os.Environ(), roleVariable+"="+roleInner),
		Files: []uintptr{0, 1, 2},
	})
	if err != nil {
		send(report, &setupError{Stage: "exec", Err: err})
		os.Exit(exitFailure)
	}
	report.Close()
	go func() {
		for s := range signals.received {
			_ = syscall.Kill(program, s.(syscall.Signal))
		}
	}()
	os.Exit(reap(program))
}

// reap waits for every child until the program ends, and returns its status.
// When this process ends the kernel kills all that is left inside.
func reap(program int) int {
	for {
		var status syscall.WaitStatus
		switch pid, err := syscall.Wait4(-1, &status, 0, nil); {
		case err == syscall.EINTR:
		case err != nil:
			return exitFailure
		case pid == program:
			return exitStatus(status)
		}
	}
}
