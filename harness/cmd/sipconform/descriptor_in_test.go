package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDescriptorIn: findings are shown at a descriptor only where a code host finds it, below the working folder.
func TestDescriptorIn(t *testing.T) {
	here, outside := t.TempDir(), t.TempDir()
	for _, path := range []string{
		filepath.Join(here, "phone", "device.yaml"), filepath.Join(here, "fixtures", "devices", "curl", "device.yaml"), filepath.Join(outside, "device.yaml"),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("name: x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(here)
	for device, want := range map[string]string{
		"":                                     "",
		"phone/device.yaml":                    "phone/device.yaml",
		"./phone":                              "phone/device.yaml",
		filepath.Join(here, "phone"):           "phone/device.yaml",
		"curl":                                 "fixtures/devices/curl/device.yaml",
		"wget":                                 "",
		filepath.Join(outside, "device.yaml"):  "",
		filepath.Join("phone", "no-such.yaml"): "",
	} {
		if got := descriptorIn(device); got != want {
			t.Errorf("%q is described in %q, want %q", device, got, want)
		}
	}
}
