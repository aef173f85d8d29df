package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/harness/device"
	"github.com/sipconform/sipconform/harness/plan"
)

// TestSittings: a product at a time, and in it a setting at a time; what does not apply takes no change and no time.
func TestSittings(t *testing.T) {
	t.Parallel()
	one := func(id, product, set string, edits ...func(*plan.Scenario)) *plan.Scenario {
		s := scenario(id, edits...)
		s.ID, s.Product = id, product
		s.Configuration = func(device.Capabilities) string { return set }
		return s
	}
	trust := func(s *plan.Scenario) { s.Changes = []device.Capability{device.LeverTrust} }
	waits := func(s *plan.Scenario) { s.Idle = 5 * time.Second }
	all := []*plan.Scenario{
		one("a", "voice", "tls 1.2"), one("b", "voice", "", waits), one("c", "trunking", ""), one("d", "voice", "tls 1.2"),
		one("e", "voice", "another trust", trust), one("f", "voice", "tls 1.3"),
	}
	for name, c := range map[string]struct {
		has     device.Capabilities
		want    string
		changes int
		lasts   time.Duration
	}{
		"configured once":        {device.Capabilities{device.ConfiguredOnce}, "b e,a d,f|c", 4, 4*time.Minute + 5*10*time.Second + 5*time.Second},
		"with another trust too": {device.Capabilities{device.ConfiguredOnce, device.LeverTrust}, "b,a d,e,f|c", 5, 5*time.Minute + 6*10*time.Second + 5*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			course := plan.Sittings(all, c.has)
			var sittings []string
			for _, sitting := range course {
				var settings []string
				for _, set := range sitting.Settings {
					var ids []string
					for _, s := range set.Scenarios {
						ids = append(ids, s.ID)
					}
					settings = append(settings, strings.Join(ids, " "))
				}
				sittings = append(sittings, strings.Join(settings, ","))
			}
			if got := strings.Join(sittings, "|"); got != c.want {
				t.Errorf("the course is %s, want %s", got, c.want)
			}
			lasts := course.Duration(c.has, plan.Pace{Change: time.Minute, Scenario: 10 * time.Second})
			if course.Changes() != c.changes || lasts != c.lasts {
				t.Errorf("%d changes in %s, want %d in %s", course.Changes(), lasts, c.changes, c.lasts)
			}
		})
	}
}
