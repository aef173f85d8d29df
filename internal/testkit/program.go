package testkit

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Program returns the path of a foreign program, and skips the test where it is not installed.
func Program(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		tb.Skipf("%s is not installed", name)
	}
	return path
}

// Command prepares a run of a foreign program that the machine's own settings for OpenSSL and GnuTLS do not influence
// and that is killed after Patience. It skips the test where the program is not installed.
func Command(tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	return command(Context(tb), tb, name, args...)
}

func command(ctx context.Context, tb testing.TB, name string, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.CommandContext(ctx, Program(tb, name), args...)
	cmd.Env = append(os.Environ(), "OPENSSL_CONF="+os.DevNull, "GNUTLS_SYSTEM_PRIORITY_FILE="+os.DevNull)
	return cmd
}

// Run runs a program to its end and returns what it printed, and its exit status.
func Run(tb testing.TB, cmd *exec.Cmd) (output string, status int) {
	tb.Helper()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		tb.Fatalf("%s: %v", cmd.Path, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// Converse starts a program, sends it input, and returns what it printed as soon as that contains wanted, or the program
// ends. The program's standard input stays open until then.
func Converse(tb testing.TB, cmd *exec.Cmd, input, wanted string) (output string) {
	tb.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out := &watched{wanted: wanted, cmd: cmd}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	io.WriteString(stdin, input)
	cmd.Wait() // "signal: killed", if what was wanted came
	return out.output.String()
}

// watched collects what a program prints, and kills the program once that contains what is wanted.
type watched struct {
	output bytes.Buffer // not embedded: its ReadFrom would bypass Write
	wanted string
	cmd    *exec.Cmd
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.output.Write(p)
	if strings.Contains(w.output.String(), w.wanted) {
		w.cmd.Process.Kill()
	}
	return n, err
}

// BuildExample builds the Go program in the folder source as "shim", in a new folder beside a copy of source's
// device.yaml, as a user of the example would, and returns that folder. It skips the test where there is no compiler.
func BuildExample(tb testing.TB, source string) string {
	tb.Helper()
	folder := tb.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(folder, "shim"), ".")
	build.Dir = source
	if output, err := build.CombinedOutput(); err != nil {
		tb.Skipf("cannot build the example: %v\n%s", err, output)
	}
	descriptor, err := os.ReadFile(filepath.Join(source, "device.yaml"))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "device.yaml"), descriptor, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return folder
}

// A Server is a foreign program that serves connections until it is stopped.
type Server struct {
	Address string // host and port
	cmd     *exec.Cmd
	stdin   io.Closer
	drained chan struct{}
}

// Serve starts a program that prints "ACCEPT" and its address once it listens, as openssl s_server does, and stops it
// when the test ends. The program's standard input stays open until then.
func Serve(tb testing.TB, cmd *exec.Cmd) *Server {
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
	s := &Server{cmd: cmd, stdin: stdin, drained: make(chan struct{})}
	tb.Cleanup(func() { s.Stop() })
	address := make(chan string, 1)
	go func() {
		defer close(s.drained)
		defer io.Copy(io.Discard, stdout)
		defer close(address)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if at, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
				address <- at
				return
			}
		}
	}()
	if s.Address = Receive(tb, address, "the address of "+cmd.Path); s.Address == "" {
		tb.Fatalf("%s ended without an address to connect to", cmd)
	}
	return s
}

// Program returns the path of the program.
func (s *Server) Program() string { return s.cmd.Path }

// Pid returns the number of the program's process.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Stop kills the program, once, and returns what the system says of its whole run.
func (s *Server) Stop() *os.ProcessState {
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Kill()
		<-s.drained
		s.cmd.Wait() // "signal: killed"
		s.stdin.Close()
	}
	return s.cmd.ProcessState
}
