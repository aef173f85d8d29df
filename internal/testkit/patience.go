package testkit

import (
	"context"
	"testing"
	"time"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Patience bounds everything that a test waits for. It is long because the machine may be busy; a test that passes
// never waits for it to end.
const Patience = 30 * time.Second

// Context returns a context that ends with the test, and at the latest after Patience.
func Context(tb testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(tb.Context(), Patience)
	tb.Cleanup(cancel)
	return ctx
}

// Receive returns the next value of a channel, or the zero value once it is closed. The test fails if there is neither
// within Patience.
func Receive[T any](tb testing.TB, from <-chan T, what string) T {
	tb.Helper()
	return receiveWithin(tb, Patience, from, what)
}

// ReturnsWithin fails the test unless f returns before the limit.
func ReturnsWithin(tb testing.TB, limit time.Duration, what string, f func()) {
	tb.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	receiveWithin(tb, limit, done, what)
}

func receiveWithin[T any](tb testing.TB, limit time.Duration, from <-chan T, what string) T {
	tb.Helper()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case value := <-from:
		return value
	case <-timer.C:
		tb.Fatalf("still waiting for %s after %s", what, limit)
		panic("unreachable")
	}
}

// Await returns the first event of a kind in the log that match accepts; a nil match accepts every one. The test fails
// if there is none within Patience.
func Await(tb testing.TB, log *observation.Log, kind observation.Kind, match func(observation.Event) bool) observation.Event {
	tb.Helper()
	return AwaitFrom(tb, log, 0, kind, match)
}

// AwaitFrom is [Await] for the events from number seq on.
func AwaitFrom(
	tb testing.TB, log *observation.Log, seq int, kind observation.Kind, match func(observation.Event) bool,
) observation.Event {
	tb.Helper()
	e, err := log.WaitFrom(Context(tb), seq, func(e observation.Event) bool { return e.Kind == kind && (match == nil || match(e)) })
	if err != nil {
		events := log.Events()
		for _, e := range events[max(0, len(events)-10):] {
			tb.Logf("%d %s %s %s %s %+v", e.Seq, e.Kind, e.Conn, e.Dir, e.Text, e.Media)
		}
		tb.Fatalf("the %s event did not come (%v); the log's last events are above", kind, err)
	}
	return e
}
