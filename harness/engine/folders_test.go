package engine

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFolders: a session's folder is empty, and serves another session only if the first left nothing in it and the run's
// scratch folder will be removed.
func TestFolders(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for name, c := range map[string]struct {
		scratch string
		used    bool
		again   bool // whether it serves the next session
	}{
		"left empty":                    {t.TempDir(), false, true},
		"used":                          {t.TempDir(), true, false},
		"left empty, nobody removes it": {"", false, false},
		"used, nobody removes it":       {"", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := &folders{scratch: c.scratch}
			dir, err := f.take()
			if err != nil {
				t.Fatal(err)
			}
			if c.used {
				if err := os.WriteFile(filepath.Join(dir, "key.pem"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f.giveBack(dir)
			if _, err := os.Stat(dir); (err == nil) != c.again {
				t.Errorf("afterwards: %v", err)
			}
			next, err := f.take()
			if err != nil {
				t.Fatal(err)
			}
			if (next == dir) != c.again || !empty(next) {
				t.Errorf("the next session has %s after %s", next, dir)
			}
			f.giveBack(next)
		})
	}
}
