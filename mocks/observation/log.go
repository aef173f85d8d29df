package observation

import (
	"context"
	"sync"
	"time"
)

// Log is the observations of one scenario. Its methods may be called from any
// goroutine. The zero value is not usable: see [NewLog].
type Log struct {
	start time.Time

	mu      sync.Mutex
	events  []Event
	changed chan struct{} // closed and replaced at every Append
}

// NewLog returns an empty log whose clock starts now.
func NewLog() *Log {
	return &Log{start: time.Now(), changed: make(chan struct{})}
}

// Replay returns a log that holds events as they were recorded, for verdicts
// that are recomputed from stored evidence.
func Replay(events []Event) *Log {
	l := NewLog()
	l.events = append(l.events, events...)
	return l
}

// Append adds e, giving it its place and time, and returns it as stored. The
// log keeps e.Bytes: the caller must not change them afterwards.
func (l *Log) Append(e Event) Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq, e.At = len(l.events), time.Since(l.start)
	l.events = append(l.events, e)
	close(l.changed)
	l.changed = make(chan struct{})
	return e
}

// Events returns what has been seen so far. The slice is the caller's to keep;
// what its elements point to is shared and must not be changed.
func (l *Log) Events() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events[:len(l.events):len(l.events)]
}

// Start is the wall-clock time at which the log's clock began.
func (l *Log) Start() time.Time { return l.start }

// Wait returns the first event, seen already or still to come, that match
// accepts, or the context's error.
func (l *Log) Wait(ctx context.Context, match func(Event) bool) (Event, error) {
	return l.WaitFrom(ctx, 0, match)
}

// WaitFrom is [Log.Wait] over the events whose Seq is at least seq.
func (l *Log) WaitFrom(ctx context.Context, seq int, match func(Event) bool) (Event, error) {
	for {
		l.mu.Lock()
		events, changed := l.events, l.changed
		l.mu.Unlock()
		for ; seq < len(events); seq++ {
			if match(events[seq]) {
				return events[seq], nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Event{}, context.Cause(ctx)
		}
	}
}
