package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/sipconform/sipconform/internal/testkit"
)

const modulePath = "github.com/sipconform/sipconform"

// proxy writes a folder as a module proxy has it, with one version of this module.
func proxy(t *testing.T, version string) string {
	t.Helper()
	folder := t.TempDir()
	at := filepath.Join(folder, filepath.FromSlash(modulePath), "@v")
	must(t, os.MkdirAll(at, 0o700))
	archive, err := os.Create(filepath.Join(at, version+".zip"))
	must(t, err)
	must(t, zip.CreateFromDir(archive, module.Version{Path: modulePath, Version: version}, root(t)))
	must(t, archive.Close())
	for name, content := range map[string]string{
		"list": version + "\n", version + ".info": `{"Version":"` + version + `"}`, version + ".mod": file(t, filepath.Join(root(t), "go.mod")),
	} {
		must(t, os.WriteFile(filepath.Join(at, name), []byte(content), 0o600))
	}
	return folder
}

// TestInstall: go install takes the module as a proxy has it, with all files that the program embeds, and downloads nothing but
// what this machine has. It only prints the commands, since compiling everything again takes long; the build is the same as that
// of the container, of which TestContainerfile runs the program where there is no source.
func TestInstall(t *testing.T) {
	t.Parallel()
	long(t)
	cached, err := exec.Command(testkit.Program(t, "go"), "env", "GOMODCACHE").Output()
	must(t, err)
	const version = "v0.0.1"
	modules := filepath.Join(t.TempDir(), "modules")
	install := exec.CommandContext(t.Context(), testkit.Program(t, "go"), "install", "-n", modulePath+"/harness/cmd/sipconform@latest")
	install.Dir = t.TempDir()
	install.Env = append(os.Environ(), "GOMODCACHE="+modules, "GOFLAGS=-modcacherw", "GOSUMDB=off", "GONOSUMDB=", "GOWORK=off",
		"GOPROXY=file://"+proxy(t, version)+",file://"+filepath.Join(strings.TrimSpace(string(cached)), "cache", "download")+",off")
	out, status := testkit.Run(t, install)
	if status != 0 {
		t.Fatalf("go install ends with %d:\n%s", status, tail(out))
	}
	for _, want := range []string{modulePath + "@" + version, "/link "} {
		if !strings.Contains(out, want) {
			t.Errorf("go install does not print %q:\n%s", want, tail(out))
		}
	}
}

// tail returns the end of a long output.
func tail(text string) string { return text[max(0, len(text)-2000):] }
