package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/mocks/observation"
)

// told is the device events of one sort in a log.
func told(log *observation.Log, what observation.DeviceNews) []string {
	var texts []string
	for _, e := range log.Events() {
		if e.Kind == observation.Device && e.Device.What == what {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

func TestEveryControlProtocol(t *testing.T) {
	t.Parallel()
	for protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			yaml := helperYAML(t, protocol) + "actions:\n"
			for verb, step := range map[string]string{
				"register": send(protocol, "ok", ""), "unregister": send(protocol, "refuse", "not now"),
				"options": send(protocol, "event", "DONE"), "nonsense": send(protocol, "gibberish", ""),
				"call": send(protocol, "die", "3"),
			} {
				yaml += fmt.Sprintf("  %s: {steps: [%s], settled: [^DONE]}\n", verb, step)
			}
			d, setup := load(t, yaml), someSetup(t)
			s := prepare(t, d, setup)
			act := func(verb device.Verb) error { return s.Do(t.Context(), device.Action{Verb: verb}) }

			if err := act(device.Register); err != nil {
				t.Errorf("register: %v", err)
			}
			if err := act(device.Unregister); err == nil || !strings.Contains(err.Error(), "not now") || errors.Is(err, device.ErrUnsupported) {
				t.Errorf("refused action: %v", err)
			}
			if err := act(device.Options); err != nil {
				t.Errorf("options: %v", err)
			}
			if err := s.Settled(t.Context()); err != nil {
				t.Errorf("settled: %v", err)
			}
			if got := told(setup.Log, "settled"); !slices.Equal(got, []string{"event DONE told"}) {
				t.Errorf("settled by %q", got)
			}
			for _, verb := range []device.Verb{device.Nonsense, device.HTTPSGet} {
				if err := act(verb); !errors.Is(err, device.ErrUnsupported) {
					t.Errorf("%s: %v", verb, err)
				}
			}
			for range 2 {
				err := act(device.Call)
				exit, ok := errors.AsType[*ExitError](err)
				if !ok || exit.Status != 3 || !strings.Contains(err.Error(), "exited with status 3 by itself") || !strings.Contains(err.Error(), "last words") {
					t.Errorf("device that dies: %v", err)
				}
			}
			if got := told(setup.Log, "exit"); !slices.Equal(got, []string{"helper exited with status 3 by itself"}) {
				t.Errorf("exits: %q", got)
			}
		})
	}
}

func TestStrayMessagesAreNoReplies(t *testing.T) {
	t.Parallel()
	const protocol = "stdin line json"
	d := load(t, helperYAML(t, protocol)+"actions: {options: {steps: ["+send(protocol, "late", "")+"]}}\n")
	s := prepare(t, d, someSetup(t))
	do(t, s, device.Options, "")
}

func TestGarbageOnControl(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"tcp netstring json", "unix line json"} {
		for _, command := range []string{"garbage", "long"} {
			t.Run(protocol+" "+command, func(t *testing.T) {
				t.Parallel()
				yaml := helperYAML(t, protocol) + "actions: {options: {steps: [" + send(protocol, command, "") + "]}}\n"
				setup := someSetup(t)
				s := prepare(t, load(t, strings.Replace(yaml, "action: 3s", "action: 200ms", 1)), setup)
				err := s.Do(t.Context(), device.Action{Verb: device.Options})
				if err == nil || !strings.Contains(err.Error(), "did not answer within 200ms") {
					t.Errorf("got %v", err)
				}
				if got := told(setup.Log, "event"); len(got) != 1 || !strings.HasPrefix(got[0], "CONTROL_BROKEN ") {
					t.Errorf("events: %q", got)
				}
			})
		}
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	const protocol = "stdin line text"
	yaml := helperYAML(t, protocol) + "actions: {options: {steps: [{pause: 100ms}, " + send(protocol, "event", "DONE") + "], settled: [^DONE]}}\n"
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

func TestSettledByQuiet(t *testing.T) {
	t.Parallel()
	const protocol = "stdin line text"
	yaml := helperYAML(t, protocol) + "actions: {options: {steps: [" + send(protocol, "ok", "") + "], settled: [^NEVER]}}\n"
	setup := someSetup(t)
	s := prepare(t, load(t, yaml), setup)
	do(t, s, device.Options, "")
	// News from elsewhere holds it up.
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

// stepsYAML is a device without control: every action is a command or a signal.
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
  nonsense: {steps: [{run: [sh, -c, "trap 'echo hung on; exit' USR1; echo progress; while :; do sleep 0.02; done"], process: waiter}, {await: '^PROGRESS'}, {signal: USR1, process: waiter}, {await: '^SIGNALLED on'}]}
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
	if err := s.Do(t.Context(), device.Action{Verb: device.HTTPSGet, Target: "a\nb"}); err == nil || !strings.Contains(err.Error(), "one line") {
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

func TestPoll(t *testing.T) {
	t.Parallel()
	const protocol = "unix line text"
	yaml := strings.Replace(helperYAML(t, protocol), "control:\n", "control:\n  poll: {send: event POLLED, until: '^OK', every: 20ms}\n", 1)
	setup := someSetup(t)
	s := prepare(t, load(t, yaml+"actions: {options: {steps: ["+send(protocol, "ok", "")+", {await: '^POLLED told'}]}}\n"), setup)
	do(t, s, device.Options, "")
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, stubborn := range []bool{false, true} {
		t.Run(fmt.Sprint("stubborn ", stubborn), func(t *testing.T) {
			t.Parallel()
			const protocol = "unix line text"
			outside := filepath.Join(t.TempDir(), "outside")
			yaml := helperYAML(t, protocol) + "remove: ['" + outside + "']\nactions: {options: {steps: [" + send(protocol, "spawn", "") + "]}}\n"
			if stubborn {
				yaml = strings.Replace(yaml, "environment: {", "environment: {STUBBORN: '1', ", 1)
			}
			setup := someSetup(t)
			s := prepare(t, load(t, yaml), setup)
			do(t, s, device.Options, "")
			child := childOf(t, setup)
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
				want = "helper was ended by the signal killed"
			}
			if got := told(setup.Log, "exit"); !slices.Equal(got, []string{want}) {
				t.Errorf("exits: %q", got)
			}
		})
	}
}

// awaitGone waits until an orphan that was killed has been reaped by process 1.
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
	if _, err := setup.Log.Wait(t.Context(), func(e observation.Event) bool { return e.Device != nil && e.Device.What == "exit" }); err != nil {
		t.Fatal(err)
	}
	err := s.Do(t.Context(), device.Action{Verb: device.Options})
	exit, ok := errors.AsType[*ExitError](err)
	if !ok || exit.Status != -1 || exit.Signal != "killed" || !strings.Contains(err.Error(), "was ended by the signal killed by itself") {
		t.Errorf("got %v", err)
	}
}

func TestPrepareFails(t *testing.T) {
	t.Parallel()
	const actions = "\nactions: {options: {steps: [{run: ['true']}]}}\nlimits: {start: 300ms, stop: 100ms}\n"
	head := "name: broken\nisolation: optional\ncapabilities: [options]\npackages: [some-package]\n"
	for _, test := range []struct{ name, yaml, want string }{
		{"not installed", "processes: [{name: p, command: [no-such-program]}]", "broken is not installed (on Debian: apt-get install some-package)"},
		{"dies", "processes: [{name: p, command: [sh, -c, 'echo oh >&2; exit 99'], ready: {log: never}}]", `p exited with status 99 by itself, its last words being "oh"`},
		{"dies before control", "processes: [{name: p, command: [sh, -c, 'exit 7']}]\ncontrol: {transport: unix, address: '{{.Dir}}/no', framing: line, format: text}", "p exited with status 7"},
		{"is never ready", "processes: [{name: p, command: [sleep, '9'], ready: {log: never}}]", "p did not say that it was ready: it was not ready within 300ms"},
		{"never listens", "processes: [{name: p, command: [sleep, '9'], ready: {tcp: '127.0.0.1:1'}}]", "tcp 127.0.0.1:1 does not answer"},
		{"preparation fails", "processes: [{name: p, command: [sh, -c, 'exit 5'], ready: {exit: true}}]", "p exited with status 5"},
		{"preparation hangs", "processes: [{name: p, command: [sleep, '9'], ready: {exit: true}}]", "p did not end: it was not ready within 300ms"},
		{"too much memory", "processes: [{name: p, command: [sh, -c, 'x=$(head -c 64000000 /dev/zero | tr \"\\0\" x); exit 11'], ready: {exit: true}}]", "p "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			limits := actions
			if test.name == "too much memory" {
				limits = strings.Replace(actions, "start: 300ms", "start: 5s, memory: 32MiB", 1)
			}
			_, err := load(t, head+test.yaml+limits).Prepare(t.Context(), someSetup(t))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "status 11") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestLeversThatTheDeviceLacks(t *testing.T) {
	t.Parallel()
	d := load(t, `
name: levers
isolation: optional
capabilities: [options, lever:media, lever:tls-suites]
words: {media: {default: secure, RTP/SAVP: secure, RTP/AVP: plain}}
files: {config: {content: '{{.Word "media"}} {{opensslSuites .Levers.Suites}}'}}
actions: {options: {steps: [{run: ['true']}]}}
`)
	for _, test := range []struct {
		name   string
		levers device.Levers
		want   string // of config, or of the error
		fails  bool
	}{
		{"left alone", device.Levers{}, "secure ", false},
		{"set", device.Levers{Media: device.RTP, Suites: []uint16{0xC030, 0x002F}}, "plain ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA", false},
		{"no such lever", device.Levers{MKI: true}, "has no lever:mki", true},
		{"no such value", device.Levers{Media: device.Both}, "it has no word for media RTP/SAVP,RTP/AVP", true},
		{"no such suite", device.Levers{Suites: []uint16{0x000A}}, "OpenSSL has no cipher suite 0x000A", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			setup := someSetup(t)
			setup.Levers = test.levers
			s, err := d.Prepare(t.Context(), setup)
			if test.fails {
				if !errors.Is(err, device.ErrUnsupported) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if got, _ := os.ReadFile(filepath.Join(setup.Dir, "config")); string(got) != test.want {
				t.Errorf("config is %q, want %q", got, test.want)
			}
		})
	}
}

func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	setup := someSetup(t)
	s := prepare(t, load(t, `
name: noisy
isolation: optional
capabilities: [options]
processes: [{name: p, command: [sh, -c, 'head -c 300000 /dev/zero | tr "\0" x; printf "a\rb\r"; echo; echo end; sleep 9'], ready: {log: '^end'}}]
actions: {options: {steps: [{run: ['true']}]}}
limits: {output: 10KiB, stop: 100ms}
`), setup)
	_ = s.Close()
	info, err := os.Stat(filepath.Join(setup.Dir, logName))
	if err != nil || info.Size() < 10<<10 || info.Size() > 11<<10 {
		t.Errorf("device.log has %d bytes, %v", info.Size(), err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	const rest = "\nisolation: optional\ncapabilities: [options]\nactions: {options: {steps: [{run: ['true']}]}}\npackages: [tools]\n"
	for _, test := range []struct{ yaml, want, fails string }{
		{"name: a", "", ""},
		{"name: a\nversion: {command: [echo, tool v1.2.3-x (linux)], pattern: 'v(\\S+)'}", "1.2.3-x", ""},
		{"name: a\nversion: {command: [sh, -c, 'echo 7 >&2; exit 1'], pattern: '(\\d+)'}", "7", ""},
		{"name: a\nversion: {command: [echo, none], pattern: '(\\d+)'}", "", "does not tell its version"},
		{"name: a\nversion: {command: [no-such-program], pattern: '(\\d+)'}", "", "apt-get install tools"},
	} {
		got, err := load(t, test.yaml+rest).Version(t.Context())
		if got != test.want || (err != nil) != (test.fails != "") || err != nil && !strings.Contains(err.Error(), test.fails) {
			t.Errorf("%s: got %q, %v", test.yaml, got, err)
		}
	}
}
