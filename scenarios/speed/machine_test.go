//go:build unix

package speed

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processorTime returns the processor time of this process, or of its children that have ended.
func processorTime(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// processorTimeOf returns the processor time of a process that has ended.
func processorTimeOf(p *os.ProcessState) time.Duration { return p.UserTime() + p.SystemTime() }

// runningTime returns the processor time of a process that runs, to a hundredth of a second, and 0 where the system does
// not report it.
func runningTime(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	const user, system = 11, 12 // behind the name, which is in brackets
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var used time.Duration
	for _, i := range []int{user, system} {
		if i < len(fields) {
			ticks, _ := strconv.ParseInt(fields[i], 10, 64)
			used += time.Duration(ticks) * (time.Second / 100)
		}
	}
	return used
}

// residentPeak returns the peak of this process's memory in MB, and whether the system reports it.
func residentPeak() (float64, bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(status) {
		if value, ok := strings.CutPrefix(string(line), "VmHWM:"); ok {
			kB, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kB / 1024, err == nil
		}
	}
	return 0, false
}

// machine is the processor time used up to now, by all processes and by this one with its children.
type machine struct {
	at        time.Time
	busy, own time.Duration
	told      bool // false if the system does not report it
}

func lookAtMachine() machine {
	m := machine{at: time.Now(), own: processorTime(syscall.RUSAGE_SELF) + processorTime(syscall.RUSAGE_CHILDREN)}
	stat, err := os.Open("/proc/stat")
	if err != nil {
		return m
	}
	defer stat.Close()
	line, err := bufio.NewReader(stat).ReadString('\n')
	fields := strings.Fields(line) // cpu, user, nice, system, idle, iowait, irq, softirq, steal …
	if err != nil || len(fields) < 9 {
		return m
	}
	for _, i := range []int{1, 2, 3, 6, 7, 8} {
		ticks, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return m
		}
		m.busy += time.Duration(ticks) * (time.Second / 100)
	}
	m.told = true
	return m
}

// others returns the share of the processors, in percent, that other processes have used since an earlier look.
func (m machine) others(since machine) (float64, bool) {
	whole := m.at.Sub(since.at) * time.Duration(runtime.NumCPU())
	taken := m.busy - since.busy - (m.own - since.own)
	return 100 * max(0, taken.Seconds()) / whole.Seconds(), m.told && since.told && whole > 0
}
