package compare

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/harness/verdict"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	said := func(text string) *Ruling {
		v, cause, found := strings.Cut(text, " ")
		if !found {
			return nil
		}
		return &Ruling{verdict.Verdict(v), cause}
	}
	for _, test := range []struct {
		was, is string
		want    Kind
	}{
		{"pass a", "fail b", "worse"},
		{"pass a", "deviation b", "worse"},
		{"pass a", "inconclusive b", "worse"},
		{"inconclusive a", "fail b", "worse"},
		{"fail a", "error b", "worse"},
		{"pass a", "not-applicable b", "worse"}, // it is not shown any more
		{"deviation a", "observed b", "worse"},
		{"not-applicable a", "fail b", "worse"},
		{"observed a", "inconclusive b", "worse"},
		{"pass a", "word-of-another-version b", "worse"},
		{"fail a", "pass b", "better"},
		{"fail a", "inconclusive b", "better"},
		{"inconclusive a", "deviation b", "better"},
		{"not-applicable a", "pass b", "better"},
		{"observed a", "pass b", "better"},
		{"fail a", "fail b", "other"},
		{"fail a", "not-applicable b", "other"}, // mended, or hidden
		{"inconclusive a", "observed b", "other"},
		{"observed a", "not-applicable b", "other"},
		{"", "pass b", "new"},
		{"pass a", "", "gone"},
	} {
		if got := KindOf(said(test.was), said(test.is)); got != test.want {
			t.Errorf("%q to %q: %s, want %s", test.was, test.is, got, test.want)
		}
	}
}

// baselineOf returns a baseline of results, each "name verdict cause".
func baselineOf(version string, all ...string) *Baseline {
	b := &Baseline{Device: "pbx", Version: version, Verdicts: make(map[string]verdict.Verdict), Causes: make(map[string]string)}
	for _, r := range all {
		words := strings.Fields(r)
		b.Verdicts[words[0]], b.Causes[words[0]] = verdict.Verdict(words[1]), words[2]
	}
	return b
}

func TestVerdictsOfAPart(t *testing.T) {
	t.Parallel()
	c := Verdicts(baselineOf("1.0", "a pass x", "b fail y"), baselineOf("1.1", "a pass x"), true)
	if c.Counts != (Counts{Compared: 1, Same: 1}) || len(c.Old.Verdicts) != 1 {
		t.Errorf("got %+v", c)
	}
}
