package observation

import (
	"context"
	"sync"
	"time"
)

// Log holds the observations of one scenario. Its methods may be called from any
// goroutine. The zero value is not usable: call [NewLog].
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

// Append adds e, sets its Seq and At, and returns it as stored. The log keeps
// e.Bytes: the caller must not change them afterwards.
func (l *Log) Append(e Event) Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Seq, e.At = len(l.events), time.Since(l.start)
	l.events = append(l.events, e)
	close(l.changed)
	l.changed = make(chan struct{})
	return e
}

// Events returns what has been seen so far. The caller may keep the slice but
// must not change what its elements point to, which is shared.
func (l *Log) Events() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events[:len(l.events):len(l.events)]
}

// Start is the wall-clock time at which the log's clock began.
func (l *Log) Start() time.Time { return l.start }

// Wait returns the first event that match accepts. It looks at the events so far
// and then waits for more; when ctx ends first, it returns the context's cause.
func (l *Log) Wait(ctx context.Context, match func(Event) bool) (Event, error) {
	return l.WaitFrom(ctx, 0, match)
}

// WaitFrom is like [Log.Wait] but passes over events whose Seq is below seq.
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
