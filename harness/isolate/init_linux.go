package isolate

import (
	"os"
	"syscall"
)

// runInit is process 1 of the namespaces. It does not return. It reports on reportFile how setting up went.
//
// The program runs as another process. Orphans become children of process 1 and are reaped here, so that they cannot
// interfere with the children that the program waits for with os/exec.
func runInit(reportFile int) {
	report := os.NewFile(uintptr(reportFile), "isolate report")
	// The outer process reads the report until it is closed, so the program must not inherit it.
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

// reap waits for children until the program ends, and returns the program's status. When this process exits, the kernel
// kills everything that is left in the namespaces.
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
