package operator_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sipconform/sipconform/harness/operator"
	"github.com/sipconform/sipconform/harness/report"
	"github.com/sipconform/sipconform/internal/testkit"
)

// partVariable tells a process of [TestForeground] its part.
const partVariable = "OPERATOR_TEST_PART"

// TestForeground has a run, which another process watches over in a group of its own, take an answer from the terminal of
// both, and give the terminal back. It is this test that runs in them.
func TestForeground(t *testing.T) {
	switch os.Getenv(partVariable) {
	case "watching":
		watching(t)
		return
	case "run":
		operating(t)
		return
	}
	keyboard, screen := terminalPair(t)
	cmd := part("watching", screen)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	screen.Close()
	done := make(chan struct{})
	t.Cleanup(func() {
		cmd.Process.Kill() // and with it, its session loses the terminal
		<-done
	})
	lines := make(chan string, 100)
	go func() {
		defer close(done)
		defer cmd.Wait()
		for text := bufio.NewScanner(keyboard); text.Scan(); { // until the last process of the session ends
			lines <- strings.TrimRight(text.Text(), "\r")
		}
	}()
	prints := func(what string) {
		t.Helper()
		for line := ""; !strings.Contains(line, what); t.Log(line) {
			line = testkit.Receive(t, lines, what)
		}
	}
	prints("To do: press Register")
	if _, err := io.WriteString(keyboard, "skip it has no button\n"); err != nil {
		t.Fatal(err)
	}
	prints(`the answer is "skip", "it has no button"`)
	prints("the terminal is back: true")
}

// watching starts the run, as certify does.
func watching(t *testing.T) {
	run := part("run", os.Stdin)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := run.Run(); err != nil {
		t.Fatal(err)
	}
	now, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
	fmt.Println("the terminal is back:", err == nil && now == unix.Getpgrp())
}

// operating asks for something at the terminal.
func operating(t *testing.T) {
	giveBack := operator.Foreground(os.Stdin)
	defer giveBack()
	desk := operator.New()
	go operator.Terminal(t.Context(), os.Stdin, os.Stdout, desk, report.Style{})
	a, why, err := desk.Ask(testkit.Context(t), operator.Task{Title: "press Register"})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("the answer is %q, %q\n", a, why)
	giveBack()
	os.Exit(0) // a read of a terminal cannot be ended
}

// part is this test in another process, at a terminal.
func part(name string, at *os.File) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestForeground$")
	cmd.Env = append(os.Environ(), partVariable+"="+name)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = at, at, at
	return cmd
}

// terminalPair opens a terminal, and what types at it.
func terminalPair(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { keyboard.Close() })
	raw, err := keyboard.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var failed error
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed == nil {
			number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err != nil || failed != nil {
		t.Skipf("there are no pseudo-terminals: %v, %v", err, failed)
	}
	if screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Skipf("there are no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { screen.Close() })
	return keyboard, screen
}
