package main_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/internal/testkit"
)

// neighbour is a device that shakes hands with its vendor's port, as openssl s_client does. Before, it registers at the
// mocks of other sessions, in TLS 1.0 and from the address that every program has which binds none. Its lines go to the
// file beside the descriptor.
const neighbour = `
name: neighbour
isolation: required
capabilities: [tls-connect, "tls:1.0", "tls:1.1", "tls:1.2", "tls:1.3"]
files:
  trust.pem: {content: "{{.Trust}}"}
actions:
  tls-connect:
    steps:
      - run: [sh, -c, 'NEIGHBOURS
          openssl s_client -connect "$1" -servername "${1%:*}" -CAfile trust.pem -no-CApath -verify_return_error
          -verify_hostname "${1%:*}" </dev/null', neighbour, "{{.Action.Target}}"]
limits: {quiet: 15s}
`

const neighbours = `for n in 1 2 3 4 5 6 7 8; do
            [ "127.1.$n.2" = "{{.Address}}" ] ||
            if printf "REGISTER sip:127.1.$n.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n" |
              openssl s_client -quiet -tls1 -cipher DEFAULT:@SECLEVEL=0 -connect "127.1.$n.1:${1##*:}" 2>&1 |
              grep -q "onnection refused"; then echo "NEIGHBOUR $n refuses"; else echo "NEIGHBOUR $n is there"; fi;
          done;`

// TestNeighbours: a user without root has no kernel that keeps sessions apart, and a device that binds no address comes
// from where every other does. Its sessions run one at a time, and the command says why; so a session that registers at
// other sessions' mocks finds none, and changes no verdict.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	long(t)
	testkit.Program(t, "openssl")
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	if binary == "" {
		t.Skip("there is no go command to build with")
	}
	folder, err := os.MkdirTemp("/tmp", "neighbours")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "sipconform")
	if out, err := exec.Command("install", "-m", "755", binary, program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := func(name, script string) (map[string]string, string) {
		descriptor := filepath.Join(folder, name+".yaml")
		if err := os.WriteFile(descriptor, []byte(strings.Replace(neighbour, "NEIGHBOURS", script, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(folder, name)
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, "certify", "-device", descriptor, "-jobs", "8",
			"-filter", "/^id:cisco:ucm:ports:2443:(default|certificate:.*)$/", "-evidence", "full", "-out", out)
		cmd.Dir, cmd.Env = folder, []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + folder}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		_ = cmd.Run() // its status is that of the verdicts, which are compared
		if strings.Contains(errs.String(), "needs namespaces") {
			t.Skip(errs.String())
		}
		record, err := results.Read(filepath.Join(out, "results.json"))
		if err != nil {
			t.Fatalf("%v\n%s", err, errs.String())
		}
		if !strings.Contains(errs.String(), "scenarios run 1 at a time instead of 8, because ") {
			t.Errorf("it does not say why scenarios run one at a time:\n%s", errs.String())
		}
		verdicts := make(map[string]string)
		for _, r := range record.Results {
			verdicts[r.Scenario] = string(r.Verdict) + " " + r.Cause
		}
		var printed strings.Builder
		for _, depth := range []string{"*", "*/*"} {
			logs, _ := filepath.Glob(filepath.Join(out, "evidence/cisco/ucm/ports/2443", depth, "device.log"))
			for _, path := range logs {
				text, _ := os.ReadFile(path)
				for line := range strings.Lines(string(text)) {
					if strings.Contains(line, "NEIGHBOUR ") {
						printed.WriteString(line)
					}
				}
			}
		}
		return verdicts, printed.String()
	}
	alone, _ := run("alone", "")
	among, printed := run("among", neighbours)
	if len(alone) < 5 || !slices.ContainsFunc(slices.Collect(maps.Values(alone)), func(v string) bool { return strings.HasPrefix(v, "pass ") }) {
		t.Errorf("too little is asked: %v", alone)
	}
	if !maps.Equal(alone, among) {
		t.Errorf("verdicts alone %v, with neighbours %v", alone, among)
	}
	if tried := strings.Count(printed, " refuses"); tried < 5*len(among) || strings.Contains(printed, " is there") {
		t.Errorf("it found %d of %d mocks:\n%s", strings.Count(printed, " is there"), tried, printed)
	}
}
