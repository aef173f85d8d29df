package report

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// follow runs steps beside a Progress, on a clock that goes on only when a step sleeps, and returns what was written.
func follow(t *testing.T, o ProgressOptions, steps func(p *Progress)) (written string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := NewProgress(&out, o)
		steps(p)
		p.Close()
		written = out.String()
		time.Sleep(time.Hour)
		if out.String() != written {
			t.Errorf("after Close it writes %q", strings.TrimPrefix(out.String(), written))
		}
	})
	return written
}

// ran has a scenario take some time, and end with a verdict.
func ran(p *Progress, id string, took time.Duration, v verdict.Verdict) {
	p.Begun(id)
	time.Sleep(took)
	p.Ended(id)
	p.Done(results.Result{Scenario: id, Verdict: v})
}

func TestProgressInALog(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		o     ProgressOptions
		steps func(p *Progress)
		want  string
	}{
		{"a line for each tenth, and fails at once", ProgressOptions{Total: 30}, func(p *Progress) {
			for _, r := range []results.Result{
				{Scenario: "a/one", Verdict: verdict.Pass},
				{Scenario: "a/two", Verdict: verdict.Fail, Cause: "fell-back"},
				{Scenario: "a/three", Verdict: verdict.Fail, Cause: "known", Waived: &results.Waiver{}},
				{Scenario: "a/four", Verdict: verdict.Inconclusive},
				{Scenario: "a/five", Verdict: verdict.Error, Cause: "judge-panic"},
				{Scenario: "a/six", Verdict: verdict.Pass},
			} {
				p.Done(r)
			}
		}, "FAIL  a/two  fell-back\n" +
			"FAIL (waived)  a/three  known\n" +
			"3 of 30 scenarios, 2 failed; 0 s\n" +
			"ERROR  a/five  judge-panic\n" +
			"6 of 30 scenarios, 2 failed, 1 inconclusive, 1 in error; 0 s\n"},
		{"how long it takes, and what is slow", ProgressOptions{Total: 20}, func(p *Progress) {
			p.Begun("a/slow")
			time.Sleep(time.Second)
			p.Begun("a/slower-to-begin")
			for i := range 4 {
				ran(p, fmt.Sprint("a/", i), 2*time.Second, verdict.Pass)
			}
			p.Ended("a/slow")
			p.Done(results.Result{Scenario: "a/slow", Verdict: verdict.Pass})
			ran(p, "a/5", time.Second, verdict.Pass)
		}, "2 of 20 scenarios; 5 s; longest now: a/slow (5 s)\n" +
			"4 of 20 scenarios; 9 s, about 35 s left; longest now: a/slow (9 s), a/slower-to-begin (8 s)\n" +
			"6 of 20 scenarios; 10 s, about 25 s left; longest now: a/slower-to-begin (9 s)\n"},
		{"a minute without a line", ProgressOptions{Total: 100}, func(p *Progress) {
			p.Begun("a/waits")
			time.Sleep(50 * time.Second)
			p.Done(results.Result{Scenario: "a/two", Verdict: verdict.Fail, Cause: "fell-back"}) // which is a line
			time.Sleep(2*time.Minute + 30*time.Second)
		}, "FAIL  a/two  fell-back\n" +
			"1 of 100 scenarios, 1 failed; 1 min 50 s; longest now: a/waits (1 min 50 s)\n" +
			"1 of 100 scenarios, 1 failed; 2 min 50 s; longest now: a/waits (2 min 50 s)\n"},
		{"nothing but results where somebody is asked to act", ProgressOptions{Total: 2, Quiet: true}, func(p *Progress) {
			ran(p, "a/one", time.Hour, verdict.Pass)
			time.Sleep(time.Hour)
		}, "1 of 2 scenarios; 1 h\n"},
		{"results without a run take no time", ProgressOptions{Total: 1000}, func(p *Progress) {
			for i := range 900 {
				p.Done(results.Result{Scenario: fmt.Sprint("b/", i), Verdict: verdict.NotApplicable})
			}
			time.Sleep(500 * time.Millisecond) // so that no scenario ends when a line is due
			for i := range 50 {
				ran(p, fmt.Sprint("a/", i), 2*time.Second, verdict.Pass)
			}
			p.w = new(bytes.Buffer)
			if got, want := p.times(), "; 1 min 40 s, about 1 min 40 s left"; got != want {
				t.Errorf("times are %q, want %q", got, want)
			}
		}, strings.Join([]string{
			"100 of 1000 scenarios; 0 s", "200 of 1000 scenarios; 0 s", "300 of 1000 scenarios; 0 s", "400 of 1000 scenarios; 0 s",
			"500 of 1000 scenarios; 0 s", "600 of 1000 scenarios; 0 s", "700 of 1000 scenarios; 0 s", "800 of 1000 scenarios; 0 s",
			"900 of 1000 scenarios; 0 s", "929 of 1000 scenarios; 1 min, about 2 min left", ""}, "\n")},
		{"nothing planned", ProgressOptions{}, func(p *Progress) { p.Done(results.Result{Verdict: verdict.Pass}) }, "1 of 0 scenarios; 0 s\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := follow(t, c.o, c.steps); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestProgressLive(t *testing.T) {
	t.Parallel()
	long := "twilio/voice/register/" + strings.Repeat("very-", 20) + "long"
	got := follow(t, ProgressOptions{Style: Style{Live: true}, Total: 30}, func(p *Progress) {
		p.Begun("a/two")
		time.Sleep(1500 * time.Millisecond)
		p.Done(results.Result{Scenario: "a/one", Verdict: verdict.Fail, Cause: "fell-back"})
		p.Ended("a/two")
		p.Begun(long)
		p.Done(results.Result{Scenario: "a/two", Verdict: verdict.Pass})
	})
	updates := strings.Split(got, erase)
	want := []string{
		"",
		"0 of 30 scenarios; 1 s  a/two 1 s", // by itself
		"FAIL  a/one  fell-back\n1 of 30 scenarios, 1 failed; 1 s  a/two 1 s",
		"2 of 30 scenarios, 1 failed; 1 s  …",
		"",
	}
	if len(updates) != len(want) {
		t.Fatalf("updates are %q, want %q", updates, want)
	}
	for i, u := range updates {
		if whole := !strings.HasSuffix(want[i], "…"); whole && u != want[i] || !strings.HasPrefix(u, want[i]) {
			t.Errorf("update %d is %q, want %q", i, u, want[i])
		}
		for line := range strings.Lines(u) {
			if n := len([]rune(line)); n > columns {
				t.Errorf("%q has %d columns", line, n)
			}
		}
	}
	if !strings.HasSuffix(updates[3], "very-long 0 s") {
		t.Errorf("update is %q, want the end of the long name", updates[3])
	}
}

func TestProgressOfManyAtOnce(t *testing.T) {
	t.Parallel()
	got := follow(t, ProgressOptions{Total: 100}, func(p *Progress) {
		var group sync.WaitGroup
		for i := range 100 {
			group.Go(func() { ran(p, fmt.Sprint("a/", i), time.Duration(i)*time.Millisecond, verdict.Pass) })
		}
		group.Wait()
	})
	if strings.Count(got, "\n") != 10 || !strings.HasSuffix(got, "100 of 100 scenarios; 0 s\n") {
		t.Errorf("got:\n%s", got)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 s", 59 * time.Second: "59 s", time.Minute: "1 min", 61 * time.Second: "1 min 1 s", time.Hour: "1 h",
		time.Hour + 30*time.Second: "1 h", 25*time.Hour + 2*time.Minute: "25 h 2 min",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]time.Duration{
		0: 5 * time.Second, 8 * time.Second: 10 * time.Second, 119 * time.Second: 2 * time.Minute, 200 * time.Second: 3 * time.Minute,
	} {
		if got := coarse(d); got != want {
			t.Errorf("%v is about %v, want %v", d, got, want)
		}
	}
}
