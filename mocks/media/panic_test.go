package media

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// TestPanics: a panic while media is read or sent is a fault in the log, and the
// endpoint still closes.
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
			e.sender.tone = nil // so that the next packet panics
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, log := listenOn(t)
			provoke(t, e)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			seen, err := log.Wait(ctx, func(e observation.Event) bool { return e.Kind == observation.Fault })
			if err != nil {
				t.Fatal("no fault was recorded")
			}
			if seen.Fault != observation.MockPanicked || !strings.Contains(seen.Text, name) {
				t.Errorf("recorded as %s: %q", seen.Fault, seen.Text)
			}
		})
	}
}
