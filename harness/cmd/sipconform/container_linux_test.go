package main_test

import (
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

// instruction is one of the Containerfile.
type instruction struct{ name, arguments string }

// containerfile reads the Containerfile, in which no instruction is one that this test does not know.
func containerfile(t *testing.T) (all []instruction) {
	t.Helper()
	known := []string{"FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"}
	text := file(t, filepath.Join(root(t), "Containerfile"))
	text = regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(text, "")
	for line := range strings.Lines(regexp.MustCompile(`\\\n\s*`).ReplaceAllString(text, "")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, arguments, _ := strings.Cut(line, " ")
		if !slices.Contains(known, name) || arguments == "" {
			t.Fatalf("the Containerfile has the line %q", line)
		}
		all = append(all, instruction{name, arguments})
	}
	return all
}

// of returns the arguments of the instructions of a name.
func of(all []instruction, name string) (arguments []string) {
	for _, i := range all {
		if i.name == name {
			arguments = append(arguments, i.arguments)
		}
	}
	return arguments
}

// TestContainerfile follows the steps of the Containerfile as far as a machine without containers can.
func TestContainerfile(t *testing.T) {
	t.Parallel()
	all := containerfile(t)
	from, copies, runs := of(all, "FROM"), of(all, "COPY"), of(all, "RUN")
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(file(t, filepath.Join(root(t), "go.mod")))[1]
	if want := []string{"docker.io/library/golang:" + goVersion + "-bookworm AS build", "docker.io/library/debian:12-slim"}; !slices.Equal(from, want) {
		t.Errorf("the stages are %q, want %q", from, want)
	}
	if users := of(all, "USER"); !slices.Equal(users, []string{"sipconform"}) || !slices.Equal(of(all, "ENTRYPOINT"), []string{`["sipconform"]`}) {
		t.Errorf("it runs as %q: %q", users, of(all, "ENTRYPOINT"))
	}
	ignored := strings.Fields(file(t, filepath.Join(root(t), ".containerignore")))
	for _, c := range copies {
		words := strings.Fields(c)
		if strings.HasPrefix(words[0], "--from=") {
			if words[0] != "--from=build" || words[1] != "/out/sipconform" || path.Base(words[2]) != "sipconform" {
				t.Errorf("COPY %s", c)
			}
			continue
		}
		for _, source := range words[:len(words)-1] {
			if _, err := os.Stat(filepath.Join(root(t), source)); err != nil || slices.Contains(ignored, source) {
				t.Errorf("COPY %s: %v, or it is ignored", c, err)
			}
		}
	}
	if len(copies) != 3 || len(runs) != 3 {
		t.Fatalf("COPY %q, RUN %q", copies, runs)
	}
	t.Run("packages", func(t *testing.T) {
		t.Parallel()
		_, list, _ := strings.Cut(runs[2], "--no-install-recommends ")
		list, _, _ = strings.Cut(list, " &&")
		names := strings.Fields(list)
		out, _ := testkit.Run(t, testkit.Command(t, "apt-cache", append([]string{"policy"}, names...)...))
		if out == "" {
			t.Skip("apt has no lists here")
		}
		for _, name := range names {
			if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `:\n.*\n  Candidate: [^(]`).MatchString(out) {
				t.Errorf("apt knows no package %s:\n%s", name, out)
			}
		}
	})
	t.Run("program", func(t *testing.T) {
		t.Parallel()
		long(t)
		image := t.TempDir()
		build := exec.CommandContext(t.Context(), testkit.Program(t, "sh"), "-c", strings.ReplaceAll(runs[1], "/out/", image+"/usr/local/bin/"))
		build.Dir = root(t)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", runs[1], err, out)
		}
		inImage(t, image)
	})
}

// inImage runs the program in a folder that has nothing but it, the libraries that it is linked with, and libssl.
func inImage(t *testing.T, image string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can change the root")
	}
	program := filepath.Join(image, "usr", "local", "bin", "sipconform")
	linked, _ := testkit.Run(t, testkit.Command(t, "ldd", program))
	libraries := regexp.MustCompile(`/\S+\.so\S*`).FindAllString(linked, -1)
	for _, pattern := range []string{"/usr/lib/*/libssl.so.3", "/usr/lib/*/libcrypto.so.3", "/lib/*/libpthread.so.0", "/lib/*/libdl.so.2"} {
		found, err := filepath.Glob(pattern)
		must(t, err)
		libraries = append(libraries, found...)
	}
	for _, library := range libraries {
		copyFile(t, library, filepath.Join(image, library))
	}
	for _, folder := range []string{"work", "tmp", "etc"} {
		must(t, os.MkdirAll(filepath.Join(image, folder), 0o777))
		must(t, os.Chmod(filepath.Join(image, folder), 0o777))
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"help"}, "usage: sipconform <command>"},
		{[]string{"list", "--vendor", "twilio"}, "twilio/voice/certificate/expired"},
		{[]string{"certify", "-filter", "id:twilio:voice:connect:default"}, "\nCONFORMANT: "},
		{[]string{"verify", "report"}, "judged again, 0 differ"},
		{[]string{"device", "new", "my-phone", "-kind", "program", "-program", "my-phone"}, "made my-phone/device.yaml"},
		{[]string{"explain", "accepted-expired"}, "notBefore"},
		{[]string{"certs", "certs", "-product", "genesys/byoc-cloud", "-seed", "1"}, "read certs/index.md"},
	} {
		cmd := testkit.Command(t, program, c.args...)
		cmd.Path = "/usr/local/bin/sipconform"
		cmd.Dir, cmd.Env = "/work", []string{"HOME=/work", "PATH=/usr/local/bin"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: image, Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}
		out, status := testkit.Run(t, cmd)
		if status != 0 || !strings.Contains(out, c.want) {
			t.Errorf("%v ends with %d, want %q:\n%s", c.args, status, c.want, tail(out))
		}
		if strings.Contains(out, "Not emulated") {
			t.Errorf("libssl is not found:\n%s", tail(out))
		}
	}
	if _, err := os.Stat(filepath.Join(image, "work", "report", "report.html")); err != nil {
		t.Error(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(to), 0o755))
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, err)
	must(t, out.Close())
}
