//go:build linux

package main_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/verdict"
)

// within runs certify on a small part of the plan, after a line of shell has taken something from it. The shell has the
// folder of the report as $OUT and that for temporary files as $TMPDIR. Prefix is what starts the shell.
func within(t *testing.T, prefix []string, shell string, environment ...string) (o outcome, folder string) {
	t.Helper()
	folder = t.TempDir()
	cmd, _ := command(t, "certify", "-filter="+few, "-as-of=2026-01-31", "-out="+folder)
	line := append(append(prefix, "/bin/sh", "-c", shell+` && exec "$@"`, "sh"), cmd.Args...)
	path, err := exec.LookPath(line[0])
	if err != nil {
		t.Skip(err)
	}
	cmd.Path, cmd.Args = path, line
	cmd.Env = append(append(cmd.Env, "OUT="+folder), environment...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	return outcome{status: exitStatus(t, cmd.Run()), out: out.String(), errors: errs.String()}, folder
}

// namespaces starts a program as root of its own mounts and network, or skips the test.
func namespaces(t *testing.T) []string {
	t.Helper()
	prefix := []string{"unshare", "--user", "--map-root-user", "--mount", "--net"}
	if out, err := exec.Command(prefix[0], append(prefix[1:], "mount", "-t", "tmpfs", "none", "/mnt")...).CombinedOutput(); err != nil {
		t.Skipf("this machine gives no namespaces: %v: %s", err, out)
	}
	return prefix
}

// TestShortOf: whatever the harness is short of, the reference device is not blamed. Either the run takes less and
// conforms, or it says what is missing.
func TestShortOf(t *testing.T) {
	long(t)
	t.Parallel()
	const loopback = "ip link set lo up && "
	for name, c := range map[string]struct {
		shell    string
		own      bool // in namespaces
		variable string
		status   int
		says     []string
	}{
		"256 descriptors":      {shell: "ulimit -n 256", says: []string{"at a time instead of", "ulimit -n is 256"}},
		"64 descriptors":       {shell: "ulimit -n 64", says: []string{"1 at a time instead of"}},
		"15 descriptors":       {shell: "ulimit -n 15", status: 4, says: []string{"out-of-descriptors", "HARNESS ERROR"}},
		"8 descriptors":        {shell: "ulimit -n 8", status: 4, says: []string{"out-of-descriptors"}},
		"address space":        {shell: "ulimit -v 3200000", says: []string{"ulimit -v is 3200000"}},
		"little address space": {shell: "ulimit -v 1800000", status: 4, says: []string{"out-of-memory", "ulimit -v is 1800000"}},
		"memory":               {shell: "true", variable: "GOMEMLIMIT=20MiB"},
		"one port":             {shell: loopback + "echo 40000 40000 >/proc/sys/net/ipv4/ip_local_port_range", own: true, status: 4, says: []string{"out-of-ports"}},
		"no temporary files":   {shell: loopback + "mount -t tmpfs -o nr_inodes=1 none $TMPDIR", own: true, status: 4, says: []string{"disk-full"}},
		"no room for a report": {shell: loopback + "mount -t tmpfs -o size=64k none $OUT", own: true, status: 4,
			says: []string{"disk-full", "it came to pass", "HARNESS ERROR"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var prefix, environment []string
			if c.own {
				prefix = namespaces(t)
			}
			if c.variable != "" {
				environment = []string{c.variable}
			}
			o, _ := within(t, prefix, c.shell, environment...)
			o.expect(t, c.status, c.says...)
			if strings.Contains(o.out, "FAIL ") || !strings.Contains(o.out, " 0 fail") && c.status == 0 {
				t.Errorf("the device is blamed: %s", o)
			}
			if strings.Contains(o.errors, "goroutine") {
				t.Errorf("it crashed: %s", o)
			}
		})
	}
}

// TestShortOfThreads: a user who may run only a few threads gets fewer scenarios at a time, or is told at once: a Go
// program that can start no thread ends on the spot.
func TestShortOfThreads(t *testing.T) {
	long(t)
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("it takes root to become a user who has no other programs; package capacity tests the count")
	}
	for limit, c := range map[int]struct {
		status int
		says   string
	}{
		30: {0, "at a time instead of"},
		15: {4, "out-of-threads: ulimit -u is 15"},
	} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			cmd, _ := command(t, "certify", "-filter="+few, "-as-of=2026-01-31", "-jobs=24", "-out=report")
			shared, err := os.MkdirTemp("", "sipconform-shared-")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(shared)
			program := filepath.Join(shared, "sipconform")
			data, err := os.ReadFile(binary)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(program, data, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(shared, 0o777); err != nil {
				t.Fatal(err)
			}
			// A user for each limit: those of one would count together.
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(3_000_000 + limit), Gid: 3_000_000}}
			shell := fmt.Sprintf(`ulimit -u %d 2>/dev/null || ulimit -p %d; exec "$@"`, limit, limit) // bash's option, and dash's
			cmd.Args = append([]string{"/bin/sh", "-c", shell, "sh", program}, cmd.Args[1:]...)
			cmd.Path, cmd.Dir = "/bin/sh", shared
			cmd.Env = append(cmd.Env, "TMPDIR="+shared)
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			outcome{status: exitStatus(t, cmd.Run()), out: out.String(), errors: errs.String()}.expect(t, c.status, c.says)
		})
	}
}

// TestStopped: a run that is stopped for longer than a device waits goes on, and blames nobody.
func TestStopped(t *testing.T) {
	long(t)
	t.Parallel()
	out := t.TempDir()
	s := begin(t, "certify", "-filter=vendor:twilio && area:srtp", "-as-of=2026-01-31", "-jobs=4", "-evidence=none", "-out="+out)
	if !s.after(1) { // the first result
		t.Fatal(s.end(t))
	}
	if err := s.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	const stopped = 6 * time.Second // longer than the reference device waits for a connection
	time.AfterFunc(stopped, func() {
		if err := s.Process.Signal(syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	})
	o := s.end(t)
	if o.status != 0 && o.status != 4 {
		t.Errorf("it ended otherwise: %s", o)
	}
	for _, r := range read(t, out).Results {
		if r.Verdict == verdict.Fail || r.Verdict == verdict.Inconclusive {
			t.Errorf("%s is %s (%s): %s", r.Scenario, r.Verdict, r.Cause, r.Observed)
		}
	}
}
