package process

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/device"
)

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
				if !ok || exit.Status != 3 || !strings.Contains(err.Error(), "exited with status 3 unexpectedly") ||
					!strings.Contains(err.Error(), "last words") {
					t.Errorf("device that dies: %v", err)
				}
			}
			if got := told(setup.Log, "exit"); !slices.Equal(got, []string{"helper exited with status 3 unexpectedly"}) {
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

func TestPoll(t *testing.T) {
	t.Parallel()
	const protocol = "unix line text"
	yaml := strings.Replace(helperYAML(t, protocol), "control:\n", "control:\n  poll: {send: event POLLED, until: '^OK', every: 20ms}\n", 1)
	setup := someSetup(t)
	s := prepare(t, load(t, yaml+"actions: {options: {steps: ["+send(protocol, "ok", "")+", {await: '^POLLED told'}]}}\n"), setup)
	do(t, s, device.Options, "")
}
