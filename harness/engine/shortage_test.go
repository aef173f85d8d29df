package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestSpoilt: a scenario is run again if the machine stood still and it did not pass, or if the machine was short of
// something that it may have by then. What is spoilt each time is the harness's error, whatever the device did.
func TestSpoilt(t *testing.T) {
	t.Parallel()
	type run = []observation.Event
	fault := func(cause observation.FaultCause) observation.Event {
		return observation.Event{Kind: observation.Fault, Fault: cause, Text: "what happened"}
	}
	stood, panicked, short := fault(observation.MachineStoodStill), fault(observation.MockPanicked), fault(observation.OutOfDescriptors)
	bad, good, open := note(must, verdict.Fail, "bad"), note(must, verdict.Pass, "good"), note(must, verdict.Inconclusive, "undecided")
	for name, c := range map[string]struct {
		runs    []run
		verdict verdict.Verdict
		cause   string
	}{
		"stood once":                           {[]run{{stood, bad}, {bad}}, verdict.Fail, "bad"},
		"stood once, and then it passes":       {[]run{{stood, bad}, {good}}, verdict.Pass, "good"},
		"stood, but it passed":                 {[]run{{stood, good}}, verdict.Pass, "good"},
		"stood, and a mock panicked":           {[]run{{stood, panicked, bad}}, verdict.Error, "mock-panicked"},
		"stood each time, and it failed":       {[]run{{stood, bad}, {stood, bad}, {stood, bad}}, verdict.Error, "machine-stood-still"},
		"stood each time, and it was open":     {[]run{{stood, open}, {stood, open}, {stood, open}}, verdict.Error, "machine-stood-still"},
		"stood each time, and passed the last": {[]run{{stood, bad}, {stood, open}, {stood, good}}, verdict.Pass, "good"},
		"short once":                           {[]run{{short, bad}, {good}}, verdict.Pass, "good"},
		"short once, and then it fails":        {[]run{{short, good}, {bad}}, verdict.Fail, "bad"},
		"short each time":                      {[]run{{short, bad}, {short, bad}, {short, good}}, verdict.Error, "out-of-descriptors"},
		"no memory each time": {
			[]run{{fault(observation.OutOfMemory)}, {fault(observation.OutOfMemory)}, {fault(observation.OutOfMemory)}}, verdict.Error, "out-of-memory"},
		"a full disk stays full":            {[]run{{fault(observation.DiskFull), bad}}, verdict.Error, "disk-full"},
		"what cannot be emulated never can": {[]run{{fault(observation.NotEmulated), bad}}, verdict.Error, "not-emulated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ran := 0
			r := one(t, config(t), scenario("a", func(_ context.Context, b *bench.Bench) error {
				for _, e := range c.runs[min(ran, len(c.runs)-1)] {
					b.Log.Append(e)
				}
				ran++
				return nil
			}, asks(must)))
			expect(t, r, c.verdict, c.cause)
			if ran != len(c.runs) {
				t.Errorf("it ran %d times, want %d", ran, len(c.runs))
			}
			if r.Verdict == verdict.Error && (len(r.Findings) > 0 || !strings.Contains(r.Observed, "what happened")) {
				t.Errorf("observed %q, with the findings %v", r.Observed, r.Findings)
			}
		})
	}
}

// TestShortages: whoever meets a shortage, the verdict names it, and it is the harness's error although the log shows that
// a must was missed. Even the device's adapter may meet it, for it runs in the harness's process.
func TestShortages(t *testing.T) {
	t.Parallel()
	bad := note(must, verdict.Fail, "bad")
	socket := &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
	for name, c := range map[string]struct {
		err     error
		verdict verdict.Verdict
		cause   string
	}{
		"a mock has no socket":       {fmt.Errorf("edge: %w", socket), verdict.Error, "out-of-descriptors"},
		"a device has no socket":     {&bench.DeviceFault{Err: fmt.Errorf("prepare: %w", socket)}, verdict.Error, "out-of-descriptors"},
		"a device cannot be started": {&bench.DeviceFault{Err: &fs.PathError{Op: "fork/exec", Path: "x", Err: syscall.EAGAIN}}, verdict.Error, "out-of-threads"},
		"nor for want of memory":     {&bench.DeviceFault{Err: &fs.PathError{Op: "fork/exec", Path: "x", Err: syscall.ENOMEM}}, verdict.Error, "out-of-memory"},
		"its files do not fit":       {&bench.DeviceFault{Err: &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}}, verdict.Error, "disk-full"},
		"a port is taken":            {os.NewSyscallError("bind", syscall.EADDRINUSE), verdict.Error, "out-of-ports"},
		"a program is missing":       {&bench.DeviceFault{Err: &fs.PathError{Op: "fork/exec", Path: "x", Err: syscall.ENOENT}}, verdict.Inconclusive, "device-not-ready"},
		"a device does not answer":   {&bench.DeviceFault{Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, verdict.Inconclusive, "device-not-ready"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := one(t, config(t), scenario("a", shows(c.err, bad), asks(must)))
			expect(t, r, c.verdict, c.cause)
			if !strings.Contains(r.Observed, c.err.Error()) {
				t.Errorf("observed is %q", r.Observed)
			}
		})
	}
}

// TestRunsAlone: a scenario that is run again runs alone, for it may be the others that left it nothing.
func TestRunsAlone(t *testing.T) {
	t.Parallel()
	var running, again atomic.Int32
	greedy := func(id string) *plan.Scenario {
		tried := 0
		return scenario(id, func(_ context.Context, b *bench.Bench) error {
			beside := running.Add(1)
			defer running.Add(-1)
			if tried++; tried == 1 {
				b.Log.Failed("", "opening a socket", syscall.EMFILE)
				return nil
			}
			again.Add(1)
			if beside != 1 {
				return errors.New("another runs too")
			}
			b.Log.Append(note(must, verdict.Pass, "good"))
			return nil
		}, asks(must))
	}
	c := config(t)
	c.Jobs = 4
	p := &plan.Plan{Scenarios: []*plan.Scenario{greedy("a"), greedy("b"), greedy("c"), greedy("d"), greedy("e")}}
	for _, r := range engine.New(c).Run(t.Context(), p) {
		expect(t, r, verdict.Pass, "good")
	}
	if again.Load() != 5 {
		t.Errorf("%d scenarios ran again", again.Load())
	}
}

// TestGivesUp: a scenario that has met a shortage does not wait for what its device will make of it.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	r := one(t, config(t), scenario("a", func(ctx context.Context, b *bench.Bench) error {
		b.Log.Failed("", "accepting a connection", syscall.EMFILE)
		<-ctx.Done()
		return ctx.Err()
	}, asks(must)))
	if expect(t, r, verdict.Error, "out-of-descriptors"); r.DurationMS >= engine.Budget.Milliseconds() {
		t.Errorf("it took %d ms", r.DurationMS)
	}
}
