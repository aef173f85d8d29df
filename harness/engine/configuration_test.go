package engine_test

import (
	"context"
	"fmt"
	"github.com/sipconform/sipconform/harness/evidence"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/harness/bench"
	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/engine"
	"github.com/sipconform/sipconform/harness/judge"
	"github.com/sipconform/sipconform/harness/plan"
	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
	"github.com/sipconform/sipconform/mocks/observation"
)

// picky is a device that refuses every certificate while it verifies.
type picky struct {
	phone
	configurations []device.Configuration
}

func (p picky) Configurations() []device.Configuration { return p.configurations }

func (p picky) Prepare(_ context.Context, setup device.Setup) (device.Session, error) {
	return prepared{levers: setup.Levers}, nil
}

type prepared struct {
	device.Session
	levers device.Levers
}

// The configurations of the picky device.
var (
	unverified = device.Configuration{Name: "verification off", Levers: device.Levers{VerifyOff: true}, GivesUp: []string{"area:certificate", "req:" + mustToo}}
	inClear    = device.Configuration{Name: "media RTP", Levers: device.Levers{Media: device.RTP}, GivesUp: []string{"area:srtp"}}
)

// getsThrough is the note of a run in which the device was served.
const getsThrough = "served"

// strict returns a run in which the picky device shows refused while it verifies, and
// then in its configuration.
func strict(refused []observation.Event, then ...observation.Event) func(context.Context, *bench.Bench) error {
	return func(ctx context.Context, b *bench.Bench) error {
		session, err := b.Device.Prepare(ctx, device.Setup{Log: b.Log})
		if err != nil {
			return err
		}
		seen := refused
		if session.(prepared).levers.VerifyOff {
			seen = append(slices.Clone(then), observation.Event{Kind: observation.Note, Text: getsThrough})
		}
		return shows(nil, seen...)(ctx, b)
	}
}

// byNote makes a scenario rule by its notes whether the device was served in it.
func byNote(s *plan.Scenario) {
	s.Served = func(v *judge.View) judge.Ruling {
		if slices.ContainsFunc(v.Events, func(e observation.Event) bool { return e.Text == getsThrough }) {
			return judge.Ruling{Verdict: verdict.Pass}
		}
		return judge.Ruling{Verdict: verdict.Inconclusive}
	}
}

func area(name string) func(*plan.Scenario) { return func(s *plan.Scenario) { s.Area = name } }

// tellsTo collects what Done is called with.
func tellsTo(c *engine.Config) func() []string {
	var mu sync.Mutex
	var all []string
	c.Done = func(r results.Result) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, r.Name())
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(all)
		return all
	}
}

// inShort writes results as "name verdict cause".
func inShort(all []results.Result) []string {
	var lines []string
	for _, r := range all {
		lines = append(lines, fmt.Sprintf("%s %s %s", strings.TrimPrefix(r.Name(), "twilio/voice/"), r.Verdict, r.Cause))
	}
	return lines
}

// TestConfiguration: a device that refuses the vendor's certificate fails once. What
// that blocks is asked again without verification, and nothing of what that gives up.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	good, bad := note(must, verdict.Pass, "good"), note(must, verdict.Fail, "bad")
	refused := []observation.Event{note(must, verdict.Fail, "refused-certificate")}
	late, too := note(should, verdict.Fail, "late"), note(mustToo, verdict.Pass, "too")
	all := []*plan.Scenario{
		scenario("call", strict(nil, good), control("base"), byNote),
		scenario("rejects", strict([]observation.Event{good}, good), control("call"), refuses),
		scenario("base", strict(append(slices.Clone(refused), late), good, late), asks(must, should), byNote),
		scenario("breaks", strict(nil, bad), control("call"), byNote),
		scenario("rests", strict(nil, bad), control("breaks")),
		scenario("expired", strict([]observation.Event{good}, bad), control("base"), area("certificate"), refuses),
		scenario("mixed", strict(nil, good, too), control("base"), asks(mustToo, must)),
		scenario("given-up", strict(nil, too), control("base"), asks(mustToo)),
		scenario("sets-it", strict(nil, good), control("base"), needs(device.LeverVerify)),
		scenario("open", strict(nil), control("base")),
		scenario("alone", passes),
	}
	for name, configurations := range map[string][]device.Configuration{
		"the only one":          {unverified},
		"before one of no use":  {unverified, inClear},
		"behind one of no use ": {inClear, unverified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			c.Jobs = 3
			c.Device = picky{phone{can: device.Capabilities{device.LeverVerify, device.LeverMedia}}, configurations}
			told := tellsTo(&c)
			got := run(t.Context(), c, all...)
			same(t, "the results", inShort(got), []string{
				"call (verification off) pass good",
				"rejects (verification off) pass good",
				"base fail refused-certificate",
				"breaks (verification off) fail bad",
				"rests inconclusive blocked",
				"expired inconclusive blocked",
				"mixed (verification off) pass good",
				"given-up inconclusive blocked",
				"sets-it inconclusive blocked",
				"open inconclusive blocked",
				"alone pass good",
				"base (verification off) deviation late",
			})
			var once []string
			for _, r := range got[:len(all)] {
				once = append(once, r.Name())
				own := r.Own
				if r.Configuration == "" {
					own = &r
				}
				root := results.Blocked{Scenario: "twilio/voice/base", Cause: "refused-certificate"}
				if base := r.Scenario == root.Scenario || r.Scenario == "twilio/voice/alone"; !base && (own == nil || own.Blocked == nil || *own.Blocked != root) {
					t.Errorf("in its own set-up %s is %+v", r.Name(), own)
				}
			}
			slices.Sort(once)
			same(t, "what was told", told(), once)
			same(t, "the findings of mixed", brief(got[6].Findings), []string{must + " pass good"})
		})
	}
}

// TestFailsOnce: a fault that the configuration does not hide is blamed once, in the
// device's own set-up.
func TestFailsOnce(t *testing.T) {
	t.Parallel()
	both := func(cause string) []observation.Event {
		return []observation.Event{note(must, verdict.Fail, cause), note(mustToo, verdict.Fail, "bad-suite")}
	}
	c := config(t)
	c.Device = picky{phone{can: device.Capabilities{device.LeverVerify}}, []device.Configuration{{Name: "other", Levers: unverified.Levers, GivesUp: []string{"area:certificate"}}}}
	got := run(t.Context(), c,
		scenario("base", strict(both("refused-certificate"), both("odd")...), asks(must, mustToo), byNote),
		scenario("call", strict(nil, note(must, verdict.Pass, "good"), note(mustToo, verdict.Fail, "bad-suite")), asks(must, mustToo), control("base")),
		scenario("other", strict(nil, note(must, verdict.Pass, "good")), control("base")),
	)
	same(t, "the results", inShort(got), []string{
		"base fail refused-certificate", "call inconclusive blocked", "other (other) pass good", "base (other) fail odd",
	})
	same(t, "the findings of the base", brief(got[3].Findings), []string{must + " fail odd", mustToo + " inconclusive blocked"})
}

// TestPresumedInTheOwnSetUp: a fail in the own set-up explains one in a configuration,
// in which the presumed scenario is not asked.
func TestPresumedInTheOwnSetUp(t *testing.T) {
	t.Parallel()
	bad, good := note(must, verdict.Fail, "bad"), note(must, verdict.Pass, "good")
	presumes := func(s *plan.Scenario) { s.Presumes = []string{"twilio/voice/any"} }
	c := config(t)
	c.Device = picky{phone{can: device.Capabilities{device.LeverVerify}}, []device.Configuration{unverified}}
	got := run(t.Context(), c,
		scenario("any", strict([]observation.Event{bad}, good), area("certificate")),
		scenario("base", strict([]observation.Event{note(must, verdict.Fail, "refused")}, good), byNote),
		scenario("fails", strict(nil, bad), control("base"), presumes),
		scenario("passes", strict(nil, good), control("base"), presumes),
	)
	same(t, "the results", inShort(got), []string{
		"any fail bad", "base fail refused", "fails inconclusive blocked", "passes (verification off) pass good", "base (verification off) pass good",
	})
}

// TestNoHelp: a configuration in which nothing is concluded leaves no result and no
// evidence.
func TestNoHelp(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Out = t.TempDir()
	c.Device = picky{phone{can: device.Capabilities{device.LeverMedia}}, []device.Configuration{inClear}}
	told := tellsTo(&c)
	got := run(t.Context(), c,
		scenario("base", strict([]observation.Event{note(must, verdict.Fail, "refused")}), byNote),
		scenario("call", strict(nil), control("base")),
	)
	same(t, "the results", inShort(got), []string{"base fail refused", "call inconclusive blocked"})
	same(t, "what was told", told(), []string{"twilio/voice/base", "twilio/voice/call"})
	files, err := filepath.Glob(filepath.Join(c.Out, "evidence", "configuration-1", "twilio", "voice", "*", "*"))
	if err != nil || len(files) > 0 {
		t.Errorf("files are left: %q, %v", files, err)
	}
}

// TestEvidenceOfBoth: the observations in both set-ups are kept.
func TestEvidenceOfBoth(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Out = t.TempDir()
	c.Device = picky{phone{can: device.Capabilities{device.LeverVerify}}, []device.Configuration{unverified}}
	futures := engine.New(c).Start(t.Context(), &plan.Plan{Scenarios: []*plan.Scenario{
		scenario("base", strict([]observation.Event{note(must, verdict.Fail, "refused")}, note(must, verdict.Pass, "good")), byNote),
		scenario("call", strict([]observation.Event{note(should, verdict.Pass, "own")}, note(must, verdict.Pass, "good")), control("base")),
	}})
	call, ok := futures.Wait("twilio/voice/call")
	base := futures.Controls()
	if !ok || len(base) != 1 || call.Own == nil {
		t.Fatalf("the results are %+v, and of controls %+v", call, base)
	}
	for file, text := range map[string]string{
		call.Evidence.Observations: getsThrough, call.Own.Evidence.Observations: "own", base[0].Evidence.Observations: getsThrough,
	} {
		events, err := evidence.ReadFile(filepath.Join(c.Out, file))
		says := func(e observation.Event) bool { return strings.Contains(e.Text, text) }
		if err != nil || !slices.ContainsFunc(events, says) {
			t.Errorf("%s has no %q: %v", file, text, err)
		}
	}
	if _, ok := futures.Wait("twilio/voice/nothing"); ok {
		t.Error("a scenario that the plan lacks has a result")
	}
}

// TestOpen: a scenario is asked again if the device was served neither in it nor in its
// control, and not if it shows a fault or if the control shows that the device gets there.
func TestOpen(t *testing.T) {
	t.Parallel()
	good, nothing := note(must, verdict.Pass, "good"), []observation.Event(nil)
	unserved, isServed := served(verdict.Inconclusive), served(verdict.Pass)
	for name, test := range map[string]struct {
		s, control *plan.Scenario
		again      bool
	}{
		"a base scenario":                  {scenario("a", strict(nothing, good), unserved), nil, true},
		"one that was served":              {scenario("a", strict(nothing, good), isServed), nil, false},
		"one whose control was not served": {scenario("a", strict(nothing, good), unserved, control("good")), scenario("good", passes, unserved), true},
		"one whose control was served":     {scenario("a", strict(nothing, good), unserved, control("good")), scenario("good", passes, isServed), false},
		"one with a fault":                 {scenario("a", strict([]observation.Event{note(should, verdict.Fail, "late")}, good), unserved, asks(must, should)), nil, false},
		"one that passed":                  {scenario("a", strict([]observation.Event{good}, good), unserved), nil, false},
		"one that cannot be asked":         {scenario("a", strict(nothing, good), unserved, needs(device.LeverMKI)), nil, false},
		"one that is open in both":         {scenario("a", strict(nothing), unserved), nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t)
			c.Device = picky{phone{can: device.Capabilities{device.LeverVerify}}, []device.Configuration{unverified}}
			all := []*plan.Scenario{test.s}
			if test.control != nil {
				all = append(all, test.control)
			}
			if r := run(t.Context(), c, all...)[0]; (r.Configuration == "verification off") != test.again {
				t.Errorf("%s is %s (%s)", r.Name(), r.Verdict, r.Cause)
			}
		})
	}
}

// TestAgainAfterTheEnd: a run that ends leaves what is blocked as it is.
func TestAgainAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := config(t)
	c.Device = picky{phone{can: device.Capabilities{device.LeverVerify}}, []device.Configuration{unverified}}
	base := strict([]observation.Event{note(must, verdict.Fail, "refused")}, note(must, verdict.Pass, "good"))
	got := run(ctx, c,
		scenario("base", func(ctx context.Context, b *bench.Bench) error {
			session, err := b.Device.Prepare(ctx, device.Setup{})
			if err == nil && session.(prepared).levers.VerifyOff {
				cancel()
			}
			return base(ctx, b)
		}, byNote),
		scenario("call", strict(nil, note(must, verdict.Pass, "good")), control("base")),
	)
	same(t, "the results", inShort(got), []string{"base fail refused", "call inconclusive blocked"})
	told := tellsTo(&c)
	if got := run(ctx, c, scenario("left-out", passes)); len(got) != 0 || len(told()) != 0 {
		t.Errorf("after the end, the results are %v, and those told %v", inShort(got), told())
	}
}

// TestOneIsInTheOwnSetUp: One asks in the device's own set-up alone.
func TestOneIsInTheOwnSetUp(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Device = picky{phone{can: device.Capabilities{device.LeverVerify}}, []device.Configuration{unverified}}
	told := tellsTo(&c)
	base := scenario("base", strict([]observation.Event{note(must, verdict.Fail, "refused")}), byNote)
	call := scenario("call", strict(nil, note(must, verdict.Pass, "good")), control("base"))
	r := engine.New(c).One(t.Context(), planOf(call, base), call)
	expect(t, r, verdict.Inconclusive, "blocked")
	same(t, "what was told", told(), []string{"twilio/voice/call"})
}
