package isolate

import (
	"encoding/json"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// A process that holds a cell begins here and not in Enter, before the program that it is a copy of has prepared anything:
// each session of a run starts one.
func init() {
	if os.Getenv(roleVariable) == roleCell {
		holdCell(os.NewFile(3, "cell"), os.NewFile(4, "cell report"))
	}
}

// holdCell is process 1 of a cell. It does not return. The cell is there as long as this process: until config is closed.
func holdCell(config, report *os.File) {
	syscall.CloseOnExec(int(config.Fd()))
	syscall.CloseOnExec(int(report.Fd()))
	err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // nobody but the harness looks into this process
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE,
		syscall.SIGCHLD) // the kernel reaps orphans
	var v view
	if err == nil {
		err = json.NewDecoder(config).Decode(&v)
	}
	if err == nil {
		err = v.set()
	}
	if err != nil {
		send(report, err)
		os.Exit(exitFailure)
	}
	_ = report.Close()
	_, _ = io.Copy(io.Discard, config)
	os.Exit(0)
}
