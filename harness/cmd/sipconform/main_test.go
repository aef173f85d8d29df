package main_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// binary is the path of the command, built by TestMain; "" if there is no go command.
var binary string

func TestMain(m *testing.M) {
	becomeCommand()
	together()
	os.Exit(build(m))
}

// together has more tests run at a time than there are cores, unless the user says how many: they
// wait for programs, which wait for each other.
func together() {
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		_ = flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0))) // the flag is known
	}
}

func build(m *testing.M) int {
	folder, err := os.MkdirTemp("", "sipconform-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	if _, err := exec.LookPath("go"); err == nil {
		binary = filepath.Join(folder, "sipconform")
		if out, err := exec.Command("go", "build", "-tags", tags(), "-o", binary, ".").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
	}
	return m.Run()
}

// tags are the build tags of the tests. The command is built with them as well: it has to be
// able to emulate what the tests can.
func tags() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-tags" {
				return s.Value
			}
		}
	}
	return ""
}

// long skips a test in a short run. It runs the command many times, in which neither the
// race detector nor a build tag of the test is.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the command many times")
	}
}

// limit is how long any one command may take before it is killed.
const limit = 90 * time.Second

// command returns the command with arguments, not yet started, and its own folder for
// temporary files.
func command(t *testing.T, args ...string) (cmd *exec.Cmd, temporary string) {
	t.Helper()
	if binary == "" {
		t.Skip("there is no go command to build with")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), limit)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, binary, args...)
	temporary = t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
	cmd.Dir = t.TempDir()
	return cmd, temporary
}

// outcome is the exit status and the output of a command.
type outcome struct {
	status      int
	out, errors string
}

// sipconform runs the command to its end. The command must leave no temporary file.
func sipconform(t *testing.T, args ...string) outcome {
	t.Helper()
	cmd, temporary := command(t, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	o := outcome{status: exitStatus(t, cmd.Run()), out: out.String(), errors: errs.String()}
	empty(t, temporary)
	return o
}

func exitStatus(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return -1
}

// empty fails the test if a folder holds anything.
func empty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		t.Errorf("it left %s behind", e.Name())
	}
}

func (o outcome) String() string {
	return fmt.Sprintf("exit status %d\n--- stdout\n%s\n--- stderr\n%s", o.status, o.out, o.errors)
}

// expect fails the test unless the exit status is right and the output has the texts.
func (o outcome) expect(t *testing.T, status int, texts ...string) {
	t.Helper()
	if o.status != status {
		t.Fatalf("want exit status %d: %s", status, o)
	}
	for _, text := range texts {
		if !strings.Contains(o.out+o.errors, text) {
			t.Errorf("want %q: %s", text, o)
		}
	}
}

// TestUsage: a wrong call exits with 2, and the message says what is wrong and what
// the choices are.
func TestUsage(t *testing.T) {
	t.Parallel()
	broken, err := filepath.Abs(filepath.Join("testdata", "broken"))
	if err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(taken, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"no command":                      {nil, []string{"usage: sipconform", "certify", "list", "serve", "verify", "diff"}},
		"unknown command":                 {[]string{"certfy"}, []string{`no command "certfy"`, "usage: sipconform"}},
		"unknown flag":                    {[]string{"certify", "-devise=x"}, []string{"-devise"}},
		"unknown device":                  {[]string{"certify", "-device=nokia"}, []string{`no device "nokia"`, "reference", "baresip", "device.yaml"}},
		"a device by its position":        {[]string{"certify", "baresip"}, []string{`"baresip"`, "-device"}},
		"no descriptor there":             {[]string{"certify", "-device=./nowhere/device.yaml"}, []string{"device.yaml", "no such file"}},
		"a broken descriptor":             {[]string{"certify", "-device=" + broken}, []string{"broken descriptor", "device.yaml:4", `"capabilites"`}},
		"a filter that selects nothing":   {[]string{"certify", "-filter=vendor:nobody"}, []string{`"vendor:nobody"`, "selects no scenario", "sipconform list"}},
		"a filter that does not parse":    {[]string{"certify", "-filter=vendor:twilio && ("}, []string{"filter", "vendor:twilio && ("}},
		"waivers that are not there":      {[]string{"certify", "-waivers=" + taken + "1"}, []string{"-waivers", "no such file"}},
		"waivers that are no list":        {[]string{"certify", "-waivers=" + taken}, []string{taken + ":1: the file is not a list"}},
		"waivers of a pipe":               {[]string{"conclude", "-waivers=/dev/zero", taken}, []string{"/dev/zero: it is a device"}},
		"a mistyped label":                {[]string{"certify", "-filter=vendor:twilio && area:strp"}, []string{"selects no scenario", `did you mean "area:srtp"?`}},
		"a mistyped device":               {[]string{"certify", "-device=barseip"}, []string{`no device "barseip": did you mean "baresip"?`}},
		"a day before any profile":        {[]string{"certify", "-as-of=2001-01-01"}, []string{"2001-01-01", "begins on 2018-01-01"}},
		"a day before those asked about":  {[]string{"certify", "-as-of=2020-01-01", "-filter=vendor:twilio"}, []string{"2020-01-01", "begins on 2022-04-01"}},
		"a list before any profile":       {[]string{"list", "-device=reference", "-as-of=2001-01-01"}, []string{"begins on 2018-01-01"}},
		"a date that does not exist":      {[]string{"certify", "-as-of=2026-02-30"}, []string{`"2026-02-30"`, "date"}},
		"a date in another order":         {[]string{"certify", "-as-of=31.01.2026"}, []string{`"31.01.2026"`, "2026-01-31"}},
		"fewer jobs than none":            {[]string{"certify", "-jobs=-1"}, []string{"-jobs -1"}},
		"jobs in words":                   {[]string{"certify", "-jobs=many"}, []string{`"many"`}},
		"another depth of evidence":       {[]string{"certify", "-evidence=all"}, []string{`"all"`, "none, failures, full"}},
		"a report where a file is":        {[]string{"certify", "-out=" + taken}, []string{taken}},
		"a list of no vendor":             {[]string{"list", "-vendor=nobody"}, []string{`"nobody"`, "twilio"}},
		"a list in no format":             {[]string{"list", "-format=xml"}, []string{`"xml"`, "text, json, markdown"}},
		"a list of something":             {[]string{"list", "twilio"}, []string{`"twilio"`, "-vendor"}},
		"a mock of nobody":                {[]string{"serve"}, []string{"name the vendor"}},
		"a mock of a flag":                {[]string{"serve", "--product=voice"}, []string{"name the vendor"}},
		"a mock of an unknown vendor":     {[]string{"serve", "nobody"}, []string{"no mock nobody;", "twilio --product voice"}},
		"a mock of an unknown product":    {[]string{"serve", "twilio", "--product=fax"}, []string{"no mock twilio --product fax;", "twilio --product voice"}},
		"a mock of two vendors":           {[]string{"serve", "twilio", "voice"}, []string{`"voice"`, "--product"}},
		"a mock of an unknown revision":   {[]string{"serve", "twilio", "--profile=2099"}, []string{`"2099"`, "seed-era"}},
		"a mock with an unknown setting":  {[]string{"serve", "twilio", "--set=colour=red"}, []string{`"colour"`, "tls_min"}},
		"a mock with an unknown value":    {[]string{"serve", "twilio", "--set=tls_min=TLS 2.0"}, []string{`"TLS 2.0"`, "TLS 1.2"}},
		"a mock with half a setting":      {[]string{"serve", "twilio", "--set=tls_min"}, []string{"tls_min", "key=value"}},
		"a mock at every address":         {[]string{"serve", "twilio", "--listen=0.0.0.0"}, []string{"every address of this machine"}},
		"a mock at another's address":     {[]string{"serve", "twilio", "--listen=192.0.2.99:5061"}, []string{"192.0.2.99 is no address of this machine"}},
		"a vendor at another's address":   {[]string{"certify", "-device=example-container", "-listen=192.0.2.99"}, []string{"192.0.2.99 is no address of this machine"}},
		"names at another's address":      {[]string{"certify", "-device=example-container", "-listen=127.0.0.1", "-dns=192.0.2.99:53"}, []string{"-dns: 192.0.2.99 is no address"}},
		"a mock at no port":               {[]string{"serve", "twilio", "--listen=127.0.0.1:sips"}, []string{`"sips" is no port`}},
		"SIP at the first port":           {[]string{"serve", "twilio", "--listen=127.0.0.1:1"}, []string{"no port before it"}},
		"a mock of two revisions":         {[]string{"serve", "twilio", "--profile=current", "--as-of=2026-01-01"}, []string{"give one of the two"}},
		"a mock that signs nothing":       {[]string{"serve", "twilio", "-sign", "key.pem"}, []string{"without -report"}},
		"a device without a verb":         {[]string{"device"}, []string{"say what to do", "device new NAME", "device check NAME"}},
		"a device of another verb":        {[]string{"device", "buy"}, []string{"device new NAME"}},
		"a check of nothing":              {[]string{"device", "check"}, []string{"name the device"}},
		"a check of two devices":          {[]string{"device", "check", "curl", "wget"}, []string{`"wget" is not a flag`}},
		"a check of an unknown device":    {[]string{"device", "check", "nokia"}, []string{`no device "nokia"`, "baresip"}},
		"a new device of no kind":         {[]string{"device", "new", "x", "-kind=fax"}, []string{`"fax"`, "shim"}},
		"a new device nowhere":            {[]string{"device", "new", "x", "-kind=person", "-address=home"}, []string{`"home" is not an IP address`}},
		"a new device that flies":         {[]string{"device", "new", "x", "-kind=shim", "-capabilities=flying"}, []string{`"flying"`, "role"}},
		"a mock of no day":                {[]string{"serve", "twilio", "--as-of=yesterday"}, []string{`"yesterday" is not a date`}},
		"roots where no file can be":      {[]string{"serve", "twilio", "--ca=" + taken + "/roots.pem"}, []string{taken}},
		"nothing to verify":               {[]string{"verify"}, []string{"name the folder"}},
		"no report to verify":             {[]string{"verify", t.TempDir()}, []string{"results.json", "no such file"}},
		"one file to compare":             {[]string{"diff", taken}, []string{"two files"}},
		"three files to compare":          {[]string{"diff", taken, taken, taken}, []string{"two files"}},
		"a comparison in no format":       {[]string{"diff", "-format=xml", taken, taken}, []string{`"xml"`, "text, json, markdown"}},
		"a baseline in a format":          {[]string{"diff", "-record", "-format=json", taken, taken}, []string{"leave out -format json"}},
		"files that are no results":       {[]string{"diff", taken, taken}, []string{"schema"}},
		"files that are not there":        {[]string{"diff", taken + "1", taken + "2"}, []string{"no such file"}},
		"a baseline of what is no result": {[]string{"diff", "-record", taken, taken}, []string{"schema"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := sipconform(t, c.args...)
			o.expect(t, 2, c.says...)
			if o.out != "" {
				t.Errorf("the error is not on stderr: %s", o)
			}
			if strings.Contains(o.errors, "\x1b") || strings.Contains(o.errors, "goroutine") {
				t.Errorf("the message is not plain text: %q", o.errors)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"help"}, {"-h"}, {"--help"}} {
		sipconform(t, args...).expect(t, 0, "usage: sipconform", "certify", "list", "serve", "verify", "diff")
	}
	for name, flag := range map[string]string{
		"certify": "-filter", "list": "-format", "serve": "-listen", "verify": "REPORT", "diff": "-record", "device": "check NAME",
	} {
		sipconform(t, name, "-h").expect(t, 0, flag)
	}
}
