package testkit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Compile builds the program of a file in testdata that needs a header, and returns its path. It skips the test where the
// header is not installed. The arguments follow the file, as libraries have to.
func Compile(tb testing.TB, compiler, source, header string, arguments ...string) string {
	tb.Helper()
	find := Command(tb, compiler, "-E", "-x", map[string]string{".c": "c", ".cpp": "c++"}[filepath.Ext(source)], "-")
	find.Stdin = strings.NewReader("#include <" + header + ">\n")
	if err := find.Run(); err != nil {
		tb.Skipf("%s does not find %s: %v", compiler, header, err)
	}
	program := filepath.Join(tb.TempDir(), "program")
	build := Command(tb, compiler, append([]string{"-o", program, filepath.Join("testdata", source)}, arguments...)...)
	if output, status := Run(tb, build); status != 0 {
		tb.Fatalf("%s: %s", build, output)
	}
	return program
}

// A Dialogue is with a program that takes a command a line, and answers with a line.
type Dialogue struct {
	stdin   io.WriteCloser
	answers *bufio.Scanner
}

// Answering starts a program that is told to end with the test, at the latest by the end of its input.
func Answering(tb testing.TB, cmd *exec.Cmd) *Dialogue {
	tb.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		stdin.Close()
		cmd.Wait() // "signal: killed" if its context ended before this
	})
	return &Dialogue{stdin: stdin, answers: bufio.NewScanner(stdout)}
}

// Ask returns the answer to a command.
func (c *Dialogue) Ask(format string, arguments ...any) (string, error) {
	if _, err := fmt.Fprintf(c.stdin, format+"\n", arguments...); err != nil {
		return "", err
	}
	if !c.answers.Scan() {
		return "", errors.Join(io.ErrUnexpectedEOF, c.answers.Err())
	}
	return c.answers.Text(), nil
}
