package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/plan"
)

// TestOrder: scenarios that wait for time to pass are begun first, and a seed begins all in another order.
func TestOrder(t *testing.T) {
	t.Parallel()
	all := []*plan.Scenario{{ID: "a"}, {ID: "b", Idle: time.Second}, {ID: "c"}, {ID: "d", Idle: 2 * time.Second}, {ID: "e"}}
	order := func(seed uint64) string {
		var ids []string
		for _, s := range (&Engine{config: Config{Shuffle: seed}}).order(all) {
			ids = append(ids, s.ID)
		}
		return strings.Join(ids, "")
	}
	if got := order(0); got != "dbace" {
		t.Errorf("in the plan's order: %s", got)
	}
	seen := make(map[string]bool)
	for seed := range uint64(20) {
		got := order(seed + 1)
		seen[got] = true
		letters := []byte(got)
		if slices.Sort(letters); string(letters) != "abcde" || got != order(seed+1) {
			t.Errorf("seed %d: %s, then %s", seed+1, got, order(seed+1))
		}
	}
	if len(seen) < 10 {
		t.Errorf("20 seeds give %d orders", len(seen))
	}
}
