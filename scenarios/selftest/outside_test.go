package selftest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/scenarios"
)

// TestOutside builds and runs tests of another module that import the public packages.
// TestIdle there certifies a device that does nothing: its subtest must fail and name
// verdict, cause and evidence.
func TestOutside(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds another module")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/outside")); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	module := fmt.Sprintf("module example.test/outside\n\ngo 1.26.0\n\n"+
		"require github.com/sipconform/sipconform v0.0.0\n\nreplace github.com/sipconform/sipconform => %q\n", root)
	for name, text := range map[string][]byte{"go.mod": []byte(module), "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(arguments ...string) (string, error) {
		command := exec.CommandContext(t.Context(), "go", append([]string{"test", "-mod=mod", "-count=1"}, arguments...)...)
		command.Dir = folder
		command.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		said, err := command.CombinedOutput()
		return string(said), err
	}
	if said, err := run("-skip", "TestIdle", "."); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	said, err := run("-run", "TestIdle", ".")
	if err == nil {
		t.Fatalf("a device that does nothing passes\n%s", said)
	}
	for _, want := range []string{
		"--- FAIL: TestIdle/twilio/voice/connect/default", "inconclusive: never-connected",
		"evidence/twilio/voice/connect/default/ladder.txt",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the output lacks %q\n%s", want, said)
		}
	}
}

// TestDeviceIsRequired: Prepare returns an error for Options without a Device.
func TestDeviceIsRequired(t *testing.T) {
	t.Parallel()
	if _, err := scenarios.Prepare(t.Context(), load(t), scenarios.Options{}); err == nil || !strings.Contains(err.Error(), "needs a Device") {
		t.Errorf("the error is %v", err)
	}
}

// adjustable is a device with a configuration.
type adjustable struct {
	device.Device
	configuration device.Configuration
}

func (a adjustable) Configurations() []device.Configuration {
	return []device.Configuration{a.configuration}
}

// TestConfigurationsAreOfTheLibrary: Prepare returns an error for a configuration that
// gives up what does not exist.
func TestConfigurationsAreOfTheLibrary(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"area:certificates": "device reference: the configuration verification off gives up area:certificates, a label that no scenario has",
		"area:certificate":  "",
	} {
		d := adjustable{scenarios.Reference(), device.Configuration{Name: "verification off", GivesUp: []string{label}}}
		c, err := scenarios.Prepare(t.Context(), load(t), scenarios.Options{Device: d})
		switch {
		case want == "" && err != nil, want != "" && (err == nil || err.Error() != want):
			t.Errorf("%s: %v", label, err)
		case err == nil:
			c.Close()
		}
	}
}

// TestWayIn is the way in for Go programs, with the device that is built in: a
// subtest a scenario, one of which it cannot be asked.
func TestWayIn(t *testing.T) {
	t.Parallel()
	scenarios.Test(t, scenarios.Config{
		Device: scenarios.Reference(), Filter: "req:CU-LEG-01 || id:carrier:trunk:connect:default",
		Vendors: os.DirFS("../../fixtures/examples/carrier"),
	})
}
