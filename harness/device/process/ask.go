package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/sipconform/sipconform/harness/isolate"
)

// maxAnswer is how much of the output is read of a program that is asked for its version, in bytes.
const maxAnswer = 64 << 10

// output runs a program outside of any session and returns the beginning of what it prints.
func (d *Device) output(ctx context.Context, arguments []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	dir, err := os.MkdirTemp("", "sipconform-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	room := isolate.Room{Dir: dir, Reach: []string{cmd.Path}}
	for _, path := range append(arguments[1:], d.descriptor.path) {
		if filepath.IsAbs(path) {
			room.Reach = append(room.Reach, path)
		}
	}
	cell, err := d.confinement.Open(room)
	if err != nil {
		return nil, err
	}
	defer cell.Close()
	if err := cell.Own(); err != nil {
		return nil, err
	}
	answer := new(beginning)
	cmd.Stdout, cmd.Stderr = answer, answer
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + dir, "TMPDIR=" + dir}
	cmd.WaitDelay = 200 * time.Millisecond // a descendant may hold the output open
	ran := make(chan error)
	go enterAndRun(cell, cmd, ran)
	err = <-ran
	return answer.text.Bytes(), err
}

// enterAndRun runs a program in a cell, in a goroutine of its own, and sends how it ended. A panic is an error.
func enterAndRun(cell *isolate.Cell, cmd *exec.Cmd, ran chan<- error) {
	runtime.LockOSThread() // for good: see Cell.Enter
	var err error
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the harness panicked: %v\n%s", p, debug.Stack())
		}
		ran <- err
	}()
	if err = cell.Enter(cmd); err == nil {
		err = cmd.Run()
	}
}

// beginning keeps the first bytes of what is written to it.
type beginning struct{ text bytes.Buffer } // not embedded: its ReadFrom would bypass Write

// Write never fails, so that no program is stopped by its own output.
func (b *beginning) Write(p []byte) (int, error) {
	_, _ = b.text.Write(p[:min(len(p), maxAnswer-b.text.Len())])
	return len(p), nil
}
