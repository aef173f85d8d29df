package isolate

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
)

// explain returns one sentence, without its full stop, on why the namespaces could not be created. system is the root
// folder of the machine.
func explain(system fs.FS, err error) string {
	var setup *setupError
	errors.As(err, &setup)
	switch {
	case setting(system, "proc/sys/user/max_user_namespaces") == "0":
		return "user namespaces are switched off: sysctl user.max_user_namespaces is 0"
	case errors.Is(err, syscall.ENOSPC):
		return "the limits on namespaces are used up: raise sysctl user.max_user_namespaces, max_net_namespaces or max_pid_namespaces"
	case setting(system, "proc/sys/kernel/unprivileged_userns_clone") == "0":
		return "users may not create namespaces: sysctl kernel.unprivileged_userns_clone is 0"
	case setting(system, "proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
		return "AppArmor restricts users' namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns is 1"
	case container(system) != "" && setup != nil && setup.Stage == "mount /proc":
		return "this " + container(system) + " container masks parts of /proc: run it with --security-opt systempaths=unconfined or --privileged"
	case container(system) != "":
		return "this " + container(system) + " container may not create namespaces: run it with --privileged"
	case status(system, "Seccomp") == "2":
		return "a seccomp filter, such as that of a sandbox, forbids new namespaces"
	case errors.Is(err, fs.ErrNotExist):
		return "/etc/hosts or /etc/resolv.conf is missing: create it, an empty file is enough"
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return "this system does not let the user create namespaces"
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSYS):
		return "this kernel was built without user, network or PID namespaces"
	}
	return "the namespaces could not be set up"
}

// setting returns the value of a sysctl, or "" if the kernel does not have it.
func setting(system fs.FS, name string) string {
	value, err := fs.ReadFile(system, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(value))
}

// container returns the engine of the container that this process is in, or "" outside of one.
func container(system fs.FS) string {
	for _, mark := range []struct{ file, engine string }{
		{".dockerenv", "Docker"}, {"run/.containerenv", "Podman"},
	} {
		if _, err := fs.Stat(system, mark.file); err == nil {
			return mark.engine
		}
	}
	return ""
}

// status returns a field of this process's status, see proc_pid_status(5).
func status(system fs.FS, field string) string {
	text, err := fs.ReadFile(system, "proc/self/status")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && name == field {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
