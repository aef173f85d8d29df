//go:build unix

package userfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

// TestReadRefuses has everything that can stand in the place of a file.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(target string) func(path string) error {
		return func(path string) error { return os.Symlink(target, path) }
	}
	content := func(text string) func(path string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o600) }
	}
	for _, test := range []struct {
		name string
		make func(path string) error
		want string // of the error; what is read if it begins with "="
	}{
		{"a file", content("hello"), "=hello"},
		{"as large as it may be", content(strings.Repeat("x", 100)), "=" + strings.Repeat("x", 100)},
		{"a byte more", content(strings.Repeat("x", 101)), "it has 101 bytes, and 100 are the maximum"},
		{"a sparse file", func(path string) error { return errors.Join(content("")(path), os.Truncate(path, 1<<40)) }, "it has 1099511627776 bytes"},
		{"a link inside", func(path string) error {
			return errors.Join(content("inside")(filepath.Join(filepath.Dir(path), "other")), link("other")(path))
		}, "=inside"},
		{"a link outside", link(outside), "a symbolic link leads out of the folder"},
		{"a link upwards", link("../../../../../../../etc/passwd"), "a symbolic link leads out of the folder"},
		{"a link to a device", link("/dev/zero"), "a symbolic link leads out of the folder"},
		{"a link to itself", link("file"), "too many"},
		{"a link to nothing", link("nothing"), "no such file"},
		{"nothing", func(string) error { return nil }, "no such file"},
		{"a pipe", func(path string) error { return syscall.Mkfifo(path, 0o600) }, "it is a named pipe: put a regular file there"},
		{"a folder", func(path string) error { return os.Mkdir(path, 0o700) }, "it is a folder: put a regular file there"},
		{"a socket", func(path string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
			if err == nil {
				l.SetUnlinkOnClose(false)
				err = l.Close()
			}
			return err
		}, "it is a socket: put a regular file there"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder, err := os.MkdirTemp("", "u") // the address of a socket is short
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(folder) })
			if err := test.make(filepath.Join(folder, "file")); err != nil {
				t.Fatal(err)
			}
			got, err := Read(t.Context(), Dir(folder), "file", 100)
			if want, readable := strings.CutPrefix(test.want, "="); readable {
				if string(got) != want || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			at := new(fs.PathError)
			if !errors.As(err, &at) || !strings.Contains(err.Error(), test.want) || got != nil {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestReadFileFollowsTheUsersLink(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	target, link := filepath.Join(t.TempDir(), "target"), filepath.Join(folder, "link")
	if err := errors.Join(os.WriteFile(target, []byte("hello"), 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(t.Context(), link, 100); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := ReadFile(t.Context(), link, 3); err == nil || !strings.Contains(err.Error(), link+": it has 5 bytes") {
		t.Errorf("too large: %v", err)
	}
	if _, err := ReadFile(t.Context(), "/dev/zero", 100); err == nil || !strings.Contains(err.Error(), "/dev/zero: it is a device") {
		t.Errorf("device: %v", err)
	}
}

func TestReadIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("interrupted")
	cancel(why)
	if _, err := Read(ctx, fstest.MapFS{"a": {Data: []byte("a")}}, "a", 100); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestGlobIsBounded(t *testing.T) {
	t.Parallel()
	many := fstest.MapFS{}
	for i := range maxNames + 1 {
		many[fmt.Sprint(i, ".yaml")] = &fstest.MapFile{}
	}
	if names, err := Glob(many, "*.yaml"); err == nil || names != nil {
		t.Errorf("%d names, %v", len(names), err)
	}
	delete(many, "0.yaml")
	if names, err := Glob(many, "*.yaml"); err != nil || len(names) != maxNames {
		t.Errorf("%d names, %v", len(names), err)
	}
}
