package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestShimExample builds the example of the documentation, and runs it with a vendor.
func TestShimExample(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	d, setup := shim(t, v), v.setup(device.Levers{TLSMax: 0x0303, Expires: 77})
	s := prepare(t, d, setup)
	do(t, s, device.Register, "")
	r := v.next("REGISTER")
	if r.header.Get("Expires") != "77" || r.state.Version != 0x0303 {
		t.Errorf("%v over TLS %x", r.header, r.state.Version)
	}
	r.answer("200 OK")
	settledBy(t, s, v.log, "event settled registered")
	if err := s.Do(t.Context(), device.Action{Verb: device.Nonsense}); !errors.Is(err, device.ErrUnsupported) {
		t.Errorf("nonsense: %v", err)
	}
	_ = s.Close()
	if got := told(v.log, "exit"); len(got) != 1 || got[0] != "shim exited with status 0" {
		t.Errorf("exits: %q", got)
	}

	// The second vendor has an unknown authority.
	stranger := newVendor(t)
	setup = stranger.setup(device.Levers{})
	setup.Trust = v.root
	s = prepare(t, d, setup)
	do(t, s, device.Register, "")
	settledBy(t, s, stranger.log, "event settled tls: failed to verify certificate")
	for _, e := range stranger.log.Events() {
		if e.Kind == observation.SIP {
			t.Errorf("it sent %s", e.Text)
		}
	}
}

// TestShimExampleIsToBeCopied checks the message for the built-in descriptor, which has no program beside it.
func TestShimExampleIsToBeCopied(t *testing.T) {
	t.Parallel()
	d, err := Load(t.Context(), fixtures.FS, "devices/example-shim/device.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(d).Prepare(t.Context(), someSetup(t)); err == nil || !strings.Contains(err.Error(), "copy its folder") {
		t.Errorf("got %v", err)
	}
}

// shim builds the example in a folder, as a user does.
func shim(t *testing.T, v *vendor) *Device {
	t.Helper()
	folder := testkit.BuildExample(t, "../../../fixtures/devices/example-shim")
	d, err := LoadFile(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	return New(d)
}

// TestShimInAShell runs the shell program of SHIM.md.
func TestShimInAShell(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../fixtures/devices/SHIM.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(page), "```sh\n")
	program, _, found := strings.Cut(program, "```")
	if !found {
		t.Fatal("SHIM.md shows no shell program")
	}
	_, descriptor, _ := strings.Cut(string(page), "```yaml\n")
	descriptor, _, _ = strings.Cut(descriptor, "```")
	folder := t.TempDir()
	descriptor = strings.Replace(descriptor, `[python3, "{{.Folder}}/shim.py"]`, `[sh, "{{.Folder}}/shim.sh"]`, 1)
	descriptor += fmt.Sprintf("environment: {PATH: '%s:{{.Folder}}'}\n", os.Getenv("PATH"))
	phone := "#!/bin/sh\necho \"phone $1\" >&2\n"
	for name, content := range map[string]string{"device.yaml": descriptor, "shim.sh": program, "my-phone": phone} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d, err := LoadFile(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	setup := someSetup(t)
	s := prepare(t, New(d), setup)
	do(t, s, device.Register, "")
	settledBy(t, s, setup.Log, "event settled")
	if err := s.Do(t.Context(), device.Action{Verb: device.Call}); !errors.Is(err, device.ErrUnsupported) {
		t.Errorf("call: %v", err)
	}
	_ = s.Close()
	if log, _ := os.ReadFile(filepath.Join(setup.Dir, logName)); !strings.Contains(string(log), "phone --register") {
		t.Errorf("device.log:\n%s", log)
	}
}
