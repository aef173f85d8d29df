package isolate

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// setupError is an error in creating or setting up the namespaces, with the stage at which it happened.
type setupError struct {
	Stage string
	Err   error
}

func (e *setupError) Error() string { return e.Stage + ": " + e.Err.Error() }
func (e *setupError) Unwrap() error { return e.Err }

// send writes err to the outer process, which reads it with [receive].
func send(report *os.File, err error) {
	var errno syscall.Errno
	var setup *setupError
	stage := "set up"
	if errors.As(err, &setup) {
		stage = setup.Stage
	}
	errors.As(err, &errno)
	fmt.Fprintf(report, "%d %s\n%v", int(errno), stage, err)
	report.Close()
}

// receive reads what init sends until it closes its end: nothing means success.
func receive(verdict *os.File) error {
	text, err := io.ReadAll(io.LimitReader(verdict, 4096))
	if err != nil {
		return &setupError{Stage: "report", Err: err}
	}
	if len(text) == 0 {
		return nil
	}
	head, message, _ := strings.Cut(string(text), "\n")
	number, stage, _ := strings.Cut(head, " ")
	if errno, err := strconv.Atoi(number); err == nil && errno != 0 {
		return &setupError{Stage: stage, Err: syscall.Errno(errno)}
	}
	return &setupError{Stage: stage, Err: errors.New(message)}
}

// setUp prepares the namespaces. It runs as process 1, which has every capability in them.
func setUp() error {
	for _, stage := range []struct {
		name string
		do   func() error
	}{
		{"make mounts private", func() error {
			return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}},
		{"cover name service files", coverFiles},
		{"mount /proc", func() error {
			return unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
		}},
		{"bring loopback up", loopbackUp},
		{"open low ports", openPorts},
	} {
		if err := stage.do(); err != nil {
			return &setupError{Stage: stage.name, Err: err}
		}
	}
	return nil
}

// workshop is where coverFiles briefly mounts the file system that it writes to. Every Linux has this folder, and setUp
// mounts a new /proc there next.
const workshop = "/proc"

// coverFiles mounts files of ours over the machine's, in this mount namespace alone. They are in memory, in a file system
// that is detached when coverFiles returns, so that nothing is left on disk however the run ends.
func coverFiles() (err error) {
	covers, err := nameServiceFiles()
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", workshop, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=0755,size=1m"); err != nil {
		return err
	}
	// The kernel mounts a new /proc only if the old one is visible.
	defer func() { err = errors.Join(err, unix.Unmount(workshop, unix.MNT_DETACH)) }()
	for _, c := range covers {
		source := filepath.Join(workshop, filepath.Base(c.target))
		if c.folder {
			err = os.Mkdir(source, 0o755)
		} else {
			err = os.WriteFile(source, []byte(c.content), 0o644)
		}
		if err != nil {
			return err
		}
		if err := unix.Mount(source, c.target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", c.target, err)
		}
	}
	return nil
}

// openPorts lets every user listen on every port, such as 443: devices have no privileges.
func openPorts() error {
	return os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0)
}

// loopbackUp brings up the only interface of the network namespace.
func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, request); err != nil {
		return err
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}
