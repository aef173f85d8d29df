package compare

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

const earlierRun = `{"schema": "sipconform/baseline/v2", "device": "pbx", "version": "1.0",
	"verdicts": {"a": "pass", "b": "fail", "c": "pass", "gone": "pass"}, "causes": {"a": "fine", "b": "slow", "c": "fine", "gone": "fine"}}`

// runOf returns a run of results, each "name verdict cause".
func runOf(all ...string) *results.Run {
	run := &results.Run{Device: results.Device{Name: "pbx", Version: "1.1"}}
	for _, r := range all {
		words := strings.Fields(r)
		run.Results = append(run.Results, results.Result{Scenario: words[0], Verdict: verdict.Verdict(words[1]), Cause: words[2]})
	}
	return run
}

func TestAgainst(t *testing.T) {
	t.Parallel()
	earlier, err := ReadEarlier([]byte(earlierRun))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, filter, want string
	}{
		{"whole", "", "[c worse pass (fine) fail (x)] [d new not there pass (y)] [gone gone pass (fine) not there] [b better fail (slow) pass (fine)] {5 1 1 1 1 0 1}"},
		{"part", "area:tls", "[c worse pass (fine) fail (x)] [d new not there pass (y)] [b better fail (slow) pass (fine)] {4 1 1 1 0 0 1}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run := runOf("a pass fine", "b pass fine", "c fail x", "d pass y")
			run.Plan.Filter = test.filter
			run.Against = earlier.Against(run)
			changes, counts := Since(run)
			got := ""
			for _, c := range changes {
				got += fmt.Sprint([]any{c.Name, c.Change, c.Was, c.Is}) + " "
			}
			if got += fmt.Sprint(counts); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if faults := Faults(run); len(faults) > 0 {
				t.Errorf("the record gainsays itself: %q", faults)
			}
		})
	}
	if (*Earlier)(nil).Against(runOf()) != nil {
		t.Error("a run that was compared with none differs")
	}
	if _, err := ReadEarlier([]byte(`{"schema": "sipconform/results/v9"}`)); err == nil {
		t.Error("a record of an unknown schema was read")
	}
}

// TestFaults: what a record says of an earlier run has to fit its own results.
func TestFaults(t *testing.T) {
	t.Parallel()
	earlier, err := ReadEarlier([]byte(earlierRun))
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*results.Run){
		"a second time":              func(r *results.Run) { r.Against.Was = append(r.Against.Was, r.Against.Was[0]) },
		"which it is":                func(r *results.Run) { r.Against.Was[0].Verdict, r.Against.Was[0].Cause = "fail", "x" },
		"does not have it":           func(r *results.Run) { r.Against.Was[2].Verdict, r.Against.Was[2].Cause = "", "" },
		"only what the record has":   func(r *results.Run) { r.Against.Part = true },
		"whether it is as it was":    func(r *results.Run) { r.Against.Same++ },
		"in another order":           func(r *results.Run) { w := r.Against.Was; w[0], w[1] = w[1], w[0] },
		"of every result whether it": func(r *results.Run) { r.Against.Was = r.Against.Was[1:] },
	} {
		run := runOf("a pass fine", "b pass fine", "c fail x", "d pass y")
		run.Against = earlier.Against(run)
		change(run)
		if got := strings.Join(Faults(run), "; "); !strings.Contains(got, want) {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}
