package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ownNetwork is the variable in the environment of a process that [InOwnNetwork] has started: the name of its test.
const ownNetwork = "SIPCONFORM_TEST_IN_OWN_NETWORK"

// InOwnNetwork tells whether the calling test is in a network namespace of its own, in which there is nothing but
// loopback. If it is not, InOwnNetwork runs it again, alone, in a process that is; it passes, fails or skips as it does
// there. So a test begins like this:
//
//	if !testkit.InOwnNetwork(t) {
//		return
//	}
//
// It skips the test where there is no such namespace, which takes root.
func InOwnNetwork(t *testing.T) bool {
	t.Helper()
	switch os.Getenv(ownNetwork) {
	case t.Name():
		here := &Host{tb: t, path: fmt.Sprintf("/proc/%d/ns/net", os.Getpid())}
		if err := here.ip("link set lo up"); err != nil {
			t.Skipf("a network namespace has no loopback: %v", err)
		}
		return true
	case "":
	default:
		t.Skip("another test has this process")
	}
	if os.Geteuid() != 0 {
		t.Skip("a network namespace needs root")
	}
	Program(t, "ip")
	Program(t, "nsenter")
	pattern := "^" + strings.Join(strings.Split(t.Name(), "/"), "$/^") + "$"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+pattern, "-test.v", "-test.timeout="+(4*Patience).String())
	cmd.Env = append(os.Environ(), ownNetwork+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	output, err := cmd.CombinedOutput()
	switch {
	case cmd.ProcessState == nil:
		t.Skipf("this machine has no network namespaces: %v", err)
	case err != nil:
		t.Errorf("in a network of its own, the test failed (%v):\n%s", err, output)
	case strings.Contains(string(output), "--- SKIP: "+t.Name()+" "):
		t.Skipf("in a network of its own, the test was skipped:\n%s", output)
	case !strings.Contains(string(output), "--- PASS: "+t.Name()+" "):
		t.Errorf("in a network of its own, the test did not run:\n%s", output)
	default:
		t.Logf("in a network of its own:\n%s", output)
	}
	return false
}
