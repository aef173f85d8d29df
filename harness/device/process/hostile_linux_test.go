package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/isolate"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// prey is what a hostile device knows of the harness and of another session. It is told everything that could help it.
type prey struct {
	Harness             int    // process
	Session, File, Data string // of another session: its folder, a file in it, and one of the harness's in TMPDIR
	Report              string // folder of the report
	Mock, Own           string // addresses of mocks
}

// attempts are what a hostile device tries. An attempt succeeds if it returns nil.
var attempts = []struct {
	name  string
	try   func(prey) error
	needs func(isolate.Guarantees) bool // what keeps it from succeeding; nil if it has to succeed
}{
	{"reads the harness's memory", func(p prey) error { return readable(p.process("mem")) }, cells},
	{"reads the harness's environment", func(p prey) error { return readable(p.process("environ")) }, cells},
	{"reads what the harness has open", func(p prey) error { return readable(p.process("fd")) }, cells},
	{"sees another process", func(prey) error {
		return anyProcess(func(pid int) error { _, err := os.Stat(fmt.Sprint("/proc/", pid)); return err })
	}, cells},
	{"looks into process 1", func(prey) error { return readable("/proc/1/environ") }, cells},
	{"goes through the root of process 1", func(prey) error { return readable("/proc/1/root/tmp") }, cells},
	{"traces another process", func(prey) error { return anyProcess(unix.PtraceSeize) }, cells},
	{"traces process 1", func(prey) error { return unix.PtraceSeize(1) }, cells},
	{"ends another process", func(prey) error { return anyProcess(func(pid int) error { return unix.Kill(pid, 0) }) }, cells},
	{"reads another session's file", func(p prey) error { return readable(p.File) }, cells},
	{"lists another session's folder", func(p prey) error { return readable(p.Session) }, cells},
	{"writes into another session's folder", func(p prey) error { return writable(p.Session + "/new") }, cells},
	{"finds other sessions", func(p prey) error { return finds(filepath.Dir(p.Session), filepath.Base(p.Session)) }, cells},
	{"reads a file of the harness in TMPDIR", func(p prey) error { return readable(p.Data) }, cells},
	{"reads the report", func(p prey) error { return readable(p.Report + "/results.json") }, cells},
	{"writes into the report", func(p prey) error { return writable(p.Report + "/new") }, cells},
	{"writes into the system", func(prey) error { return writable("/etc/new") }, cells},
	{"overwrites its program", func(prey) error { return appendable(os.Args[0]) }, cells},
	{"writes into the user's home", func(prey) error { return writable("/root/new") }, cells},
	{"writes into /var/lib", func(prey) error { return writable("/var/lib/new") }, cells},
	{"mounts", func(prey) error { return unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "") }, cells},
	{"makes the system writable", func(prey) error { return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND, "") }, cells},
	{"uncovers what is hidden", func(prey) error { return unix.Unmount("/tmp", unix.MNT_DETACH) }, cells},
	{"changes the clock", func(prey) error { return unix.Settimeofday(&unix.Timeval{Sec: 1}) }, cells},
	{"listens to the network of all", func(prey) error { return socket(unix.AF_PACKET, unix.SOCK_RAW) }, cells},
	{"forges packets", func(prey) error { return socket(unix.AF_INET, unix.SOCK_RAW) }, cells},
	{"changes the network", func(prey) error { return run("ip", "link", "set", "lo", "down") }, cells},
	{"takes the harness's privileges by sudo and the like", func(prey) error { return run("su", "-c", "true") }, users},
	{"becomes the user of the harness", func(prey) error { return syscall.Setuid(0) }, users},
	{"reads a secret of the system", func(prey) error { return readable("/etc/shadow") }, users},
	{"connects to another session's mock", func(p prey) error { return connects("tcp", p.Mock, "") }, routes},
	{"sends to another session's mock", func(p prey) error { return connects("udp", p.Mock, "") }, routes},
	{"connects from another session's address", func(p prey) error { return connects("tcp", p.Mock, strings.Replace(host(p.Mock), ".1", ".2", 1)) }, routes},
	{"goes out", func(prey) error { return connects("udp", "192.0.2.1:53", "") }, cells},

	{"writes into its folder", func(prey) error { return writable("new") }, nil},
	{"writes into its HOME", func(prey) error { return writable(os.Getenv("HOME") + "/too") }, nil},
	{"writes into /tmp", func(prey) error { return writable("/tmp/new") }, nil},
	{"reads what its descriptor copied", func(prey) error { return readable("copied") }, nil},
	{"runs a program of the system", func(prey) error { return exec.Command("/bin/true").Run() }, nil},
	{"connects to its mock", func(p prey) error { return connects("tcp", p.Own, "") }, nil},
	{"listens at port 443 of its address", func(p prey) error { return listens(host(p.Own) + ":443") }, nil},
	{"sees itself", func(prey) error { return readable("/proc/self/environ") }, nil},
}

func cells(g isolate.Guarantees) bool  { return g.Cells }
func users(g isolate.Guarantees) bool  { return g.Users }
func routes(g isolate.Guarantees) bool { return g.Routes }

// process returns a file of the harness's process. A process of that number in a cell is the device itself.
func (p prey) process(file string) string {
	if own(p.Harness) {
		return "/nowhere"
	}
	return fmt.Sprintf("/proc/%d/%s", p.Harness, file)
}

// own tells whether a process is a thread of the device itself, or of process 1 of its cell, which it cannot end.
func own(pid int) bool {
	_, self := os.Stat(fmt.Sprint("/proc/self/task/", pid))
	_, first := os.Stat(fmt.Sprint("/proc/1/task/", pid))
	return self == nil || first == nil
}

// anyProcess does something with every process that is neither process 1 nor the device itself, until it succeeds.
func anyProcess(do func(pid int) error) error {
	for pid := 2; pid < 10_000; pid++ {
		if !own(pid) && do(pid) == nil {
			return nil
		}
	}
	return fs.ErrNotExist
}

func host(address string) string { h, _, _ := net.SplitHostPort(address); return h }

// readable reads the beginning of a file, or lists a folder.
func readable(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		_, err := file.ReadDir(-1)
		return err
	}
	if strings.HasSuffix(path, "/mem") {
		return nil // it could be read at the right place
	}
	_, err = file.Read(make([]byte, 1))
	return err
}

func writable(path string) error { return os.WriteFile(path, nil, 0o600) }

func appendable(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		err = file.Close()
	}
	return err
}

// finds tells whether a folder lists a name.
func finds(folder, name string) error {
	entries, err := os.ReadDir(folder)
	if err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
		err = fs.ErrNotExist
	}
	return err
}

func socket(family, kind int) error {
	fd, err := unix.Socket(family, kind, unix.IPPROTO_UDP)
	if err == nil {
		err = unix.Close(fd)
	}
	return err
}

func run(name string, arguments ...string) error { return exec.Command(name, arguments...).Run() }

// connects connects from an address, "" for any.
func connects(network, address, from string) error {
	var dialer net.Dialer
	if from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	conn, err := dialer.Dial(network, address)
	if err == nil {
		err = conn.Close()
	}
	return err
}

func listens(address string) error {
	l, err := net.Listen("tcp", address)
	if err == nil {
		err = l.Close()
	}
	return err
}

// hostile makes every attempt and prints how it ended.
func hostile(arguments []string) {
	var p prey
	content, _ := os.ReadFile(arguments[0])
	if err := json.Unmarshal(content, &p); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, a := range attempts {
		err := a.try(p)
		fmt.Printf("%s: %t, %v\n", a.name, err == nil, err)
	}
	fmt.Println("done")
}

func init() { helpers["hostile"] = hostile }

// TestHostileDevice: a device tries what it must not do to the harness and to another session, under the guarantees of this
// machine.
func TestHostileDevice(t *testing.T) {
	t.Parallel()
	requireIsolation(t)
	report := t.TempDir()
	if err := os.WriteFile(filepath.Join(report, "results.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	confinement := isolate.Confine(report)
	holds := confinement.Guarantees()
	t.Log(holds)
	if !holds.Cells {
		t.Skip(holds)
	}
	mock := func(address string) string {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l.Addr().String()
	}
	setup := func(third byte) device.Setup {
		s := sampleSetup(device.Levers{})
		dir, err := os.MkdirTemp("", "sipconform-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		s.Dir, s.Log, s.Address = dir, observation.NewLog(), netip.AddrFrom4([4]byte{127, 77, third, 2})
		return s
	}
	data, err := os.CreateTemp("", "data")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(data.Name())
	_, _ = data.WriteString("secret")

	const victim = "name: victim\nisolation: optional\ncapabilities: [options]\nfiles: {secret: {content: secret, mode: 0644}}\n" +
		"processes: [{name: p, command: [sleep, '60']}]\nactions: {options: {steps: [{run: ['true']}]}}\nlimits: {stop: 100ms}\n"
	other := setup(1)
	_ = prepare(t, &Device{descriptor: load(t, victim).descriptor, confinement: confinement}, other)
	attacker := setup(2)
	known, _ := json.Marshal(prey{os.Getpid(), other.Dir, filepath.Join(other.Dir, "secret"), data.Name(), report, mock("127.77.1.1:0"), mock("127.77.2.1:0")})
	yaml := fmt.Sprintf(`
name: hostile
isolation: optional
capabilities: [options]
environment: {%s: hostile}
files: {copied: {content: a, mode: 0400}, prey: {content: '%s'}}
processes:
  - name: p
    command: [%q, prey]
    ready: {log: ^done}
    keep_input: true
actions: {options: {steps: [{run: ['true']}]}}
limits: {stop: 100ms, start: 60s}
`, helperVariable, known, executable(t))
	session := prepare(t, &Device{descriptor: load(t, yaml).descriptor, confinement: confinement}, attacker)
	_ = session.Close()
	printed, err := os.ReadFile(filepath.Join(attacker.Dir, logName))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			i := strings.Index("\n"+string(printed), "\n"+a.name+": ")
			if i < 0 {
				t.Fatalf("it was not tried: %s", printed)
			}
			line, _, _ := strings.Cut(string(printed)[i:], "\n")
			succeeded := strings.HasPrefix(line, a.name+": true")
			switch {
			case a.needs == nil && !succeeded:
				t.Error(line)
			case a.needs != nil && !a.needs(holds):
				t.Skip(holds)
			case a.needs != nil && succeeded:
				t.Errorf("a device can do that: %s", line)
			}
		})
	}
}

// TestNothingOutlivesASession: what has left its parent, its process group and its session, and ignores signals, ends with its
// cell. Another session's programs go on.
func TestNothingOutlivesASession(t *testing.T) {
	t.Parallel()
	requireIsolation(t)
	confinement := isolate.Confine()
	if holds := confinement.Guarantees(); !holds.Cells {
		t.Skip(holds)
	}
	start := func(seconds string) device.Session {
		yaml := head + "processes:\n  - name: p\n    command: [sh, -c, \"trap '' TERM HUP; (setsid sh -c '(setsid sleep " + seconds +
			" &) ; sleep " + seconds + "' >/dev/null 2>&1 &); echo up; sleep " + seconds + "\"]\n    ready: {log: ^up}\nlimits: {stop: 100ms, start: 60s}\n"
		return prepare(t, &Device{descriptor: load(t, yaml).descriptor, confinement: confinement}, someSetup(t))
	}
	const ended, goesOn = "71234", "71235"
	session, other := start(ended), start(goesOn)
	tick, deadline := time.NewTicker(5*time.Millisecond), testkit.Context(t)
	defer tick.Stop()
	for running(ended) < 3 || running(goesOn) < 3 {
		select {
		case <-tick.C:
		case <-deadline.Done():
			t.Fatalf("%d and %d programs run, want 3 of each", running(ended), running(goesOn))
		}
	}
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	if n := running(ended); n != 0 {
		t.Errorf("%d programs have outlived their session", n)
	}
	if n := running(goesOn); n < 3 {
		t.Errorf("of another session's programs %d are left", n)
	}
	_ = other.Close()
}

// running counts the programs with that argument.
func running(argument string) int {
	n := 0
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range all {
		if line, _ := os.ReadFile(file); strings.HasSuffix(string(line), "sleep\x00"+argument+"\x00") {
			n++
		}
	}
	return n
}

// TestHostileDeviceOfAUser is TestHostileDevice without root, where only users' own namespaces are to be had.
func TestHostileDeviceOfAUser(t *testing.T) {
	t.Parallel()
	requireIsolation(t)
	if os.Getuid() != 0 || !isolate.Confine().Guarantees().Users {
		t.Skip("only root can become another user")
	}
	folder, err := os.MkdirTemp("/tmp", "hostile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	program := filepath.Join(folder, "program")
	if out, err := exec.Command("install", "-m", "755", os.Args[0], program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := errors.Join(os.Mkdir(folder+"/tmp", 0o700), os.Chown(folder+"/tmp", 65534, 65534), os.Chmod(folder, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(testkit.Context(t), program, "-test.run=^TestHostileDevice$", "-test.v")
	cmd.Dir, cmd.Env = "/", []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + folder + "/tmp"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestHostileDevice/reads_another_session's_file") {
		t.Errorf("%v\n%s", err, output)
	}
}
