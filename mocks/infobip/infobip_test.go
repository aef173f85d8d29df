package infobip_test

import (
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/infobip"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func start(t *testing.T, changes ...func(*infobip.Config)) *infobip.Server {
	t.Helper()
	s, err := infobip.Start(nil, changes...)
	return testkit.Started(t, s, err)
}

// TestNotices checks that the notices are the document's (IB-13), and that a change without one cannot be announced.
func TestNotices(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *infobip.Config) { c.Now = time.Date(2024, 8, 31, 12, 0, 0, 0, time.UTC) })
	for kind, day := range map[string]string{"certificate": "2024-10-30", "suites": "2024-10-30", "versions": "2025-02-28"} {
		if err := s.Announce(infobip.Change{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		entries := s.Status()
		if e := entries[len(entries)-1]; e.Begins.Format(time.DateOnly) != day || e.NewCA != "" {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	if err := s.Announce(infobip.Change{Kind: "prices"}); err == nil {
		t.Error("a notice of anything")
	}
}
