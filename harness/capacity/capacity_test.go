package capacity

import (
	"errors"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestJobs: as many scenarios run at a time as the scarcest thing has room for, and the limit is named.
func TestJobs(t *testing.T) {
	t.Parallel()
	files := func(n uint64) Amount { return Amount{n, "ulimit -n"} }
	threads := func(n uint64) Amount { return Amount{n, "ulimit -u"} }
	memory := func(mb uint64) Amount { return Amount{mb << 20, "ulimit -v"} }
	for name, c := range map[string]struct {
		want  int
		room  Room
		each  Need
		jobs  int
		limit string
		cause observation.FaultCause
	}{
		"no limits":                     {24, Room{}, InProcess(), 24, "", ""},
		"room for all":                  {24, Room{files(20000), threads(4096), memory(16 << 10)}, InProcess(), 24, "", ""},
		"256 descriptors":               {24, Room{Descriptors: files(256)}, InProcess(), 5, "ulimit -n", ""},
		"64 descriptors":                {24, Room{Descriptors: files(64)}, InProcess(), 1, "ulimit -n", ""},
		"fewer than one scenario takes": {24, Room{Descriptors: files(40)}, InProcess(), 1, "ulimit -n", ""},
		"fewer than the harness takes":  {24, Room{Descriptors: files(3)}, InProcess(), 1, "ulimit -n", ""},
		"one was wanted anyway":         {1, Room{Descriptors: files(64)}, InProcess(), 1, "", ""},
		"30 threads":                    {24, Room{Threads: threads(30)}, InProcess(), 10, "ulimit -u", ""},
		"30 threads, beside programs":   {24, Room{Threads: threads(30)}, Program(), 1, "ulimit -u", ""},
		"20 threads":                    {24, Room{Threads: threads(20)}, InProcess(), 0, "", observation.OutOfThreads},
		"3,174 MB":                      {24, Room{Memory: memory(3174)}, InProcess(), 20, "ulimit -v", ""},
		"2,500 MB":                      {24, Room{Memory: memory(2500)}, InProcess(), 0, "", observation.OutOfMemory},
		"the scarcest counts":           {24, Room{files(256), threads(30), memory(2794)}, InProcess(), 4, "ulimit -v", ""},
		"a limit beyond all numbers":    {24, Room{Descriptors: files(1 << 63)}, InProcess(), 24, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jobs, limit, err := Jobs(c.want, c.room, c.each)
			short := new(Shortage)
			isShort := errors.As(err, &short)
			if isShort != (c.cause != "") || short.Cause != c.cause || isShort && !strings.HasPrefix(err.Error(), string(c.cause)) {
				t.Fatalf("the error is %v", err)
			}
			if jobs != c.jobs || limit != c.limit {
				t.Errorf("%d jobs for %q, want %d for %q", jobs, limit, c.jobs, c.limit)
			}
		})
	}
}

// TestAvailable: this process has room for a scenario, or the tests could not run.
func TestAvailable(t *testing.T) {
	t.Parallel()
	if jobs, limit, err := Jobs(1, Available(), InProcess()); jobs != 1 || limit != "" || err != nil {
		t.Errorf("%d jobs for %q, %v: %+v", jobs, limit, err, Available())
	}
}
