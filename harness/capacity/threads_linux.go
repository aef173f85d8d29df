package capacity

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// threads returns the lower of two limits: that of the user's processes, and that of the control group. Threads count as
// processes in both.
func threads() Amount {
	return lower(userThreads(), groupThreads(os.DirFS("/")))
}

func lower(a, b Amount) Amount {
	if a.Limit == "" || b.Limit != "" && b.Left < a.Left {
		return b
	}
	return a
}

// userThreads is what RLIMIT_NPROC leaves. It does not bind root.
func userThreads() Amount {
	var limit unix.Rlimit
	if os.Geteuid() == 0 && !mapped() || unix.Getrlimit(unix.RLIMIT_NPROC, &limit) != nil || limit.Cur >= 1<<31 {
		return Amount{}
	}
	used := threadsOf(os.DirFS("/proc"), os.Getuid(), os.Getpid())
	return Amount{limit.Cur - min(limit.Cur, used), fmt.Sprintf("ulimit -u is %d, of which other programs have %d", limit.Cur, used)}
}

// mapped tells whether the process is in a user namespace, where root is a user of the machine.
func mapped() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	fields := strings.Fields(string(text))
	return err == nil && (len(fields) != 3 || fields[0] != "0" || fields[1] != "0" || fields[2] != "4294967295")
}

// threadsOf counts the threads of a user's processes but one, in a folder like /proc.
func threadsOf(proc fs.FS, user, but int) (count uint64) {
	entries, _ := fs.ReadDir(proc, ".")
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil || id == but {
			continue
		}
		text, err := fs.ReadFile(proc, path.Join(e.Name(), "status"))
		if err == nil && field(text, "Uid:") == strconv.Itoa(user) {
			n, _ := strconv.ParseUint(field(text, "Threads:"), 10, 64)
			count += n
		}
	}
	return count
}

// field returns the first word after a name at the beginning of a line.
func field(text []byte, name string) string {
	for line := range bytes.Lines(text) {
		if words := strings.Fields(string(line)); len(words) > 1 && words[0] == name {
			return words[1]
		}
	}
	return ""
}

// groupThreads is what pids.max leaves, of the process's control group and those above it.
func groupThreads(root fs.FS) (least Amount) {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return Amount{}
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 || parts[1] != "" && parts[1] != "pids" {
			continue
		}
		top := path.Join("sys/fs/cgroup", parts[1])
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			least = lower(least, inGroup(root, path.Join(top, group)))
			if group == "/" {
				break
			}
		}
	}
	return least
}

func inGroup(root fs.FS, folder string) Amount {
	number := func(name string) (uint64, error) {
		text, err := fs.ReadFile(root, path.Join(folder, name))
		if err != nil {
			return 0, err
		}
		return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	}
	limit, unlimited := number("pids.max") // it is "max" without one
	used, unknown := number("pids.current")
	if cmp.Or(unlimited, unknown) != nil {
		return Amount{}
	}
	return Amount{limit - min(limit, used), fmt.Sprintf("pids.max of the control group is %d, of which %d are taken", limit, used)}
}
