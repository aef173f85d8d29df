package process

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// TestWriteFile: a program that was just written can be run, although other sessions start theirs meanwhile.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var sessions sync.WaitGroup
	for session := range 8 {
		sessions.Go(func() {
			for i := range 25 {
				program := filepath.Join(folder, fmt.Sprintf("%d-%d", session, i))
				if err := writeFile(program, []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
					t.Error(err)
				} else if out, err := exec.Command(program).CombinedOutput(); err != nil {
					t.Errorf("%v %s", err, out)
				}
			}
		})
	}
	sessions.Wait()
}
