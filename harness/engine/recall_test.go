package engine_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/journal"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// kept opens the journal in a folder: a new one, or the one that is there.
func kept(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	f, err := journal.Claim(dir, os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	left := journal.Leftovers{Record: "results.json", Evidence: "evidence"}
	var j *journal.Journal
	if _, none := journal.Read(dir); none == nil {
		j, err = f.Resume(journal.Header{}, left, func(p journal.Place) string { return p.Scenario })
	} else {
		j, err = f.Begin(journal.Header{}, left)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// restful are scenarios whose results depend on each other: a refusal and its control, a
// fault that is blamed once, one that is not judged, and one that needs another
// configuration.
func restful() []*plan.Scenario {
	all := []*plan.Scenario{
		scenario("refused", shows(nil, note(must, verdict.Pass, "refused")), control("good"), refuses),
		scenario("good", passes),
		scenario("fault", shows(nil, note(must, verdict.Fail, "wrong"))),
		scenario("again", shows(nil, note(must, verdict.Fail, "wrong"))),
		scenario("lacking", passes, needs("srtp")),
		scenario("broken", shows(errors.New("no port"))),
		scenario("unready", shows(&bench.DeviceFault{Err: errors.New("gone")})),
		scenario("open", func(ctx context.Context, b *bench.Bench) error {
			if inOwnSetUp(b) {
				return shows(nil, note(must, verdict.Inconclusive, "nothing"))(ctx, b)
			}
			return shows(nil, note(must, verdict.Pass, "lenient"))(ctx, b)
		}, served(verdict.Inconclusive)),
	}
	return all
}

// lenientPhone can be set to take more.
type lenientPhone struct{ phone }

func (lenientPhone) Configurations() []device.Configuration {
	return []device.Configuration{{Name: "lenient", Levers: device.Levers{VerifyOff: true}}}
}

// inOwnSetUp tells a scenario of this test in which set-up it runs.
func inOwnSetUp(b *bench.Bench) bool {
	_, own := b.Device.(lenientPhone)
	return own
}

// timeless returns results without what differs from run to run.
func timeless(all []results.Result) []results.Result {
	all = slices.Clone(all)
	for i := range all {
		all[i].DurationMS = 0
		all[i].Observed, _, _ = strings.Cut(all[i].Observed, "\n") // a stack follows
		if all[i].Own != nil {
			all[i].Own = &timeless([]results.Result{*all[i].Own})[0]
		}
	}
	slices.SortFunc(all, func(a, b results.Result) int { return cmp.Compare(a.Name(), b.Name()) })
	return all
}

// TestGoOn: wherever a run is cut, one that goes on with its journal runs only what the
// journal lacks and comes to the same results as a run in one go.
func TestGoOn(t *testing.T) {
	t.Parallel()
	setUp := func(t *testing.T, dir string) engine.Config {
		c := config(t)
		c.Device = lenientPhone{c.Device.(phone)}
		c.Out, c.Journal = dir, kept(t, dir)
		return c
	}
	whole := timeless(run(t.Context(), setUp(t, t.TempDir()), restful()...))
	if len(whole) != len(restful()) {
		t.Fatalf("there are %d results", len(whole))
	}
	for cut := range len(restful()) {
		t.Run(fmt.Sprint("after ", cut), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ctx, end := context.WithCancelCause(t.Context())
			defer end(nil)
			if cut == 0 {
				end(errors.New("stopped"))
			}
			var mu sync.Mutex
			ran := make(map[string]int)
			counted := func(after func()) []*plan.Scenario {
				all := restful()
				for _, s := range all {
					run := s.Run
					s.Run = func(ctx context.Context, b *bench.Bench) error {
						defer after()
						if inOwnSetUp(b) {
							mu.Lock()
							ran[b.ID]++
							mu.Unlock()
						}
						return run(ctx, b)
					}
				}
				return all
			}
			first := engine.New(setUp(t, dir))
			n := 0
			_ = first.Run(ctx, planOf(counted(func() {
				if n++; n == cut {
					end(errors.New("stopped"))
				}
			})...))
			if why := first.Cut(); why == nil || why.Error() != "stopped" {
				t.Errorf("it was cut short because of %v", why)
			}
			content, err := journal.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			had := make(map[string]bool)
			for _, r := range content.Ran {
				had[r.Scenario] = had[r.Scenario] || r.Configuration == ""
			}
			clear(ran)
			second := engine.New(setUp(t, dir))
			got := timeless(second.Run(t.Context(), planOf(counted(func() {})...)))
			if !reflect.DeepEqual(got, whole) {
				t.Errorf("the results are\n%+v, want\n%+v", got, whole)
			}
			if second.Cut() != nil {
				t.Errorf("it was cut short because of %v", second.Cut())
			}
			for id, own := range had {
				if own && ran[id] > 0 {
					t.Errorf("%s ran again", id)
				}
			}
		})
	}
}

// TestLostObservations: a scenario whose observations are lost or changed runs again.
func TestLostObservations(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"gone": os.Remove,
		"torn": func(path string) error { return os.Truncate(path, 20) },
		"cut short by its last byte": func(path string) error {
			info, err := os.Stat(path)
			return errors.Join(err, os.Truncate(path, info.Size()-1))
		},
		"zeroed":  func(path string) error { return os.WriteFile(path, make([]byte, 100), 0o600) },
		"changed": func(path string) error { return os.WriteFile(path, []byte(`{"seq":0,"kind":"note"}`+"\n"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, ran := t.TempDir(), 0
			again := func() results.Result {
				c := config(t)
				c.Out, c.Journal = dir, kept(t, dir)
				return one(t, c, scenario("a", func(ctx context.Context, b *bench.Bench) error {
					ran++
					return passes(ctx, b)
				}))
			}
			again()
			if again(); ran != 1 {
				t.Fatalf("it ran %d times", ran)
			}
			if err := spoil(filepath.Join(dir, "evidence", "twilio", "voice", "a", "observations.jsonl.gz")); err != nil {
				t.Fatal(err)
			}
			expect(t, again(), verdict.Pass, "good")
			if ran != 2 {
				t.Errorf("it ran %d times", ran)
			}
		})
	}
}

// panicky is a device whose code panics where no scenario runs.
type panicky struct{ phone }

func (panicky) Capabilities() device.Capabilities { panic("no list") }

// TestPanicOutsideScenarios: a panic in a device's own code, outside of a scenario, is the
// harness's error and ends nothing else.
func TestPanicOutsideScenarios(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Device = panicky{}
	for _, r := range run(t.Context(), c, scenario("a", passes), scenario("b", passes)) {
		expect(t, r, verdict.Error, "harness-error")
	}
	c = config(t)
	c.Done = func(r results.Result) {
		if strings.HasSuffix(r.Scenario, "/a") {
			panic("no terminal")
		}
	}
	all := run(t.Context(), c, scenario("a", passes), scenario("b", passes))
	expect(t, all[0], verdict.Error, "harness-error")
	expect(t, all[1], verdict.Pass, "good")
}
