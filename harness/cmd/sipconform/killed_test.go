package main_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	ossignal "os/signal"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/results"
)

// some selects scenarios with controls and with calls, enough for a line of progress at
// each tenth.
const some = "product:voice && (area:certificate || area:routing)"

// started is a run of which the test reads the output.
type started struct {
	*exec.Cmd
	lines     *bufio.Scanner
	printed   strings.Builder
	temporary string
}

// start starts certify with [some] into a folder.
func start(t *testing.T, out string, more ...string) *started {
	t.Helper()
	return begin(t, append([]string{"certify", "-filter=" + some, "-as-of=2026-01-31", "-jobs=6", "-out=" + out}, more...)...)
}

// begin starts the command with arguments.
func begin(t *testing.T, args ...string) *started {
	t.Helper()
	return beginWith(t, nil, args...)
}

// beginWith starts the command with more variables in its environment.
func beginWith(t *testing.T, env []string, args ...string) *started {
	t.Helper()
	s := new(started)
	s.Cmd, s.temporary = command(t, args...)
	s.Env = append(s.Env, env...)
	pipe, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.Stderr = &s.printed
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	s.lines = bufio.NewScanner(pipe)
	return s
}

// after reads lines, at most n, and reports whether there were so many.
func (s *started) after(n int) bool {
	for range n {
		if !s.lines.Scan() {
			return false
		}
	}
	return true
}

// end reads to the end and returns what came of the run.
func (s *started) end(t *testing.T) outcome {
	t.Helper()
	var out strings.Builder
	for s.lines.Scan() {
		fmt.Fprintln(&out, s.lines.Text())
	}
	status := exitStatus(t, s.Wait())
	return outcome{status: status, out: out.String(), errors: s.printed.String()}
}

// comparable returns results without what differs from run to run, by their names.
func comparable(run *results.Run) map[string]string {
	all := make(map[string]string)
	for _, r := range run.Results {
		text := fmt.Sprintf("%s %s %s %t %+v", r.Verdict, r.Cause, r.Role, r.Served, r.Blocked)
		for _, f := range slices.Concat(r.Findings, r.Remarks) {
			text += fmt.Sprintf("; %s %s %s %s", f.Requirement, f.Verdict, f.Cause, f.Was)
		}
		all[r.Name()] = text
	}
	return all
}

// TestKilledAtTenPoints: a run that is killed again and again, each time somewhat later,
// leaves what was concluded, which is reported as incomplete; and in the end it comes to
// the same record as a run in one go.
func TestKilledAtTenPoints(t *testing.T) {
	long(t)
	t.Parallel()
	out := t.TempDir()
	killedTenTimes(t, out)
	got := read(t, out)
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	if _, err := journal.Read(out); err == nil {
		t.Error("the journal is still there")
	}
	whole := t.TempDir()
	start(t, whole).end(t).expect(t, 0)
	want := read(t, whole)
	if !reflect.DeepEqual(comparable(got), comparable(want)) || got.Summary != want.Summary || got.Outcome != want.Outcome ||
		!reflect.DeepEqual(got.Claims, want.Claims) || !reflect.DeepEqual(got.Device, want.Device) || !reflect.DeepEqual(got.Plan, want.Plan) {
		t.Errorf("the record of the run that was killed is\n%+v, that of one go\n%+v", got, want)
	}
	sipconform(t, "verify", out).expect(t, 0, ", 0 differ")
}

// killedTenTimes runs certify to its end, but kills it ten times before.
func killedTenTimes(t *testing.T, out string) {
	t.Helper()
	had := 0
	for point := range 10 {
		flags := []string{}
		if point > 0 {
			flags = append(flags, "-resume")
		}
		s := start(t, out, flags...)
		if !s.after(point) {
			t.Fatalf("the run ended before it could be killed: %s", s.end(t))
		}
		if point == 0 {
			awaitFile(t, filepath.Join(out, journal.File))
		}
		if err := s.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if s.end(t).status == 0 && point > 7 {
			return // it was faster; the points before count
		}
		content, err := journal.Read(out)
		if err != nil {
			t.Fatal(err)
		}
		if len(content.Ran) < had || len(content.Ran) > content.Header.Plan.Selected {
			t.Errorf("%d scenarios have run, and %d had", len(content.Ran), had)
		}
		if had = len(content.Ran); point == 4 {
			reported(t, out, had)
		}
	}
	again := start(t, out, "-resume")
	again.end(t).expect(t, 0, "CONFORMANT")
	empty(t, again.temporary)
}

// awaitFile waits until a file is there.
func awaitFile(t *testing.T, path string) {
	t.Helper()
	for t.Context().Err() == nil {
		if _, err := os.Stat(path); err == nil {
			return
		}
		runtime.Gosched()
	}
}

// reported makes the report of a killed run, of which so many scenarios have run, in a
// copy of its folder. Everything there says that it is incomplete.
func reported(t *testing.T, killed string, ran int) {
	t.Helper()
	out := t.TempDir()
	if err := os.CopyFS(out, os.DirFS(killed)); err != nil {
		t.Fatal(err)
	}
	for _, o := range []outcome{sipconform(t, "verify", out), sipconform(t, "diff", filepath.Join(out, "results.json"), filepath.Join(out, "results.json"))} {
		o.expect(t, 2, "sipconform conclude "+out, "certify -resume")
	}
	sipconform(t, "conclude", out).expect(t, 3, "INCONCLUSIVE: incomplete", "killed", "exit code 3")
	run := read(t, out)
	if err := run.Validate(); err != nil {
		t.Error(err)
	}
	if len(run.Results) != ran || run.Incomplete == "" || run.Outcome != results.Undecided || run.Summary.Pass == 0 {
		t.Errorf("%d of %d scenarios that ran are in the record, incomplete: %q, %+v", len(run.Results), ran, run.Incomplete, run.Summary)
	}
	for name, text := range map[string]string{"junit.xml": "incomplete: only", "report.html": "incomplete, only"} {
		if !strings.Contains(file(t, filepath.Join(out, name)), text) {
			t.Errorf("%s does not say %q", name, text)
		}
	}
	sipconform(t, "verify", out).expect(t, 0, ", 0 differ")
	sipconform(t, "certify", "-resume", "-seed=2", "-filter="+some, "-out="+out).expect(t, 2, "the seed was 1 and is 2")
}

// TestTwoRunsOneFolder: the second run into a folder changes nothing there and says whose
// it is. Once the first has given it up, the folder is free.
func TestTwoRunsOneFolder(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there are no locks")
	}
	out := copied(t)
	first, err := journal.Claim(out, 4242)
	if err != nil {
		t.Fatal(err)
	}
	sipconform(t, "certify", "-filter=id:twilio:voice:connect:default", "-out="+out).expect(t, 2,
		"belongs to a run that is going on", "process 4242", "since 20", "name another folder")
	if run := read(t, out); run.Plan.Filter != few {
		t.Errorf("the report is of %q", run.Plan.Filter)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	sipconform(t, "certify", "-filter=id:twilio:voice:connect:default", "-out="+out).expect(t, 0)
	if run := read(t, out); run.Plan.Filter == few {
		t.Error("the report is still that of the earlier run")
	}
}

// TestFolderOfOthers: a run leaves alone what no run wrote, and removes all that one did.
func TestFolderOfOthers(t *testing.T) {
	t.Parallel()
	out := copied(t)
	mine := filepath.Join(out, "evidence", "notes.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	sipconform(t, "certify", "-filter=id:twilio:voice:connect:default", "-out="+out).expect(t, 0)
	if file(t, mine) != "mine" {
		t.Error("it changed a file that is not its own")
	}
	if _, err := os.Stat(filepath.Join(out, "evidence", "twilio", "voice", "call-out")); err == nil {
		t.Error("evidence of the earlier run is among that of this one")
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "junit.xml"), []byte("<mine/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	sipconform(t, "certify", "-filter="+few, "-out="+foreign).expect(t, 2, "junit.xml", "name another folder")
	if file(t, filepath.Join(foreign, "junit.xml")) != "<mine/>" {
		t.Error("it replaced a file that is not its own")
	}
	sipconform(t, "certify", "-resume", "-filter="+few, "-out="+out).expect(t, 2, "holds no run that did not come to its end")
}

// TestSignals: a signal ends a run in order, with its report, and another run goes on.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			if ossignal.Ignored(signal) {
				t.Skip("the test was started with the signal ignored, as by nohup, which a run respects")
			}
			out := t.TempDir()
			s := start(t, out)
			if !s.after(1) {
				t.Fatal(s.end(t))
			}
			if err := s.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			s.end(t).expect(t, 3, "INCONCLUSIVE: incomplete", signal.String(), "certify -resume")
			empty(t, s.temporary)
			if run := read(t, out); !strings.Contains(run.Incomplete, signal.String()) {
				t.Errorf("it is incomplete because of %q", run.Incomplete)
			}
			start(t, out, "-resume").end(t).expect(t, 0, "CONFORMANT")
		})
	}
}

// TestCrash: a run that crashes ends with 4 and leaves what had run.
func TestCrash(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("nothing watches over a run")
	}
	for name, crash := range map[string]func(t *testing.T, watching int) error{
		"a fatal error of Go": func(_ *testing.T, watching int) error { return syscall.Kill(watching, syscall.SIGQUIT) },
		"killed, as for want of memory": func(t *testing.T, watching int) error {
			var child int
			list := file(t, fmt.Sprintf("/proc/%d/task/%d/children", watching, watching))
			if _, err := fmt.Sscan(list, &child); err != nil {
				return fmt.Errorf("%q: %w", list, err)
			}
			return syscall.Kill(child, syscall.SIGKILL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			s := start(t, out)
			if !s.after(1) {
				t.Fatal(s.end(t))
			}
			if err := crash(t, s.Process.Pid); err != nil {
				t.Fatal(err)
			}
			s.end(t).expect(t, 4, "the harness crashed", "sipconform conclude")
			o := sipconform(t, "conclude", out)
			if run := read(t, out); len(run.Results) < run.Plan.Selected { // otherwise the signal came late
				o.expect(t, 3, "INCONCLUSIVE: incomplete")
			}
		})
	}
}

// fullDisk has the process of a test mount a small file system and become the command.
const fullDisk = "SIPCONFORM_FULL_DISK"

// TestFullDisk: a run that fills the disk prints its verdicts, says what is missing, and
// ends with 4.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	cmd, _ := command(t, "certify", "-filter="+some, "-jobs=2")
	out := t.TempDir()
	o, err := onSmallDisk(cmd, out, "size=256k")
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	o.expect(t, 4, "no space left on device", "ERROR", "disk-full", "it came to pass", "HARNESS ERROR", "is not complete")
}
