//go:build linux

package isolate

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	file := func(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }
	clone := func(errno syscall.Errno) error { return &setupError{Stage: "clone", Err: errno} }
	for _, test := range []struct {
		name   string
		system fstest.MapFS
		err    error
		want   string
	}{
		{"switched off", fstest.MapFS{"proc/sys/user/max_user_namespaces": file("0\n")}, clone(syscall.ENOSPC), "max_user_namespaces is 0"},
		{"used up", fstest.MapFS{"proc/sys/user/max_user_namespaces": file("9\n")}, clone(syscall.ENOSPC), "used up"},
		{"Debian's switch", fstest.MapFS{"proc/sys/kernel/unprivileged_userns_clone": file("0\n")}, clone(syscall.EPERM), "unprivileged_userns_clone is 0"},
		{"Ubuntu's switch", fstest.MapFS{"proc/sys/kernel/apparmor_restrict_unprivileged_userns": file("1\n")}, &setupError{"make mounts private", syscall.EACCES}, "AppArmor"},
		{"Docker", fstest.MapFS{".dockerenv": file("")}, clone(syscall.EPERM), "Docker container may not create namespaces"},
		{"Docker with namespaces", fstest.MapFS{".dockerenv": file("")}, &setupError{"mount /proc", syscall.EPERM}, "masks parts of /proc"},
		{"Podman", fstest.MapFS{"run/.containerenv": file("")}, clone(syscall.EPERM), "Podman container"},
		{"sandbox", fstest.MapFS{"proc/self/status": file("Name:\tx\nSeccomp:\t2\n")}, clone(syscall.EPERM), "seccomp"},
		{"no seccomp", fstest.MapFS{"proc/self/status": file("Seccomp:\t0\n")}, clone(syscall.EPERM), "does not let the user create namespaces"},
		{"no file to cover", fstest.MapFS{}, &setupError{"cover name service files", syscall.ENOENT}, "missing"},
		{"kernel without them", fstest.MapFS{}, clone(syscall.EINVAL), "this kernel was built without"},
		{"anything else", fstest.MapFS{}, errors.New("strange"), "could not be set up"},
		{"several", fstest.MapFS{}, errors.Join(clone(syscall.EPERM), clone(syscall.EINVAL)), "does not let the user create namespaces"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := explain(test.system, test.err); !strings.Contains(got, test.want) || strings.Contains(got, "\n") {
				t.Errorf("got %q, want a line with %q", got, test.want)
			}
		})
	}
}

func TestErrUnavailable(t *testing.T) {
	t.Parallel()
	err := error(&ErrUnavailable{Reason: "this kernel was built without it", Err: syscall.EINVAL})
	if want := "isolation is not available: this kernel was built without it (invalid argument)"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, syscall.EINVAL) {
		t.Error("is neither unsupported nor the system's error")
	}
}

func TestReportCrossesThePipe(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, stage string
		sent        error
		is          error
	}{
		{"errno", "mount /proc", &setupError{"mount /proc", syscall.EPERM}, syscall.EPERM},
		{"path", "cover", &setupError{"cover", &os.PathError{Op: "stat", Path: "/etc/hosts", Err: syscall.ENOENT}}, os.ErrNotExist},
		{"other", "set up", errors.New("strange"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			send(writer, test.sent)
			got := receive(reader)
			var setup *setupError
			if !errors.As(got, &setup) || setup.Stage != test.stage || test.is != nil && !errors.Is(got, test.is) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestNSSwitch(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "hosts: files dns\n",
		"passwd: files systemd\n hosts: files resolve [!UNAVAIL=return] dns\nnetworks: files": "passwd: files systemd\nnetworks: files\nhosts: files dns\n",
	} {
		if got := nsswitch(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	if got := attempts(1000); len(got) != 1 || !got[0].userNamespace {
		t.Errorf("a user: %v", got)
	}
	if got := attempts(0); len(got) != 2 || got[0].userNamespace || !got[1].userNamespace {
		t.Errorf("root: %v", got)
	}
}
