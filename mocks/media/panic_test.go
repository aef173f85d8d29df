package media

import (
	"strings"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestPanics checks that the log has a panic while media is read or sent as a fault, and that the endpoint still closes.
func TestPanics(t *testing.T) {
	t.Parallel()
	for name, provoke := range map[string]func(*testing.T, *Endpoint){
		"reading media": func(t *testing.T, e *Endpoint) {
			e.receiver.mu.Lock()
			e.receiver.streams = nil // so that the first stream panics
			e.receiver.mu.Unlock()
			start(t, e, Session{Remote: e.Addr()})
		},
		"sending media": func(t *testing.T, e *Endpoint) {
			start(t, e, Session{Remote: e.Addr()})
			e.mu.Lock()
			defer e.mu.Unlock()
			e.sender.mu.Lock()
			defer e.sender.mu.Unlock()
			e.sender.hz = -1 // so that the next packet panics
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, log := listenOn(t)
			provoke(t, e)
			seen := testkit.Await(t, log, observation.Fault, nil)
			if seen.Fault != observation.MockPanicked || !strings.Contains(seen.Text, name) {
				t.Errorf("recorded as %s: %q", seen.Fault, seen.Text)
			}
		})
	}
}
