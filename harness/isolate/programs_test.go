//go:build linux

package isolate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// programVariable makes the test binary a program that isolates itself and then runs the one of programs that the
// variable names.
const programVariable = "ISOLATE_TEST_PROGRAM"

// unavailable is the exit status of a program that could not be isolated.
const unavailable = 99

func TestMain(m *testing.M) {
	name := os.Getenv(programVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := Enter(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(unavailable)
	}
	os.Exit(programs[name]())
}

// programs run isolated, and return their exit status.
var programs = map[string]func() int{
	"look around": lookAround,
	"exit 42":     func() int { return 42 },
	"crash": func() int {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	},
	"finish on interrupt": finishOnInterrupt,
	"leave a daemon":      func() int { return leaveDaemon(7) },
	"be killed": func() int {
		status := leaveDaemon(1)
		fmt.Println("daemon runs", status)
		select {}
	},
	"orphans":         orphans,
	"no more of them": noMore,
}

// lookAround prints what TestSurroundings compares.
func lookAround() int {
	interfaces, err := net.Interfaces()
	fmt.Println("interfaces", len(interfaces), interfaces[0].Name, interfaces[0].Flags&net.FlagUp != 0, err)
	fmt.Println("pid", os.Getpid() != 1, os.Getppid())
	fmt.Println("uid", os.Getuid())
	fmt.Println("args", strings.Join(os.Args[1:], " "))
	fmt.Println("own variable", os.Getenv("ISOLATE_TEST_OWN"), "role", os.Getenv(roleVariable))
	for _, file := range []string{"/etc/hosts", "/etc/resolv.conf"} {
		content, _ := os.ReadFile(file)
		fmt.Printf("%s %q\n", file, content)
	}
	host, _ := os.Hostname()
	addresses, err := net.DefaultResolver.LookupHost(context.Background(), host)
	fmt.Println("own name", slices.Contains(addresses, "127.0.0.1"), err)
	listener, err := net.Listen("tcp", "127.93.4.1:443")
	fmt.Println("vendor's port", err)
	if err == nil {
		conn, err := net.Dial("tcp", listener.Addr().String())
		fmt.Println("reaches it", err)
		_ = conn.Close()
	}
	_, err = net.Dial("udp", "192.0.2.1:53")
	fmt.Println("outside", err != nil)
	input, _ := io.ReadAll(os.Stdin)
	fmt.Printf("stdin %s\n", input)
	return 0
}

func finishOnInterrupt() int {
	interrupted, count := make(chan os.Signal, 16), 0
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	fmt.Println("ready")
	for s := range interrupted {
		count++
		if s == syscall.SIGTERM {
			break
		}
		fmt.Println("interrupt", count)
	}
	fmt.Println("report finished")
	return 3
}

// leaveDaemon starts a daemon that leaves its session and its parent. The daemon holds file 3, which it has from the
// test.
func leaveDaemon(status int) int {
	shell := exec.Command("/bin/sh", "-c", "(setsid sleep 600 >/dev/null 2>&1 </dev/null &)")
	shell.ExtraFiles = []*os.File{os.NewFile(3, "held")}
	if err := shell.Run(); err != nil {
		fmt.Println("daemon:", err)
		return 1
	}
	return status
}

// noMore enters where users may not create any more namespaces. It sets that limit in the user namespace that it is in.
func noMore() int {
	for _, limit := range []string{"max_net_namespaces", "max_user_namespaces"} {
		if err := os.WriteFile("/proc/sys/user/"+limit, []byte("0"), 0); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	err := Enter()
	var reason *ErrUnavailable
	fmt.Println(errors.As(err, &reason), err)
	return 0
}

// orphans checks that process 1 reaps the orphans that it inherits, and nothing else.
func orphans() int {
	// The shell prints the process id of a grandchild that outlives it.
	output, err := exec.Command("/bin/sh", "-c", "sh -c 'exec >/dev/null 2>&1; read line < "+orphanGate()+"' & echo $!").Output()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	orphan := strings.TrimSpace(string(output))
	gate, err := os.OpenFile(orphanGate(), os.O_WRONLY, 0)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	_ = gate.Close() // ends the read of the orphan, and with it the orphan
	for i := range 100 {
		if err := exec.Command("/bin/true").Run(); err != nil {
			fmt.Println("child", i, "was taken from os/exec:", err)
			return 1
		}
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if _, err := os.Stat(filepath.Join("/proc", orphan)); errors.Is(err, os.ErrNotExist) {
			fmt.Println("reaped")
			return 0
		}
	}
	return 1
}

// orphanGate is the FIFO that the test created.
func orphanGate() string { return os.Getenv("ISOLATE_TEST_OWN") }

// command returns the test binary as one of programs.
func command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	// A program under the race detector would wait a second before it exits.
	cmd.Env = append(os.Environ(), programVariable+"="+program, "GORACE=atexit_sleep_ms=0")
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run returns the output and the exit status of a program, and skips the test where there are no namespaces.
func run(t *testing.T, cmd *exec.Cmd) (output string, status int) {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status = cmd.ProcessState.ExitCode()
	if status == unavailable {
		t.Skip(strings.TrimSpace(stderr.String()))
	}
	if stderr.Len() > 0 {
		t.Errorf("%s", stderr.String())
	}
	return string(text), status
}
