package capacity

import (
	"testing"
	"testing/fstest"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// TestThreadsOf: the threads of the user's other processes count.
func TestThreadsOf(t *testing.T) {
	t.Parallel()
	proc := fstest.MapFS{
		"1/status":    file("Name:\tinit\nUid:\t0\t0\t0\t0\nThreads:\t1\n"),
		"20/status":   file("Name:\tshell\nUid:\t1000\t1000\t1000\t1000\nThreads:\t1\n"),
		"21/status":   file("Name:\tbrowser\nUid:\t1000\t1000\t1000\t1000\nThreads:\t40\n"),
		"22/status":   file("Name:\tsipconform\nUid:\t1000\t1000\t1000\t1000\nThreads:\t9\n"),
		"23/comm":     file("has ended meanwhile"),
		"self/status": file("Uid:\t1000\nThreads:\t9\n"),
	}
	if got := threadsOf(proc, 1000, 22); got != 41 {
		t.Errorf("others have %d threads", got)
	}
}

// TestGroupThreads: the tightest of the control groups counts, under both versions.
func TestGroupThreads(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files fstest.MapFS
		left  uint64
		limit string
	}{
		"none": {fstest.MapFS{}, 0, ""},
		"not limited": {fstest.MapFS{
			"proc/self/cgroup": file("0::/job\n"), "sys/fs/cgroup/job/pids.max": file("max\n"), "sys/fs/cgroup/job/pids.current": file("5\n"),
		}, 0, ""},
		"version 2": {fstest.MapFS{
			"proc/self/cgroup": file("0::/job\n"), "sys/fs/cgroup/job/pids.max": file("100\n"), "sys/fs/cgroup/job/pids.current": file("40\n"),
		}, 60, "pids.max of the control group is 100, of which 40 are taken"},
		"the one above": {fstest.MapFS{
			"proc/self/cgroup":               file("0::/pod/job\n"),
			"sys/fs/cgroup/pod/job/pids.max": file("100\n"), "sys/fs/cgroup/pod/job/pids.current": file("4\n"),
			"sys/fs/cgroup/pod/pids.max": file("50\n"), "sys/fs/cgroup/pod/pids.current": file("30\n"),
		}, 20, "pids.max of the control group is 50, of which 30 are taken"},
		"version 1": {fstest.MapFS{
			"proc/self/cgroup":                   file("9:name=systemd:/\n8:pids:/docker\n"),
			"sys/fs/cgroup/pids/docker/pids.max": file("64\n"), "sys/fs/cgroup/pids/docker/pids.current": file("70\n"),
		}, 0, "pids.max of the control group is 64, of which 70 are taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := groupThreads(c.files); got != (Amount{c.left, c.limit}) {
				t.Errorf("left are %+v", got)
			}
		})
	}
}
