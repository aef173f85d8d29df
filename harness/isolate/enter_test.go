//go:build linux

package isolate

import (
	"bufio"
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

	"github.com/sipconform/sipconform/internal/testkit"
)

// programVariable has the test binary isolate itself and run one of programs.
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

// lookAround prints what the tests of the surroundings compare.
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

// leaveDaemon starts a daemon that has left its session and its parent, and
// that holds file 3, which the test gave.
func leaveDaemon(status int) int {
	shell := exec.Command("/bin/sh", "-c", "(setsid sleep 600 >/dev/null 2>&1 </dev/null &)")
	shell.ExtraFiles = []*os.File{os.NewFile(3, "held")}
	if err := shell.Run(); err != nil {
		fmt.Println("daemon:", err)
		return 1
	}
	return status
}

// noMore forbids further namespaces, by the limits of the user namespace that the program is in.
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

// orphans checks that process 1 reaps what it inherits, and nothing else.
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
	_ = gate.Close() // the orphan's read ends, and so does it
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

// orphanGate is a FIFO that the test has made.
func orphanGate() string { return os.Getenv("ISOLATE_TEST_OWN") }

// command returns the command that runs one of programs in the test binary.
func command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	// Without this variable, a program under the race detector waits a second before it exits.
	cmd.Env = append(os.Environ(), programVariable+"="+program, "GORACE=atexit_sleep_ms=0")
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run returns the program's output and status, and skips the test where there
// are no namespaces.
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

func TestSurroundings(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, as := range []string{"the caller", "nobody"} {
		t.Run("as "+as, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, "look around", "-some", "argument")
			cmd.Stdin = strings.NewReader("from the caller")
			cmd.Env = append(cmd.Env, "ISOLATE_TEST_OWN=kept")
			if as == "nobody" {
				becomeNobody(t, cmd)
			}
			output, status := run(t, cmd)
			if status != 0 {
				t.Errorf("exit status %d", status)
			}
			for _, want := range []string{
				"interfaces 1 lo true <nil>",
				"pid true 1",
				"uid 0",
				"args -some argument",
				"own variable kept role ",
				fmt.Sprintf("/etc/hosts %q", "127.0.0.1\tlocalhost "+host+"\n::1\tlocalhost ip6-localhost ip6-loopback\n"),
				`/etc/resolv.conf "nameserver 127.0.0.53\n"`,
				"own name true <nil>",
				"vendor's port <nil>",
				"reaches it <nil>",
				"outside true",
				"stdin from the caller",
			} {
				if !slices.Contains(strings.Split(output, "\n"), want) {
					t.Errorf("no line %q in\n%s", want, output)
				}
			}
		})
	}
}

// becomeNobody runs cmd without privileges. Only root can arrange that.
func becomeNobody(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("takes root; as the caller covers this")
	}
	// The test binary's own folder is closed to others.
	folder := t.TempDir()
	cmd.Path, cmd.Dir = filepath.Join(folder, "program"), "/"
	// This process must not write the file itself: a child of another test might inherit it open for writing, and it
	// could not be run ("text file busy").
	if out, err := exec.Command("install", "-m", "755", os.Args[0], cmd.Path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for ; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

func TestExitStatus(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]int{"exit 42": 42, "crash": 128 + int(syscall.SIGKILL)} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			if _, status := run(t, command(t, program)); status != want {
				t.Errorf("exit status %d, want %d", status, want)
			}
		})
	}
}

func TestHostIsLeftAlone(t *testing.T) {
	t.Parallel()
	files := []string{"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/proc/self/mountinfo"}
	before := contents(files)
	cmd := command(t, "look around")
	temporary := t.TempDir()
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary)
	run(t, cmd)
	if after := contents(files); !slices.Equal(before, after) {
		t.Errorf("before %q\nafter %q", before, after)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func contents(files []string) []string {
	var all []string
	for _, f := range files {
		content, _ := os.ReadFile(f) // absent before and after is fine
		all = append(all, string(content))
	}
	return all
}

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

// held gives cmd a file 3 and returns a channel that is closed when nobody has
// it open any more.
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

func TestUnavailable(t *testing.T) {
	t.Parallel()
	cmd := command(t, "no more of them")
	if os.Getuid() == 0 {
		becomeNobody(t, cmd) // root's limits are the machine's
	}
	output, status := run(t, cmd)
	want := "true isolation is not available: user namespaces are switched off: " +
		"sysctl user.max_user_namespaces is 0 (clone: no space left on device)\n"
	if output != want || status != 0 {
		t.Errorf("got %q, want %q", output, want)
	}
}

// TestForeignRole checks that an unknown role is an error.
func TestForeignRole(t *testing.T) {
	t.Parallel()
	cmd := command(t, "exit 42")
	cmd.Env = append(cmd.Env, roleVariable+"=nonsense")
	output, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != unavailable || !strings.Contains(string(output), roleVariable) {
		t.Errorf("status %d, output %q, %v", cmd.ProcessState.ExitCode(), output, err)
	}
}
