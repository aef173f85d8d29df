package verdict_test

import (
	"encoding/json"
	"testing"

	"github.com/sipconform/sipconform/harness/verdict"
)

func findings(verdicts ...verdict.Verdict) []verdict.Finding {
	all := make([]verdict.Finding, len(verdicts))
	for i, v := range verdicts {
		all[i] = verdict.Finding{Requirement: string(rune('A' + i)), Verdict: v, Cause: "why-" + string(v)}
	}
	return all
}

func TestGravest(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		of    []verdict.Verdict
		want  verdict.Verdict
		first string // requirement of the finding that decides
	}{
		"nothing was asked":                  {nil, verdict.NotApplicable, ""},
		"one pass":                           {[]verdict.Verdict{verdict.Pass}, verdict.Pass, "A"},
		"not applicable weighs least":        {[]verdict.Verdict{verdict.NotApplicable, verdict.Pass}, verdict.Pass, "B"},
		"a missed should outweighs a pass":   {[]verdict.Verdict{verdict.Pass, verdict.Deviation}, verdict.Deviation, "B"},
		"what is open outweighs a deviation": {[]verdict.Verdict{verdict.Deviation, verdict.Inconclusive}, verdict.Inconclusive, "B"},
		"a fail stands beside what is open":  {[]verdict.Verdict{verdict.Inconclusive, verdict.Fail, verdict.Pass}, verdict.Fail, "B"},
		"the harness's own fault hides all":  {[]verdict.Verdict{verdict.Fail, verdict.Error}, verdict.Error, "B"},
		"the first of equals decides":        {[]verdict.Verdict{verdict.Pass, verdict.Fail, verdict.Fail}, verdict.Fail, "B"},
		"an empty verdict is an error":       {[]verdict.Verdict{verdict.Pass, ""}, verdict.Error, "B"},
		"an unknown verdict is an error":     {[]verdict.Verdict{verdict.Fail, "passed"}, verdict.Error, "B"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, f := verdict.Gravest(findings(c.of...))
			if got != c.want || f.Requirement != c.first {
				t.Errorf("Gravest(%v) is %s by %q, want %s by %q", c.of, got, f.Requirement, c.want, c.first)
			}
		})
	}
}

// TestGravestOfEveryPair: of any two verdicts the graver decides, whichever comes first.
func TestGravestOfEveryPair(t *testing.T) {
	t.Parallel()
	order := []verdict.Verdict{verdict.Error, verdict.Fail, verdict.Inconclusive, verdict.Deviation, verdict.Pass, verdict.NotApplicable}
	for i, graver := range order {
		for _, lighter := range order[i:] {
			if got, _ := verdict.Gravest(findings(lighter, graver)); got != graver {
				t.Errorf("of %s and %s, %s is the gravest", lighter, graver, got)
			}
			if got, _ := verdict.Gravest(findings(graver, lighter)); got != graver {
				t.Errorf("of %s and %s, %s is the gravest", graver, lighter, got)
			}
		}
	}
}

func TestGravestLeavesItsArgumentAlone(t *testing.T) {
	t.Parallel()
	given := findings(verdict.Pass, verdict.Fail)
	_, f := verdict.Gravest(given)
	f.Cause = "changed"
	if given[1].Cause != "why-fail" {
		t.Error("the finding is not a copy")
	}
}

// TestFindingAsJSON: readers of results.json rely on these names.
func TestFindingAsJSON(t *testing.T) {
	t.Parallel()
	full := verdict.Finding{Requirement: "TW-TLS-05", Verdict: verdict.NotApplicable, Cause: "c",
		Expected: "e", Observed: "o", Hint: "h", Events: []int{3, 4}}
	for want, f := range map[string]verdict.Finding{
		`{"requirement":"TW-TLS-05","verdict":"not-applicable","cause":"c","expected":"e","observed":"o","hint":"h","events":[3,4]}`: full,
		`{"requirement":"","verdict":"pass","cause":""}`: {Verdict: verdict.Pass},
	} {
		if got, err := json.Marshal(f); err != nil || string(got) != want {
			t.Errorf("is %s (%v), want %s", got, err, want)
		}
	}
}
