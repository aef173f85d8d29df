//go:build linux

package isolate

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

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
		t.Skip("only root can become nobody")
	}
	// The test binary's own folder is closed to others.
	folder := t.TempDir()
	cmd.Path, cmd.Dir = filepath.Join(folder, "program"), "/"
	// The copy is made by another process. If this one had it open for writing, a child of another test might inherit
	// it, and running the copy would fail with "text file busy".
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

// TestForeignRole sets a role that this package did not set.
func TestForeignRole(t *testing.T) {
	t.Parallel()
	cmd := command(t, "exit 42")
	cmd.Env = append(cmd.Env, roleVariable+"=nonsense")
	output, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != unavailable || !strings.Contains(string(output), roleVariable) {
		t.Errorf("status %d, output %q, %v", cmd.ProcessState.ExitCode(), output, err)
	}
}
