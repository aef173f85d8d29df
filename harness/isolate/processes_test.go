//go:build linux

package isolate

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

func TestSignalsArePassedOnOnce(t *testing.T) {
	t.Parallel()
	cmd := command(t, "finish on interrupt")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var got []string
	answer := map[string]os.Signal{"ready": os.Interrupt, "interrupt 1": syscall.SIGTERM}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		got = append(got, lines.Text())
		if s := answer[lines.Text()]; s != nil {
			_ = cmd.Process.Signal(s)
		}
	}
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() == unavailable {
		t.Skip("no namespaces here")
	}
	if want := []string{"ready", "interrupt 1", "report finished"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if status := cmd.ProcessState.ExitCode(); status != 3 {
		t.Errorf("exit status %d, want 3", status)
	}
}

// held gives cmd a file 3, and returns a channel that is closed when no process has the file open any more.
func held(t *testing.T, cmd *exec.Cmd) (holder *os.File, released <-chan struct{}) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	cmd.ExtraFiles = []*os.File{writer}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, reader)
	}()
	return writer, done
}

func TestDaemonsDieWithTheProgram(t *testing.T) {
	t.Parallel()
	cmd := command(t, "leave a daemon")
	writer, released := held(t, cmd)
	_, status := run(t, cmd)
	_ = writer.Close()
	if status != 7 {
		t.Errorf("exit status %d, want 7", status)
	}
	awaitRelease(t, released)
}

func TestDaemonsDieWhenTheOuterProcessIsKilled(t *testing.T) {
	t.Parallel()
	cmd := command(t, "be killed")
	writer, released := held(t, cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() == unavailable {
		t.Skip("no namespaces here")
	}
	if line != "daemon runs 1\n" {
		t.Fatalf("the program said %q", line)
	}
	awaitRelease(t, released)
}

func awaitRelease(t *testing.T, released <-chan struct{}) {
	t.Helper()
	testkit.Receive(t, released, "the end of everything inside")
}

func TestOrphansAreReaped(t *testing.T) {
	t.Parallel()
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "orphans")
	cmd.Env = append(cmd.Env, "ISOLATE_TEST_OWN="+gate)
	if output, status := run(t, cmd); status != 0 || output != "reaped\n" {
		t.Errorf("exit status %d, output %q", status, output)
	}
}
