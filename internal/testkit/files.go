package testkit

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// Folder writes files, by name, to a new folder that is removed with the test, and returns the folder.
func Folder[T string | []byte](tb testing.TB, files map[string]T) string {
	tb.Helper()
	folder := tb.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return folder
}

// File writes one file to a new folder that is removed with the test, and returns its path.
func File[T string | []byte](tb testing.TB, name string, content T) string {
	tb.Helper()
	return filepath.Join(Folder(tb, map[string]T{name: content}), name)
}

// update is a flag of every test binary with golden files: go test ./harness/report -update
var update = flag.Bool("update", false, "rewrite the golden files")

// Golden compares got with a file in testdata, which the flag -update rewrites.
func Golden(tb testing.TB, name string, got []byte) {
	tb.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		tb.Errorf("differs from %s (go test -update rewrites it); got:\n%s", path, got)
	}
}
