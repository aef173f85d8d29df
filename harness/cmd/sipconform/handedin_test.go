//go:build unix

package main_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWhatIsHandedInIsARegularFile: whatever a user names, a pipe or a device in its place is bad usage, said at once.
func TestWhatIsHandedInIsARegularFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	pipe := filepath.Join(folder, "device.yaml")
	err := syscall.Mkfifo(pipe, 0o600)
	for _, part := range []string{"profiles", "requirements"} {
		err = errors.Join(err, os.CopyFS(filepath.Join(folder, part), os.DirFS(carrier(t))),
			syscall.Mkfifo(filepath.Join(folder, part, part, "pipe.yaml"), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	const refusal = "it is a named pipe: put a regular file there"
	for name, arguments := range map[string][]string{
		"descriptor":   {"certify", "-device", pipe, "-out", folder},
		"profile":      {"list", "-vendors", filepath.Join(folder, "profiles")},
		"requirements": {"list", "-vendors", filepath.Join(folder, "requirements")},
		"baseline":     {"diff", pipe, pipe},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sipconform(t, arguments...).expect(t, 2, refusal)
		})
	}
	sipconform(t, "diff", "/dev/zero", "/dev/zero").expect(t, 2, "it is a device")
}
