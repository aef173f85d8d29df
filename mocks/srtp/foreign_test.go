package srtp

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// compile builds a program of testdata that needs a header, and skips the test where the header is not installed.
func compile(t *testing.T, compiler, source, header string, arguments ...string) string {
	t.Helper()
	find := testkit.Command(t, compiler, "-E", "-x", map[string]string{".c": "c", ".cpp": "c++"}[filepath.Ext(source)], "-")
	find.Stdin = strings.NewReader("#include <" + header + ">\n")
	if err := find.Run(); err != nil {
		t.Skipf("%s does not find %s: %v", compiler, header, err)
	}
	program := filepath.Join(t.TempDir(), "program")
	build := testkit.Command(t, compiler, append([]string{"-o", program, filepath.Join("testdata", source)}, arguments...)...)
	if output, status := testkit.Run(t, build); status != 0 {
		t.Fatalf("%s: %s", build, output)
	}
	return program
}

// foreign is a running program of testdata: it takes a command a line, and answers with a line.
type foreign struct {
	stdin   io.WriteCloser
	answers *bufio.Scanner
}

func startForeign(t *testing.T, program string) *foreign {
	t.Helper()
	cmd := exec.CommandContext(testkit.Context(t), program)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait() // "signal: killed": the test's context ends before this
	})
	return &foreign{stdin: stdin, answers: bufio.NewScanner(stdout)}
}

// command returns what the program made.
func (f *foreign) command(format string, arguments ...any) ([]byte, error) {
	if _, err := fmt.Fprintf(f.stdin, format+"\n", arguments...); err != nil {
		return nil, err
	}
	if !f.answers.Scan() {
		return nil, errors.Join(io.ErrUnexpectedEOF, f.answers.Err())
	}
	result, ok := strings.CutPrefix(f.answers.Text(), "ok")
	if !ok {
		return nil, errors.New(f.answers.Text())
	}
	return hex.DecodeString(strings.TrimSpace(result))
}
