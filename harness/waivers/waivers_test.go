package waivers

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/results"
	"github.com/sipconform/sipconform/harness/verdict"
)

// valid is the end of every waiver in a file.
const valid = "\n  reason: known\n  owner: QA\n  expiry: 2026-12-31\n"

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"nothing":              {"", "waivers.yaml:1: the file is empty: write a list of waivers"},
		"no list":              {"scenario: a", `waivers.yaml:1: the file is not a list: begin each waiver with "- scenario: …"`},
		"a null":               {"- cause: a" + valid + "-\n", "waivers.yaml:5: this is not a waiver"},
		"a word":               {"- a\n", "waivers.yaml:1: this is not a waiver"},
		"an unknown field":     {"- cuase: a" + valid, `waivers.yaml:1: `},
		"a field twice":        {"- cause: a\n  cause: b" + valid, "waivers.yaml:2: "},
		"for everything":       {"- reason: known\n  owner: QA\n  expiry: 2026-12-31", "waivers.yaml:1: the waiver is for every fault: name a scenario"},
		"no reason":            {"- cause: a\n  owner: QA\n  expiry: 2026-12-31", "waivers.yaml:1: the waiver has no reason"},
		"a blank reason":       {"- cause: a\n  reason: ' '\n  owner: QA\n  expiry: 2026-12-31", "waivers.yaml:2: the waiver has no reason"},
		"no owner":             {"- cause: a\n  reason: known\n  expiry: 2026-12-31", "waivers.yaml:1: the waiver has no owner"},
		"no expiry":            {"- cause: a\n  reason: known\n  owner: QA", "waivers.yaml:1: the waiver has no expiry"},
		"a day that is none":   {"- cause: a\n  reason: known\n  owner: QA\n  expiry: 2026-02-30", `waivers.yaml:4: "2026-02-30" is not a date`},
		"a pattern that is no": {"- scenario: 'a/[b'" + valid, `waivers.yaml:1: "a/[b" is not a pattern`},
		"labels that are none": {"- labels: 'area:tls && ('" + valid, `waivers.yaml:1: filter "area:tls && ("`},
		"the same twice":       {"- cause: a" + valid + "- cause: a" + valid, "waivers.yaml:5: the same waiver stands above"},
		"two mistakes":         {"- cause: a\n  owner: QA\n  expiry: soon", "has no reason: write why the fault is accepted\nwaivers.yaml:3: \"soon\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if l, err := parse("waivers.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want %q", l, err, c.want)
			}
		})
	}
}

// labels are those of the scenarios of the tests.
func labels(scenario string) []string {
	if strings.HasPrefix(scenario, "acme/") {
		return []string{"vendor:acme", "id:" + strings.ReplaceAll(scenario, "/", ":")}
	}
	return nil
}

// result is one of a scenario; each finding is "requirement verdict cause".
func result(scenario string, v verdict.Verdict, findings ...string) results.Result {
	r := results.Result{Scenario: scenario, Verdict: v, Cause: "gravest"}
	for _, f := range findings {
		words := strings.Fields(f)
		r.Findings = append(r.Findings, verdict.Finding{Requirement: words[0], Verdict: verdict.Verdict(words[1]), Cause: words[2]})
	}
	return r
}

func TestWaivers(t *testing.T) {
	t.Parallel()
	const day = "2026-12-31" // the last on which they hold
	expired := result("acme/expired", verdict.Fail, "A-1 fail accepted-expired", "A-2 pass fine")
	both := result("acme/both", verdict.Fail, "A-1 fail accepted-expired", "A-3 fail accepted-name")
	unjudged := result("acme/unjudged", verdict.Fail)
	for name, c := range map[string]struct {
		text   string // of waivers, each without its end
		result results.Result
		waived bool
		told   string // of the first waiver, empty for nothing
	}{
		"by its scenario":               {"scenario: acme/expired", expired, true, ""},
		"by a pattern":                  {"scenario: acme/*", expired, true, ""},
		"by a pattern of the rest":      {"scenario: ac*/**", expired, true, ""},
		"by another pattern":            {"scenario: other/**", expired, false, "the waiver matches no scenario of this run: check"},
		"by a mistyped scenario":        {"scenario: acme/expierd", expired, false, "matches no scenario of this run: did you mean acme/expired?"},
		"by a label":                    {"labels: vendor:acme", expired, true, ""},
		"by the label of its ID":        {"labels: id:acme:expired", expired, true, ""},
		"by another label":              {"labels: vendor:other", expired, false, "the waiver matches no scenario"},
		"by a label of no known one":    {"labels: vendor:acme", result("gone/x", verdict.Fail), false, "the waiver matches no scenario"},
		"by its requirement":            {"requirement: A-1", expired, true, ""},
		"by a requirement that it met":  {"requirement: A-2", expired, false, "excuses nothing: what it matches failed for other requirements"},
		"by its cause":                  {"cause: accepted-expired", expired, true, ""},
		"by another cause":              {"cause: accepted-name", expired, false, "excuses nothing: what it matches failed for other"},
		"by all of it":                  {"scenario: acme/*\n  labels: vendor:acme\n  requirement: A-1\n  cause: accepted-expired", expired, true, ""},
		"by all of it but one":          {"scenario: acme/*\n  labels: vendor:acme\n  requirement: A-3\n  cause: accepted-expired", expired, false, "excuses nothing"},
		"by the cause of no rule":       {"cause: gravest", unjudged, true, ""},
		"by a requirement of no rule":   {"requirement: A-1", unjudged, false, "excuses nothing"},
		"two faults, by the scenario":   {"scenario: acme/both", both, true, ""},
		"two faults, by one of them":    {"cause: accepted-name", both, false, "not waived: acme/both fails for A-1 (accepted-expired) as well"},
		"no fail":                       {"scenario: acme/**", result("acme/x", verdict.Inconclusive), false, "no scenario that it matches failed"},
		"an error":                      {"scenario: acme/**", result("acme/x", verdict.Error), false, "no scenario that it matches failed"},
		"a deviation is no fail either": {"scenario: acme/**", result("acme/x", verdict.Deviation, "A-1 deviation late"), false, "no scenario that it matches failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := parse("waivers.yaml", []byte("- "+c.text+valid))
			if err != nil {
				t.Fatal(err)
			}
			run := &results.Run{AsOf: day, Results: []results.Result{c.result}}
			run.Waivers = l.Mark(run.Results, run.AsOf, labels)
			r := run.Results[0]
			if waived := r.Waived != nil; waived != c.waived || waived && len(run.Waivers) != 1 || r.Verdict != c.result.Verdict || r.Cause != c.result.Cause {
				t.Errorf("got %+v with the waivers %v", r, run.Waivers)
			}
			if told := strings.Join(l.Tell(run, labels), "\n"); !strings.Contains(told, c.told) || c.told == "" && told != "" {
				t.Errorf("told %q, want %q", told, c.told)
			}
			again, err := Of(run.Waivers)
			if err != nil {
				t.Fatal(err)
			}
			if w := again.For(&r, day, labels); (w != nil) != c.waived || w != nil && *w != *r.Waived {
				t.Errorf("by the record it is %v", w)
			}
		})
	}
}

// TestExpiry: an expired waiver counts as none, and is told with its line.
func TestExpiry(t *testing.T) {
	t.Parallel()
	l, err := parse("waivers.yaml", []byte("# ours\n- cause: a\n  reason: known\n  owner: QA\n  expiry: 2026-07-29\n- cause: a"+valid))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]struct{ expiry, told string }{
		"2026-07-29": {"2026-07-29", "waivers.yaml:6: the waiver excuses nothing: those above it have all that it matches"},
		"2026-07-30": {"2026-12-31", "waivers.yaml:2: the waiver expired on 2026-07-29 and counts as none: ask QA for another, or remove it"},
		"2027-01-01": {"", "waivers.yaml:2: the waiver expired on 2026-07-29 and counts as none: ask QA for another, or remove it\n" +
			"waivers.yaml:6: the waiver expired on 2026-12-31 and counts as none: ask QA for another, or remove it"},
	} {
		run := &results.Run{AsOf: day, Results: []results.Result{result("acme/x", verdict.Fail, "A-1 fail a")}}
		run.Waivers = l.Mark(run.Results, run.AsOf, labels)
		expiry := ""
		if w := run.Results[0].Waived; w != nil {
			expiry = w.Expiry
		}
		if told := strings.Join(l.Tell(run, labels), "\n"); expiry != want.expiry || told != want.told {
			t.Errorf("%s: waived until %q, told %q", day, expiry, told)
		}
	}
}

// TestTellKnowsTheFilter: nobody is told to remove a waiver of what the run left out.
func TestTellKnowsTheFilter(t *testing.T) {
	t.Parallel()
	l, err := parse("waivers.yaml", []byte("- scenario: other/**"+valid))
	if err != nil {
		t.Fatal(err)
	}
	run := &results.Run{AsOf: "2026-01-01", Plan: results.Plan{Filter: "vendor:acme"}, Results: []results.Result{result("acme/x", verdict.Pass)}}
	if told := l.Tell(run, labels); len(told) != 1 || !strings.HasSuffix(told[0], "of this run, whose filter may leave them out") {
		t.Errorf("told %q", told)
	}
}

// TestMarkKeepsTheOrder: the record has what applied, in the order of the file and once.
func TestMarkKeepsTheOrder(t *testing.T) {
	t.Parallel()
	l, err := parse("waivers.yaml", []byte("- cause: c"+valid+"- cause: unused"+valid+"- cause: a"+valid))
	if err != nil {
		t.Fatal(err)
	}
	all := []results.Result{result("acme/1", verdict.Fail, "A-1 fail a"), result("acme/2", verdict.Fail, "A-1 fail c"), result("acme/3", verdict.Fail, "A-1 fail c")}
	applied := l.Mark(all, "2026-01-01", labels)
	if len(applied) != 2 || applied[0].Cause != "c" || applied[1].Cause != "a" {
		t.Errorf("got %+v", applied)
	}
	var none *List
	if applied := none.Mark(all, "2026-01-01", labels); applied != nil || all[0].Waived != nil || none.Tell(&results.Run{}, labels) != nil {
		t.Errorf("no waivers leave %+v, %+v", applied, all)
	}
}

// FuzzParse: whatever a file of waivers says, it is read or refused.
func FuzzParse(f *testing.F) {
	f.Add("- scenario: a/**\n  labels: area:tls" + valid)
	f.Add("- &a {cause: c}\n- *a\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parse("waivers.yaml", []byte(text))
		if (l == nil) == (err == nil) {
			t.Errorf("got %v, %v", l, err)
		}
	})
}
