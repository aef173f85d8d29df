package main

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/sipconform/sipconform/harness/livepage"
)

// pageVariable tells a process that was started again, to be in namespaces, which file is the page's socket.
const pageVariable = "SIPCONFORM_PAGE"

// pageSocket is a socket that the processes inherit which enter namespaces: see isolate.Enter.
type pageSocket struct{ file *os.File }

func openSocket(address string) (*pageSocket, error) {
	if number := os.Getenv(pageVariable); number != "" {
		fd, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("the environment variable %s has a value that this program did not set: unset it", pageVariable)
		}
		return &pageSocket{os.NewFile(uintptr(fd), "page")}, nil
	}
	l, err := livepage.Listen(address)
	if err != nil {
		return nil, err
	}
	defer l.Close() // the file has the same socket
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		return nil, err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		if _, failed = unix.FcntlInt(fd, unix.F_SETFD, 0); failed == nil {
			failed = os.Setenv(pageVariable, strconv.Itoa(int(fd)))
		}
	})
	if err == nil {
		err = failed
	}
	return &pageSocket{file}, err
}

// listener returns the listener on the socket, which nobody inherits any more.
func (s *pageSocket) listener() (net.Listener, error) {
	l, err := net.FileListener(s.file)
	_ = s.file.Close()
	if err != nil {
		return nil, err
	}
	return l, os.Unsetenv(pageVariable)
}
