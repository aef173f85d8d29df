package main

import (
	"fmt"
	"os"
	"runtime/debug"
)

// watchVariable is set in the environment of a run that another process watches over: the
// number of the file for what the runtime says of a crash, and the ID of that process.
const watchVariable = "SIPCONFORM_WATCH"

// watched tells a run that is watched over to leave what it says of a crash to the process
// that watches, and returns the ID of that one, by which the user knows the run. It is 0
// if nobody watches. Programs that the run starts learn nothing of that.
func watched() (process int) {
	var file int
	n, _ := fmt.Sscanf(os.Getenv(watchVariable), "%d %d", &file, &process)
	os.Unsetenv(watchVariable)
	if n != 2 {
		return 0
	}
	crash := os.NewFile(uintptr(file), "crash")
	debug.SetCrashOutput(crash, debug.CrashOptions{}) // which keeps a copy; without it, the status alone tells a crash
	crash.Close()
	return process
}
