//go:build linux

package isolate

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestShowing: a device whose files the harness alone can read is the user of the harness, and the guarantees say so.
func TestShowing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	all := &Confinement{holds: Guarantees{Cells: true, Users: true, Routes: true}}
	for _, test := range []struct {
		name    string
		mode    os.FileMode
		folder  bool
		private bool
	}{
		{"open folder", 0o755, true, false},
		{"folder that can be passed", 0o711, true, true},
		{"closed folder", 0o700, true, true},
		{"program", 0o755, false, false},
		{"program that can be run", 0o711, false, false},
		{"closed program", 0o744, false, true},
		{"file", 0o644, false, false},
		{"closed file", 0o600, false, true},
		{"nothing", 0, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(folder, test.name)
			var err error
			switch {
			case test.folder:
				err = os.Mkdir(path, 0o700)
			case test.mode != 0:
				err = os.WriteFile(path, nil, 0o600)
			}
			if test.mode != 0 {
				err = errors.Join(err, os.Chmod(path, test.mode))
			}
			if err != nil {
				t.Fatal(err)
			}
			got := all.Showing([]string{path, "/usr"}).Guarantees()
			if got.Users == test.private || got.Routes == test.private || !got.Cells || strings.Contains(got.String(), path) != test.private {
				t.Errorf("%+v: %s", got, got)
			}
		})
	}
}

// TestCovers has what is covered in a cell, and what never is.
func TestCovers(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := os.Chmod(filepath.Dir(home), 0o755); err != nil {
		t.Fatal(err)
	}
	closed, project := filepath.Join(home, "closed"), filepath.Join(home, "closed", "project")
	if err := errors.Join(os.MkdirAll(project, 0o755), os.Chmod(closed, 0o700), os.WriteFile(filepath.Join(home, "file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		view view
		want string
		is   bool
	}{
		{"what is hidden", view{Hidden: []string{project}}, project, true},
		{"the system", view{Hidden: []string{"/"}}, "/", false},
		{"a part of the system", view{Hidden: []string{"/etc"}}, "/etc", false},
		{"/tmp, which is the session's", view{Hidden: []string{"/tmp"}}, "/tmp", false},
		{"what is not there", view{Hidden: []string{home + "/nothing"}}, home + "/nothing", false},
		{"a file", view{Hidden: []string{home + "/file"}}, home + "/file", false},
		{"what is closed on the way", view{Stranger: true, Reach: []string{project + "/program"}}, closed, true},
		{"what is closed on the way to the harness's own", view{Reach: []string{project + "/program"}}, closed, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.view.covers(); slices.Contains(got, test.want) != test.is {
				t.Errorf("covered: %q", got)
			}
		})
	}
}
