package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/evidence"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// floods is a run in which a device shows an event and then sends long requests over that many connections, until the
// scenario ends. It ends with err.
func floods(err error, connections int, first observation.Event) func(context.Context, *bench.Bench) error {
	return func(ctx context.Context, b *bench.Bench) error {
		b.Log.Append(first)
		request := make([]byte, 32<<10)
		for i := 0; ctx.Err() == nil; i++ {
			b.Log.Append(observation.Event{Kind: observation.SIP, Conn: fmt.Sprint("tls-", i%connections), Dir: observation.In, Bytes: request})
		}
		return err
	}
}

// TestFlood: a flood ends a scenario at once, whatever becomes of its script. A fail that was seen before stands, a pass does
// not, and stored observations say the same.
func TestFlood(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		run   func(context.Context, *bench.Bench) error
		want  verdict.Verdict
		cause string
	}{
		"a pass":              {floods(nil, 2, note(must, verdict.Pass, "good")), verdict.Inconclusive, judge.Flood},
		"a fail":              {floods(nil, 2, note(must, verdict.Fail, "bad")), verdict.Fail, "bad"},
		"nothing":             {floods(nil, 2, observation.Event{Kind: observation.Note}), verdict.Inconclusive, judge.Flood},
		"a step that ends so": {floods(context.Canceled, 2, note(must, verdict.Fail, "bad")), verdict.Fail, "bad"},
		"a device at odds": {floods(&bench.DeviceFault{Err: context.Canceled}, 2, note(must, verdict.Fail, "bad")),
			verdict.Fail, "bad"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := config(t)
			config.Out, config.Depth = t.TempDir(), engine.Full
			s := scenario("flooded", c.run)
			r := one(t, config, s)
			expect(t, r, c.want, c.cause)
			events, err := evidence.ReadFile(filepath.Join(config.Out, filepath.FromSlash(r.Evidence.Observations)))
			if err != nil {
				t.Fatal(err)
			}
			again := engine.Judge(s, config.Requirements, events, engine.Rests{})
			expect(t, again.Result, c.want, c.cause)
			if again.Result.Observed != r.Observed {
				t.Errorf("stored observations say %q, not %q", again.Result.Observed, r.Observed)
			}
			for _, file := range []string{r.Evidence.Observations, r.Evidence.Ladder} {
				info, err := os.Stat(filepath.Join(config.Out, filepath.FromSlash(file)))
				if err != nil || info.Size() > 2*observation.ScenarioBytes {
					t.Errorf("%s: %v, %+v", file, err, info)
				}
			}
		})
	}
}

// TestFloodedScenariosWait: a device that floods every scenario, while all wait for the first one, leaves each its own
// verdict. It changes nothing for those that do not see the flood, and no file is left in the scratch folder.
func TestFloodedScenariosWait(t *testing.T) {
	t.Parallel()
	temporary := t.TempDir()
	config := config(t)
	config.Jobs, config.Scratch = 2, temporary
	release := make(chan struct{})
	const flooders = 8 // of up to 24 MiB each, more than waits in memory
	all := []*plan.Scenario{scenario("first", func(_ context.Context, b *bench.Bench) error {
		<-release
		b.Log.Append(note(must, verdict.Pass, "good"))
		return nil
	})}
	for i := range flooders {
		all = append(all, scenario(fmt.Sprint("flooded-", i), floods(nil, 64, note(must, verdict.Fail, fmt.Sprint("bad-", i))), control("first")))
	}
	all = append(all, scenario("last", func(ctx context.Context, b *bench.Bench) error {
		stored, err := filepath.Glob(filepath.Join(temporary, "waiting-*"))
		if len(stored) == 0 {
			t.Errorf("no log waits in a file (%v): too few scenarios to show anything", err)
		}
		close(release)
		return passes(ctx, b)
	}))
	results := run(t.Context(), config, all...)
	expect(t, results[0], verdict.Pass, "good")
	for i := range flooders {
		expect(t, results[1+i], verdict.Fail, fmt.Sprint("bad-", i))
	}
	expect(t, results[1+flooders], verdict.Pass, "good")
	if left, _ := filepath.Glob(filepath.Join(temporary, "*", "*")); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, "waiting-*")); len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
}
