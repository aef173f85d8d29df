package process

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
)

func TestPrepareFails(t *testing.T) {
	t.Parallel()
	const actions = "\nactions: {options: {steps: [{run: ['true']}]}}\nlimits: {start: 300ms, stop: 100ms}\n"
	head := "name: broken\nisolation: optional\ncapabilities: [options]\npackages: [some-package]\n"
	for _, test := range []struct{ name, yaml, want string }{
		{"not installed", "processes: [{name: p, command: [no-such-program]}]", "broken is not installed (on Debian: apt-get install some-package)"},
		{"dies", "processes: [{name: p, command: [sh, -c, 'echo oh >&2; exit 99'], ready: {log: never}}]", `p exited with status 99 unexpectedly, after it wrote "oh"`},
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
