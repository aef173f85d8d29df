package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestBench: a scenario's bench has what the engine was configured with.
func TestBench(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.MediaInterval = 5 * time.Millisecond
	c.Depth = engine.Failures
	var asked []int
	c.Place = func(serial int) bench.Place { asked = append(asked, serial); return bench.Block(serial) }
	for _, wire := range []bool{true, false} {
		if !wire {
			c.Depth = engine.NoEvidence
		}
		r := one(t, c, scenario("a", func(ctx context.Context, b *bench.Bench) error {
			if !b.Device.Capabilities().Has("register") || b.Forge != c.Forge || b.Seed != 7 ||
				b.MediaInterval != c.MediaInterval || b.Names != c.Names {
				t.Errorf("the bench is %+v", b)
			}
			if b.Serial != 1 || b.Place != bench.Block(1) || b.Place.Vendor != netip.MustParseAddr("127.1.1.1") {
				t.Errorf("scenario %d is at %+v", b.Serial, b.Place)
			}
			if b.Wire != wire {
				t.Errorf("raw segments are asked for: %t, want %t", b.Wire, wire)
			}
			if at, ok := ctx.Deadline(); !ok || time.Until(at) > engine.Budget {
				t.Errorf("the deadline is %v, %t", at, ok)
			}
			return passes(ctx, b)
		}))
		expect(t, r, verdict.Pass, "good")
	}
	if !slices.Equal(asked, []int{1, 1}) {
		t.Errorf("places were asked for serials %v", asked)
	}
}

// TestNoPlace: an engine without Place gives errors and does not crash.
func TestNoPlace(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Place = nil
	expect(t, one(t, c, scenario("a", passes)), verdict.Error, "harness-error")
}

// TestSerials: no two scenarios of a run have the same serial, however they end.
func TestSerials(t *testing.T) {
	t.Parallel()
	const jobs = 6
	var mu sync.Mutex
	taken := make(map[int]string)
	var all []*plan.Scenario
	for i := range 10 * jobs {
		all = append(all, scenario(fmt.Sprint("s", i), func(_ context.Context, b *bench.Bench) error {
			mu.Lock()
			defer mu.Unlock()
			if other, is := taken[b.Serial]; is || b.Serial < 1 || b.ID != fmt.Sprint("twilio/voice/s", i) {
				t.Errorf("serial %d of %s is also that of %s", b.Serial, b.ID, other)
			}
			taken[b.Serial] = fmt.Sprint("s", i)
			switch i % 3 {
			case 0:
				return errors.New("no luck")
			case 1:
				panic("nor here")
			}
			return nil
		}))
	}
	c := config(t)
	c.Jobs = jobs
	run(t.Context(), c, all...)
	if len(taken) != len(all) {
		t.Errorf("%d serials for %d scenarios", len(taken), len(all))
	}
}

// TestFolders: each scenario has its own empty folder, which is removed however the
// scenario ends. The test sets the environment, so it is not parallel.
func TestFolders(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	var mu sync.Mutex
	seen := make(map[string]bool)
	litters := func(then func() error) func(context.Context, *bench.Bench) error {
		return func(_ context.Context, b *bench.Bench) error {
			mu.Lock()
			if seen[b.Dir] || filepath.Dir(b.Dir) != temporary {
				t.Errorf("its folder is %s", b.Dir)
			}
			seen[b.Dir] = true
			mu.Unlock()
			if entries, err := os.ReadDir(b.Dir); err != nil || len(entries) > 0 {
				t.Errorf("the folder holds %v, %v", entries, err)
			}
			if info, err := os.Stat(b.Dir); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("keys would be in %v, %v", info, err)
			}
			if err := os.MkdirAll(filepath.Join(b.Dir, "below"), 0o700); err != nil {
				t.Error(err)
			}
			if err := os.WriteFile(filepath.Join(b.Dir, "below", "key.pem"), []byte("key"), 0o400); err != nil {
				t.Error(err)
			}
			return then()
		}
	}
	ends := []func() error{
		func() error { return nil },
		func() error { return errors.New("no luck") },
		func() error { return &bench.DeviceFault{Err: errors.New("gone")} },
		func() error { panic("nor here") },
	}
	var all []*plan.Scenario
	for i := range 4 * len(ends) {
		all = append(all, scenario(fmt.Sprint("s", i), litters(ends[i%len(ends)])))
	}
	c := config(t)
	c.Jobs = 4
	run(t.Context(), c, all...)
	if len(seen) != len(all) {
		t.Errorf("%d folders for %d scenarios", len(seen), len(all))
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("what is left is %v, %v", left, err)
	}
}

// TestEvidence: verdict and depth decide which files are written, and judging the
// stored observations gives the same verdict.
func TestEvidence(t *testing.T) {
	t.Parallel()
	play := func(v verdict.Verdict) func(context.Context, *bench.Bench) error {
		events := append(recorded().Events(), note(must, v, "so"))
		return shows(nil, events...)
	}
	nothing, all := []string(nil), []string{"capture.pcapng.gz", "ladder.txt", "observations.jsonl.gz"}
	least := []string{"ladder.txt.gz", "observations.jsonl.gz"}
	for name, c := range map[string]struct {
		depth engine.Depth
		run   func(context.Context, *bench.Bench) error
		files []string
	}{
		"none, of a fail":                    {engine.NoEvidence, play(verdict.Fail), nothing},
		"failures, of a pass":                {engine.Failures, play(verdict.Pass), least},
		"the default, of a pass":             {"", play(verdict.Pass), least},
		"failures, of a fail":                {engine.Failures, play(verdict.Fail), all},
		"failures, of what is open":          {engine.Failures, play(verdict.Inconclusive), all},
		"full, of a pass":                    {engine.Full, play(verdict.Pass), all},
		"failures, of the harness's own":     {engine.Failures, shows(errors.New("no port"), recorded().Events()...), all},
		"full, of a scenario without events": {engine.Full, shows(nil), nothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conf := config(t)
			conf.Out, conf.Depth = t.TempDir(), c.depth
			s := scenario("tls/a", c.run)
			r := one(t, conf, s)
			folder := filepath.Join(conf.Out, "evidence", "twilio", "voice", "tls", "a")
			var files []string
			entries, _ := os.ReadDir(folder)
			for _, e := range entries {
				if e.Name() != "chain.pem" && e.Name() != "device.log" {
					files = append(files, e.Name())
				}
			}
			same(t, "the files", files, c.files)
			for _, path := range []string{r.Evidence.Observations, r.Evidence.Ladder, r.Evidence.Capture, r.Evidence.Chain} {
				if path == "" {
					continue
				}
				if _, err := os.Stat(filepath.Join(conf.Out, filepath.FromSlash(path))); err != nil || strings.Contains(path, `\`) {
					t.Errorf("results.json names %s: %v", path, err)
				}
			}
			if c.files == nil {
				if len(r.Evidence.Files()) > 0 {
					t.Errorf("results.json names %+v", r.Evidence)
				}
				return
			}
			events, err := evidence.ReadFile(filepath.Join(conf.Out, filepath.FromSlash(r.Evidence.Observations)))
			if err != nil {
				t.Fatal(err)
			}
			again := engine.Judge(s, conf.Requirements, events, engine.Rests{}).Result
			if r.Verdict != verdict.Error && (again.Verdict != r.Verdict || again.Cause != r.Cause) {
				t.Errorf("the evidence says %s (%s), the result %s (%s)", again.Verdict, again.Cause, r.Verdict, r.Cause)
			}
		})
	}
}

// TestEvidenceAfterControl: a scenario whose pass is withheld gets full evidence.
func TestEvidenceAfterControl(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Out = t.TempDir()
	got := run(t.Context(), c,
		scenario("bad", shows(nil, append(recorded().Events(), note(must, verdict.Pass, "refused"))...), control("good"), refuses),
		scenario("good", shows(nil), served(verdict.Inconclusive)))
	expect(t, got[0], verdict.Inconclusive, "control-not-served")
	if got[0].Evidence.Capture == "" {
		t.Errorf("evidence is %+v", got[0].Evidence)
	}
}

func TestEvidenceThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Out = filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(c.Out, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := one(t, c, scenario("a", shows(nil, note(must, verdict.Pass, "good"))))
	expect(t, r, verdict.Error, "evidence-not-written")
	if len(r.Evidence.Files()) > 0 {
		t.Errorf("results.json names %+v", r.Evidence)
	}
}

// TestTimesOfEvidence: the times of observations count from the scenario's start.
func TestTimesOfEvidence(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Out = t.TempDir()
	r := one(t, c, scenario("a", shows(nil, observation.Event{Kind: observation.Note, Text: "hello"})))
	events, err := evidence.ReadFile(filepath.Join(c.Out, filepath.FromSlash(r.Evidence.Observations)))
	if err != nil || len(events) != 1 || events[0].At < 0 || events[0].At > time.Minute || events[0].Text != "hello" {
		t.Errorf("stored are %+v, %v", events, err)
	}
}
