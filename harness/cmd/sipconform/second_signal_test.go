//go:build unix

package main_test

import (
	"bytes"
	"io/fs"
	ossignal "os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/internal/testkit"
)

// deaf describes a device that heeds no signal, and of which the harness waits for a minute that it ends. It takes longer
// for an action than the test does.
const deaf = `
name: deaf
isolation: optional
capabilities: [register, digest, "tls:1.2"]
processes:
  - {name: deaf, command: [/bin/sh, -c, 'trap "" TERM INT HUP; : >idles; while :; do sleep 1; done']}
actions:
  register: {steps: [{pause: 4m}]}
limits: {action: 5m, stop: 1m}
`

// TestSecondSignal: the first signal has the run end in order, for which it has to wait here. The second one ends it at
// once, with the status of a program that obeys it. What was concluded by then is in the journal, of which the report
// can be made.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	if ossignal.Ignored(syscall.SIGINT) {
		t.Skip("the test was started with the signal ignored, which a run respects")
	}
	out := t.TempDir()
	device := testkit.File(t, "device.yaml", deaf)
	cmd, temporary := command(t, "certify", "-device="+device, "-out="+out,
		"-filter=product:voice && (area:sdes || area:signalling && direction:register)", "-jobs=24") // which it cannot do, and can
	var printed bytes.Buffer
	errs := &awaited{text: "and another one ends it at once", seen: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &printed, errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "a scenario idles", func() bool { return below(t, temporary, "idles") })
	until(t, "a scenario has run", func() bool {
		content, err := journal.Read(out)
		return err == nil && len(content.Ran) > 0 // one that needs what the device cannot do
	})
	interrupt := func() {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	interrupt()
	testkit.Receive(t, errs.seen, "word that the run ends in order")
	interrupt()
	o := outcome{status: exitStatus(t, cmd.Wait()), out: printed.String(), errors: errs.String()}
	want := 128 + int(syscall.SIGINT)
	if runtime.GOOS != "linux" {
		want = -1 // nobody watches over it, and it was ended by the signal itself
	}
	if o.status != want || strings.Contains(o.out, "INCONCLUSIVE") {
		t.Fatalf("want exit status %d, and no report: %s", want, o)
	}
	content, err := journal.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(content.Ran); n == 0 || n == content.Header.Plan.Selected {
		t.Errorf("the journal has %d of %d scenarios", n, content.Header.Plan.Selected)
	}
	sipconform(t, "conclude", out).expect(t, 3, "INCONCLUSIVE: incomplete")
	if run := read(t, out); run.Validate() != nil || len(run.Results) != len(content.Ran) {
		t.Errorf("%d results of %d scenarios that ran: %v", len(run.Results), len(content.Ran), run.Validate())
	}
}

// until waits until something is so, for as long as a command may run.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for end := time.After(limit); !so(); {
		select {
		case <-look.C:
		case <-end:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// below reports whether there is a file of a name below a folder.
func below(t *testing.T, folder, name string) (there bool) {
	t.Helper()
	filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		there = there || err == nil && d.Name() == name
		return nil // what cannot be read is looked at the next time
	})
	return there
}

// awaited is an output that tells when a text is in it.
type awaited struct {
	text string
	seen chan struct{}

	mu  sync.Mutex
	all bytes.Buffer
}

func (a *awaited) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := strings.Contains(a.all.String(), a.text)
	a.all.Write(p)
	if !before && strings.Contains(a.all.String(), a.text) {
		close(a.seen)
	}
	return len(p), nil
}

func (a *awaited) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all.String()
}
