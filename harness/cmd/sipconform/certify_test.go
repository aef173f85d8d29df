package main_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// few selects a scenario that asks for a rejection, its control, and a call with media.
const few = "id:twilio:voice:certificate:expired || id:twilio:voice:call-out:secure"

// certified is the report of the reference device's run through [few], and what the
// run printed. Tests share it, and copy it before they change it.
type certified struct {
	folder string
	outcome
}

var once struct {
	sync.Mutex
	report *certified
}

func certify(t *testing.T) *certified {
	t.Helper()
	once.Lock()
	defer once.Unlock()
	if once.report == nil {
		folder, err := os.MkdirTemp(filepath.Dir(binary), "report-") // removed by TestMain
		if err != nil {
			t.Fatal(err)
		}
		o := sipconform(t, "certify", "-filter="+few, "-as-of=2026-01-31", "-out="+folder)
		once.report = &certified{folder, o}
	}
	return once.report
}

// copied returns a folder with a copy of the report.
func copied(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(certify(t).folder)); err != nil {
		t.Fatal(err)
	}
	return folder
}

func read(t *testing.T, folder string) *results.Run {
	t.Helper()
	run, err := results.Read(filepath.Join(folder, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// change edits the results of a report.
func change(t *testing.T, folder string, edit func(*results.Run)) {
	t.Helper()
	run := read(t, folder)
	edit(run)
	if err := run.Write(filepath.Join(folder, "results.json")); err != nil {
		t.Fatal(err)
	}
}

func TestCertify(t *testing.T) {
	t.Parallel()
	c := certify(t)
	c.expect(t, 0, "CONFORMANT", "exit code 0", few)
	run := read(t, c.folder)
	if err := run.Validate(); err != nil {
		t.Error(err)
	}
	if run.Outcome != results.Conformant || run.AsOf != "2026-01-31" || run.Plan.Filter != few ||
		run.Device.Name != "reference" || run.Harness.Isolation != "in-process" {
		t.Errorf("the record is %+v", run)
	}
	verdicts := make(map[string]verdict.Verdict)
	for _, r := range run.Results {
		verdicts[r.Scenario] = r.Verdict
		if _, err := os.Stat(filepath.Join(c.folder, filepath.FromSlash(r.Evidence.Observations))); err != nil || r.Evidence.Observations == "" {
			t.Errorf("%s has no observations: %v", r.Scenario, err)
		}
	}
	for _, id := range []string{"certificate/expired", "call-out/secure"} {
		if got := verdicts["twilio/voice/"+id]; got != verdict.Pass {
			t.Errorf("%s is %q", id, got)
		}
	}
	if len(verdicts) <= 2 || len(verdicts) != run.Plan.Selected {
		t.Errorf("there are %d results of %d: controls are missing", len(verdicts), run.Plan.Selected)
	}

	var junit struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Name string `xml:"name,attr"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	data, err := os.ReadFile(filepath.Join(c.folder, "junit.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, &junit); err != nil || junit.Tests != len(run.Results) || junit.Failures != 0 {
		t.Errorf("junit.xml has %d tests and %d failures, %v", junit.Tests, junit.Failures, err)
	}
	page, err := os.ReadFile(filepath.Join(c.folder, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"<!doctype html>", "twilio/voice/certificate/expired", "reference"} {
		if !strings.Contains(strings.ToLower(string(page)), text) {
			t.Errorf("report.html does not hold %q", text)
		}
	}
}

// TestFullCoverage: with -full-coverage, a run is inconclusive if the machine cannot
// emulate something.
func TestFullCoverage(t *testing.T) {
	t.Parallel()
	if len(read(t, certify(t).folder).NotEmulated) == 0 {
		t.Skip("this machine emulates everything; CI asks a build without libssl")
	}
	o := sipconform(t, "certify", "-filter=id:twilio:voice:connect:default", "-full-coverage", "-evidence=none", "-out=r")
	o.expect(t, 3, "INCONCLUSIVE", "cannot be emulated")
}

func TestWithoutEvidence(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	sipconform(t, "certify", "-filter=id:twilio:voice:connect:default", "-evidence=none", "-out="+out).expect(t, 0)
	if _, err := os.Stat(filepath.Join(out, "evidence")); err == nil {
		t.Error("there is evidence")
	}
	sipconform(t, "verify", out).expect(t, 2, "nothing to judge again")
}

func file(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestInterrupted: a run that is interrupted reports what it had concluded, and is
// inconclusive.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	s := begin(t, "certify", "-filter=vendor:twilio", "-jobs=2", "-evidence=none", "-out="+out)
	if !s.after(1) { // the first result
		t.Fatal(s.end(t))
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	o := s.end(t)
	o.expect(t, 3, "INCONCLUSIVE", "were run")
	empty(t, s.temporary)
	run := read(t, out)
	if err := run.Validate(); err != nil {
		t.Error(err)
	}
	if run.Outcome != results.Undecided || len(run.Results) == 0 || len(run.Results) >= run.Plan.Selected {
		t.Errorf("%d of %d were run, which is %s", len(run.Results), run.Plan.Selected, run.Outcome)
	}
}

// TestMuteDevice: a device that never connects leaves the run inconclusive, and none
// of its processes survives.
func TestMuteDevice(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("a program needs namespaces, or the whole of 127.0.0.0/8")
	}
	// A duration that no other sleep on this machine has.
	mark := fmt.Sprintf("86399.%d", os.Getpid())
	descriptor := file(t, filepath.Join("testdata", "mute", "device.yaml"))
	if !strings.Contains(descriptor, `"86399"`) {
		t.Fatal("the descriptor has no sleep to mark")
	}
	folder, out := t.TempDir(), t.TempDir()
	descriptor = strings.Replace(descriptor, `"86399"`, `"`+mark+`"`, 1)
	if err := os.WriteFile(filepath.Join(folder, "device.yaml"), []byte(descriptor), 0o600); err != nil {
		t.Fatal(err)
	}
	o := sipconform(t, "certify", "-device="+folder, "-filter=id:twilio:voice:register:challenge || id:twilio:voice:call-out:mki", "-out="+out)
	o.expect(t, 3, "INCONCLUSIVE", "nothing was concluded")
	run := read(t, out)
	if err := run.Validate(); err != nil {
		t.Error(err)
	}
	seen := make(map[string]verdict.Verdict)
	for _, r := range run.Results {
		seen[r.Scenario] = r.Verdict
	}
	if seen["twilio/voice/register/challenge"] != verdict.Inconclusive || seen["twilio/voice/call-out/mki"] != verdict.NotApplicable {
		t.Errorf("the verdicts are %v", seen)
	}
	if run.Harness.Isolation != "namespace" && run.Harness.Isolation != "loopback" {
		t.Errorf("the isolation is %q", run.Harness.Isolation)
	}
	observed := filepath.Join(out, "evidence", "twilio", "voice", "register", "challenge", "observations.jsonl.gz")
	if !strings.Contains(unpacked(t, observed), mark) {
		t.Error("the device was never started")
	}
	if left := running(t, mark); len(left) > 0 {
		t.Errorf("what is left is %v", left)
	}
}

// running returns the command lines of the processes that have an argument.
func running(t *testing.T, argument string) []string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range lines {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended since
		}
		if strings.Contains(string(data), argument) {
			found = append(found, strings.ReplaceAll(string(data), "\x00", " "))
		}
	}
	return found
}

// TestProgramNotInstalled: if the device's program is missing, certify reports one
// usage error and runs nothing.
func TestProgramNotInstalled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("a program needs namespaces, or the whole of 127.0.0.0/8")
	}
	folder := t.TempDir()
	descriptor := `{name: ghost, isolation: optional, capabilities: [register],` +
		` version: {command: [no-such-phone, --version], pattern: "([0-9.]+)"}, actions: {register: {steps: [{run: [no-such-phone]}]}}}`
	if err := os.WriteFile(filepath.Join(folder, "device.yaml"), []byte(descriptor), 0o600); err != nil {
		t.Fatal(err)
	}
	o := sipconform(t, "certify", "-device="+folder, "-filter=id:twilio:voice:connect:default", "-out=r")
	o.expect(t, 2, "ghost", "no-such-phone")
}

// TestCertifyTellsOfWaivers: one that does nothing, such as README's here, is told beside the outcome, which it does not change.
func TestCertifyTellsOfWaivers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "waivers.yaml")
	text := "- cause: a\n  reason: b\n  owner: QA\n  expiry: 2025-12-31\n" +
		"- scenario: twilio/voice/connect/defualt\n  reason: b\n  owner: QA\n  expiry: 2026-12-31\n"
	shown := blocks(readme(t, "### A fault that is accepted for a while"), "yaml")
	if err := os.WriteFile(file, []byte(text+strings.Join(shown, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	sipconform(t, "certify", "-filter=id:twilio:voice:connect:default", "-as-of=2026-01-31", "-jobs=2", "-out="+t.TempDir(), "-waivers="+file).
		expect(t, 0, "waivers.yaml:1: the waiver expired on 2025-12-31 and counts as none",
			"waivers.yaml:5: the waiver matches no scenario of this run: did you mean twilio/voice/connect/default?",
			"waivers.yaml:9: the waiver excuses nothing: no scenario that it matches failed")
}
