package scratch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/sipconform/sipconform/harness/scratch"
)

// killed is set in the process of a test whose folder the test leaves behind.
const killed = "SIPCONFORM_SCRATCH_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(killed) == "" {
		os.Exit(m.Run())
	}
	f, err := scratch.New()
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(filepath.Join(f.Path, "key.pem"), nil, 0o400); err != nil {
		panic(err)
	}
	process, err := os.FindProcess(os.Getpid())
	if err != nil {
		panic(err)
	}
	process.Kill()
	select {}
}

// TestSweep: the next run removes the folder of a run that was killed, and nothing else.
// The test sets the environment, so it is not parallel.
func TestSweep(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no locks")
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	live, err := scratch.New()
	if err != nil {
		t.Fatal(err)
	}
	dead := exec.Command(os.Args[0])
	dead.Env = append(os.Environ(), killed+"=1")
	if err := dead.Run(); err == nil {
		t.Fatal("it was not killed")
	}
	// Neither one that is being made, nor what only has such a name.
	begun := filepath.Join(temporary, "sipconform-run-begun")
	linked := filepath.Join(temporary, "sipconform-run-linked")
	elsewhere := t.TempDir()
	for _, err := range []error{os.Mkdir(begun, 0o700), os.WriteFile(filepath.Join(elsewhere, "owner"), nil, 0o600),
		os.Symlink(elsewhere, linked), os.WriteFile(filepath.Join(temporary, "sipconform-run-file"), nil, 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if names := list(t, temporary); len(names) != 5 {
		t.Fatalf("there are %q", names)
	}
	next, err := scratch.New()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(next.Path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("keys would be in %v, %v", info, err)
	}
	for _, path := range []string{live.Path, next.Path, begun, linked, filepath.Join(elsewhere, "owner")} {
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
	if names := list(t, temporary); len(names) != 5 {
		t.Errorf("the dead run's is still there: %q", names)
	}
	for _, f := range []*scratch.Folder{live, next} {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(f.Path); err == nil {
			t.Errorf("%s is still there", f.Path)
		}
	}
}

func list(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
