package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
)

// declares is a device that is never prepared.
type declares struct {
	device.Device
	has device.Capabilities
}

func (d declares) Capabilities() device.Capabilities { return d.has }

// TestOrderOnADesk: a device that is configured once is set as seldom as possible, whatever waits for time to pass.
func TestOrderOnADesk(t *testing.T) {
	t.Parallel()
	set := func(id, product, to string, idle time.Duration) *plan.Scenario {
		return &plan.Scenario{ID: id, Product: product, Idle: idle, Configuration: func(device.Capabilities) string { return to }}
	}
	all := []*plan.Scenario{set("a", "voice", "tls 1.2", 0), set("b", "voice", "", 0), set("c", "trunking", "", 0), set("d", "voice", "tls 1.2", time.Second), set("e", "voice", "tls 1.3", 0)}
	var got []string
	for _, s := range (&Engine{config: Config{Device: declares{has: device.Capabilities{device.ConfiguredOnce}}}}).order(all) {
		got = append(got, s.ID)
	}
	if strings.Join(got, "") != "badec" {
		t.Errorf("they are begun in the order %q", got)
	}
}

// TestOrder: scenarios that wait for time to pass are begun first, and a seed begins all in another order.
func TestOrder(t *testing.T) {
	t.Parallel()
	all := []*plan.Scenario{{ID: "a"}, {ID: "b", Idle: time.Second}, {ID: "c"}, {ID: "d", Idle: 2 * time.Second}, {ID: "e"}}
	order := func(seed uint64) string {
		var ids []string
		for _, s := range (&Engine{config: Config{Device: declares{}, Shuffle: seed}}).order(all) {
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
