package selftest

import (
	"encoding/json"
	"testing"

	"github.com/sipconform/sipconform/fixtures"
	"github.com/sipconform/sipconform/harness/results"
)

// holds compares a score with the one that reports show, and demands that every device
// was judged rightly.
func holds(t *testing.T, kind string, run, right int) {
	t.Helper()
	data, err := fixtures.FS.ReadFile("selftest/scores.json")
	if err != nil {
		t.Fatal(err)
	}
	var scores map[string]results.Score
	if err := json.Unmarshal(data, &scores); err != nil {
		t.Fatal(err)
	}
	if found := (results.Score{Run: run, Right: right}); found != scores[kind] || run != right {
		t.Errorf("%d of %d %s were judged rightly, and fixtures/selftest/scores.json says %d of %d", right, run, kind,
			scores[kind].Right, scores[kind].Run)
	}
}
