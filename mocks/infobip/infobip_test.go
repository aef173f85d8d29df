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
	s := start(t)
	for kind, days := range map[string]int{"certificate": 60, "suites": 60, "versions": 183} {
		if err := s.Announce(infobip.Change{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		entries := s.Status()
		if e := entries[len(entries)-1]; e.Begins.Sub(e.Announced) != time.Duration(days)*24*time.Hour || e.NewCA != "" {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	if err := s.Announce(infobip.Change{Kind: "prices"}); err == nil {
		t.Error("a notice of anything")
	}
}
