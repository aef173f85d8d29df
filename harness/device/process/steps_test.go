package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
)

func TestPause(t *testing.T) {
	t.Parallel()
	const protocol = "stdin line text"
	yaml := helperYAML(t, protocol) +
		"actions: {options: {steps: [{pause: 100ms}, " + send(protocol, "event", "DONE") + "], settled: [^DONE]}}\n"
	setup := someSetup(t)
	s := prepare(t, load(t, yaml), setup)
	begun := time.Now()
	do(t, s, device.Options, "")
	if took := time.Since(begun); took < 100*time.Millisecond {
		t.Errorf("took %s", took)
	}
	if err := s.Settled(t.Context()); err != nil {
		t.Error(err)
	}
	if got := told(setup.Log, "settled"); !slices.Equal(got, []string{"event DONE told"}) {
		t.Errorf("settled by %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Do(ctx, device.Action{Verb: device.Options}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// stepsYAML is a device without a control channel: every action is a command or a signal.
const stepsYAML = `

name: steps
isolation: optional
capabilities: [listen-tls]
files:
  greeting: {content: "to {{.Account.User}} at {{.Address}}"}
  tool/run.sh: {content: "#!/bin/sh\nexit 0\n", mode: 0700}
environment: {GREETING: '{{.Account.Domain}}'}
processes:
  - name: first
    command: [sh, -c, "cat greeting > prepared"]
    ready: {exit: true}
  - name: second
    command: [sh, -c, "trap 'echo hung up' HUP; echo up $GREETING $HOME; while :; do sleep 0.02; done"]
    ready: {log: '^up example.com /'}
events:
  - {pattern: '^hung (\w+)', name: 'SIGNALLED $1'}
  - {pattern: '^progress', name: PROGRESS}
start:
  - {run: [cp, prepared, started], wait: true}
actions:
  https-get: {steps: [{run: [sh, -c, "echo progress; echo got '{{.Action.Target}}' > got; sleep 0.05"]}]}
  tls-connect: {steps: [{run: [sh, -c, "exit 4"], wait: true}]}
  options: {steps: [{run: [sh, -c, "exit 89"], wait: true}]}
  register: {steps: [{run: [./tool/run.sh], wait: true}]}
  call: {steps: [{run: [no-such-program]}]}
  nonsense:
    steps:
      - {run: [sh, -c, "trap 'echo hung on; exit' USR1; echo progress; while :; do sleep 0.02; done"], process: waiter}
      - {await: '^PROGRESS'}
      - {signal: USR1, process: waiter}
      - {await: '^SIGNALLED on'}
  hang-up: {steps: [{signal: HUP, process: second}, {await: '^SIGNALLED up'}]}
  unregister: {steps: [{await: '^NEVER', failure: '^SIGNALLED'}]}
listening: {tls: "5061", udp: "127.0.0.9:5060", tcp: "{{if .Levers.SIPS}}1{{end}}"}
limits: {stop: 200ms, action: 2s, memory: 1GiB}
`

func TestCommandsAndSignals(t *testing.T) {
	t.Parallel()
	setup := someSetup(t)
	s := prepare(t, load(t, stepsYAML), setup)
	file := func(name string) string {
		content, err := os.ReadFile(filepath.Join(setup.Dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(content)
	}
	if got := file("started"); got != "to alice at 127.1.2.2" {
		t.Errorf("started is %q", got)
	}
	if got := fmt.Sprint(s.Listening()); got != "map[tls:127.1.2.2:5061 udp:127.0.0.9:5060]" {
		t.Errorf("listens at %s", got)
	}
	do(t, s, device.HTTPSGet, "https://example.com/")
	if err := s.Settled(t.Context()); err != nil {
		t.Error(err)
	}
	if got := file("got"); got != "got https://example.com/\n" {
		t.Errorf("got is %q", got)
	}
	if got := told(setup.Log, "settled"); !slices.Equal(got, []string{"every command has ended"}) {
		t.Errorf("settled by %q", got)
	}
	if err := s.Do(t.Context(), device.Action{Verb: device.TLSConnect}); err == nil || !strings.Contains(err.Error(), "exited with status 4") {
		t.Errorf("a command that fails: %v", err)
	}
	if err := s.Do(t.Context(), device.Action{Verb: device.Options}); !errors.Is(err, device.ErrUnsupported) {
		t.Errorf("exit status 89: %v", err)
	}
	do(t, s, device.Register, "")
	if err := s.Do(t.Context(), device.Action{Verb: device.Call}); err == nil || !strings.Contains(err.Error(), "no-such-program") {
		t.Errorf("a command that is not there: %v", err)
	}
	do(t, s, device.HangUp, "")
	do(t, s, device.Nonsense, "")
	if got := told(setup.Log, "event"); !slices.Equal(got, []string{"PROGRESS", "SIGNALLED up", "PROGRESS", "SIGNALLED on"}) {
		t.Errorf("events: %q", got)
	}
	err := s.Do(t.Context(), device.Action{Verb: device.HTTPSGet, Target: "a\nb"})
	if err == nil || !strings.Contains(err.Error(), "one line") {
		t.Errorf("a target of two lines: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	log := file(logName)
	for _, want := range []string{"second: up example.com " + setup.Dir + "\n", "sh: progress\n", "second: hung up\n"} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in device.log:\n%s", want, log)
		}
	}
}
