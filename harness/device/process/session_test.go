package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// told returns the texts of the device events of one kind in a log.
func told(log *observation.Log, what observation.DeviceNews) []string {
	var texts []string
	for _, e := range log.Events() {
		if e.Kind == observation.Device && e.Device.What == what {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

func TestSettledByQuiet(t *testing.T) {
	t.Parallel()
	const protocol = "stdin line text"
	yaml := helperYAML(t, protocol) + "actions: {options: {steps: [" + send(protocol, "ok", "") + "], settled: [^NEVER]}}\n"
	setup := someSetup(t)
	s := prepare(t, load(t, yaml), setup)
	do(t, s, device.Options, "")
	// A new event of any kind delays settling.
	late := time.AfterFunc(100*time.Millisecond, func() {
		setup.Log.Append(observation.Event{Kind: observation.Note, Text: "news"})
	})
	defer late.Stop()
	begin := time.Now()
	if err := s.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 240*time.Millisecond {
		t.Errorf("settled after %s, in spite of news after 100ms and a window of 150ms", took)
	}
	if got := told(setup.Log, "settled"); !slices.Equal(got, []string{"nothing new for 150ms"}) {
		t.Errorf("settled by %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	do(t, s, device.Options, "")
	if err := s.Settled(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, stubborn := range []bool{false, true} {
		t.Run(fmt.Sprint("stubborn ", stubborn), func(t *testing.T) {
			t.Parallel()
			const protocol = "unix line text"
			yaml := helperYAML(t, protocol) + "remove: ['/tmp/{{.Session}}']\n" +
				"actions: {options: {steps: [" + send(protocol, "spawn", "") + "]}}\n"
			if stubborn {
				yaml = strings.Replace(yaml, "environment: {", "environment: {STUBBORN: '1', ", 1)
			}
			setup := someSetup(t)
			s := prepare(t, load(t, yaml), setup)
			do(t, s, device.Options, "")
			child := childOf(t, setup)
			outside := "/tmp/" + s.(*session).data.Session
			if err := syscall.Kill(child, 0); err != nil {
				t.Fatalf("the child does not run: %v", err)
			}
			if err := os.WriteFile(outside, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			awaitGone(t, child)
			if _, err := os.Stat(outside); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("file outside: %v", err)
			}
			want := "helper exited with status 0"
			if stubborn {
				want = "helper was ended by a signal (killed)"
			}
			if got := told(setup.Log, "exit"); !slices.Equal(got, []string{want}) {
				t.Errorf("exits: %q", got)
			}
		})
	}
}

// awaitGone waits until process 1 has reaped an orphan that was killed, or the orphan is a zombie.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(5 * time.Second)
	for !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(state), ") Z ") {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("process %d is still there", pid)
		}
	}
}

func TestKilledDevice(t *testing.T) {
	t.Parallel()
	const protocol = "tcp netstring json"
	setup := someSetup(t)
	s := prepare(t, load(t, helperYAML(t, protocol)+"actions: {options: {steps: ["+send(protocol, "ok", "")+"]}}\n"), setup)
	s.(*session).programs["helper"].signal(syscall.SIGKILL)
	exited := func(e observation.Event) bool { return e.Device != nil && e.Device.What == "exit" }
	if _, err := setup.Log.Wait(t.Context(), exited); err != nil {
		t.Fatal(err)
	}
	err := s.Do(t.Context(), device.Action{Verb: device.Options})
	exit, ok := errors.AsType[*ExitError](err)
	if !ok || exit.Status != -1 || exit.Signal != "killed" || !strings.Contains(err.Error(), "was ended by a signal (killed) unexpectedly") {
		t.Errorf("got %v", err)
	}
}

func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	setup := someSetup(t)
	s := prepare(t, load(t, `
name: noisy
isolation: optional
capabilities: [options]
processes:
  - name: p
    command: [sh, -c, 'head -c 300000 /dev/zero | tr "\0" x; printf "a\rb\r"; echo; echo end; sleep 9']
    ready: {log: '^end'}
actions: {options: {steps: [{run: ['true']}]}}
limits: {output: 10KiB, stop: 100ms}
`), setup)
	_ = s.Close()
	info, err := os.Stat(filepath.Join(setup.Dir, logName))
	if err != nil || info.Size() < 10<<10 || info.Size() > 11<<10 {
		t.Errorf("device.log has %d bytes, %v", info.Size(), err)
	}
}

// outputs are what programs print, and what a reader of device.log has to find. Each has the limit 16KiB.
var outputs = []struct {
	name, script string
	wants        []string
}{
	{"a few lines", "echo begin; echo end", []string{"begin\n", "end\n"}},
	{"no end of a line", "printf begin; printf ' end'", []string{"begin end"}},
	{"a long line", "head -c 9000 /dev/zero | tr '\\0' x", []string{strings.Repeat("x", maxLine)}},
	{"rubbish", "head -c 2000000 /dev/urandom; echo; echo end", []string{"end\n", "bytes of the output were left out here"}},
	{"escape sequences", `printf '\033[2J\033]0;title\007 end\n'`, []string{"\x1b[2J", " end\n"}},
	{"without end", "echo begin; yes line | head -n 50000; echo end", []string{"begin\n", "end\n", "bytes of the output were left out here"}},
}

// TestOutput: whatever a program prints, device.log has the head, the tail and the number of bytes in between, and is no larger
// than its limit and a line.
func TestOutput(t *testing.T) {
	t.Parallel()
	for _, test := range outputs {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			setup := someSetup(t)
			yaml := head + "processes:\n  - name: p\n    command: [sh, -c, " + strconv.Quote(test.script) + "]\n    ready: {exit: true}\n" +
				"limits: {output: 16KiB, stop: 100ms, start: 60s}\n"
			s := prepare(t, load(t, yaml), setup)
			if size := s.(*session).heard.bytes; size > rememberedBytes {
				t.Errorf("%d bytes are remembered", size)
			}
			_ = s.Close()
			log, err := os.ReadFile(filepath.Join(setup.Dir, logName))
			if err != nil || len(log) > 16<<10+maxLine {
				t.Errorf("device.log has %d bytes, %v", len(log), err)
			}
			for _, want := range test.wants {
				if !strings.Contains(string(log), want) {
					t.Errorf("device.log lacks %q", want)
				}
			}
		})
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	for n := range 50 {
		kept := tail{size: 7}
		var all string
		for i := range n {
			text := strings.Repeat(string(rune('a'+i%26)), i%11)
			all += text
			kept.write([]byte(text))
		}
		dropped, text := kept.end()
		if want := max(0, len(all)-7); int(dropped) != want || string(text) != all[want:] {
			t.Errorf("after %d texts: %d dropped and %q, want %d and %q", n, dropped, text, want, all[want:])
		}
	}
}

// TestTranscriptIsBounded: a device that says much in few words, or long words, fills no memory.
func TestTranscriptIsBounded(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 1, maxLine, maxFrame, 2 * rememberedBytes} {
		heard, text, bytes := newTranscript(), strings.Repeat("x", length), 0
		for range 10_000 {
			heard.add(saying{text: text})
		}
		for _, said := range heard.said {
			bytes += len(said.text)
		}
		if len(heard.said) == 0 || len(heard.said) > remembered || bytes > max(rememberedBytes, length) || bytes != heard.bytes || heard.end() != 10_000 {
			t.Errorf("%d texts with %d bytes, counted %d, of 10000 with %d each", len(heard.said), bytes, heard.bytes, length)
		}
	}
}
