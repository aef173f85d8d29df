package observation

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Log holds the observations of one scenario. Its methods may be called from any
// goroutine. The zero value is not usable: call [NewLog].
//
// What a log holds is bounded: see [ConnectionBytes] and the constants beside it. Beyond a bound it leaves out events,
// first what only supports evidence, then what a peer can repeat, and counts them in [Flood] events. Those that it
// keeps are numbered without a gap. Once it has left out an event of one kind, connection and direction, it
// leaves out all further ones of these, so that what it has of them is their beginning. Once that is so of events that
// are judged, it takes only what is decisive.
type Log struct {
	start   time.Time
	run     *Run          // nil for a log alone
	flooded chan struct{} // closed with the first event left out that is judged

	mu      sync.Mutex
	events  []Event
	first   int           // Seq of the first event; not 0 in a window alone
	changed chan struct{} // nil unless somebody waits: closed at the next event, and at the end

	used    int            // bytes
	granted int            // bytes that it may use
	ofConn  map[string]int // bytes of each connection, and of what belongs to none
	own     int            // events of that rank
	left    map[class]*FloodInfo
	classes []class // in the order in which they were first left out
	window  bool    // the oldest events make room for new ones
	ended   bool
}

// doubled is up to how many events a log makes room for as many again as it has; beyond, append finds its own measure.
const doubled = 4096

// class is what events are left out of together.
type class struct {
	conn string
	kind Kind
	dir  Direction
}

// NewLog returns an empty log whose clock starts now.
func NewLog() *Log {
	return &Log{start: time.Now(), flooded: make(chan struct{}), granted: ScenarioBytes,
		ofConn: make(map[string]int), left: make(map[class]*FloodInfo)}
}

// NewWindow returns a log for a mock that runs for any time: it keeps the newest [WindowBytes] and forgets what is
// older. Its events are numbered on, so that a reader sees the gap.
func NewWindow() *Log {
	l := NewLog()
	l.window, l.granted = true, WindowBytes
	return l
}

// Append adds e, sets its Seq and At, and returns it as stored. The log keeps
// e.Bytes: the caller must not change them afterwards. If e is left out, the Seq is that of the newest event.
func (l *Log) Append(e Event) Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	size := e.size()
	switch {
	case l.ended:
		e.Seq = l.next() - 1
	case l.window:
		l.forget(size)
		e = l.put(e, size)
	case l.takes(&e, size):
		e = l.put(e, size)
	default:
		l.leaveOut(&e, size)
		e.Seq = l.next() - 1
	}
	return e
}

// next is the Seq of the next event.
func (l *Log) next() int { return l.first + len(l.events) }

// put stores an event.
func (l *Log) put(e Event, size int) Event {
	e.Seq, e.At = l.next(), time.Since(l.start)
	if n := len(l.events); n == cap(l.events) && n < doubled {
		l.events = slices.Grow(l.events, max(n, 64))
	}
	l.events = append(l.events, e)
	l.used += size
	l.tell()
	return e
}

// tell wakes those who wait for a change.
func (l *Log) tell() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// change returns a channel that is closed at the next change.
func (l *Log) change() <-chan struct{} {
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}

// takes reports whether there is room for an event, and accounts for it.
func (l *Log) takes(e *Event, size int) bool {
	r := e.rank()
	if r == own {
		if l.own == maxOwn || l.own >= maxOwn/2 && e.Kind == Fault { // a peer may find many ways to make a mock panic
			return false
		}
		l.own++
		return true
	}
	if len(l.left) > 0 && (l.left[l.classOf(e)] != nil || r < decisive && l.isFlooded()) {
		return false
	}
	bound, ofConn := ConnectionBytes, l.ofConn[e.Conn]+size
	if e.Kind == Media {
		bound = MediaBytes
	}
	if ofConn > r.room(bound) || l.used+size > r.room(ScenarioBytes) {
		return false
	}
	for l.used+size > l.granted {
		if l.run == nil || !l.run.take(grant) {
			return false
		}
		l.granted += grant
	}
	l.ofConn[e.Conn] = ofConn
	return true
}

// classOf returns what an event would be counted with.
func (l *Log) classOf(e *Event) class {
	c := class{e.Conn, e.Kind, e.Dir}
	if l.left[c] == nil && len(l.left) >= maxFloods {
		c.conn = ""
	}
	return c
}

// LeaveOut counts an event of what a mock itself has no room for, such as one connection too many, as if the log had none.
func (l *Log) LeaveOut(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended && !l.window {
		l.leaveOut(&e, e.size())
	}
}

// leaveOut counts an event that there is no room for. The first of its class is reported at once.
func (l *Log) leaveOut(e *Event, size int) {
	c := l.classOf(e)
	info, known := l.left[c]
	if !known {
		info = &FloodInfo{Kind: e.Kind}
		l.left[c], l.classes = info, append(l.classes, c)
	}
	info.Events++
	info.Bytes += size
	if known {
		return
	}
	l.report(c)
	if info.Judged() && !l.isFlooded() {
		close(l.flooded)
	}
}

func (l *Log) isFlooded() bool {
	select {
	case <-l.flooded:
		return true
	default:
		return false
	}
}

// report appends what was left out of a class so far.
func (l *Log) report(c class) {
	info := *l.left[c]
	l.put(Event{Kind: Flood, Conn: c.conn, Dir: c.dir, Flood: &info}, eventBytes)
}

// forget drops the oldest events of a window until there is room.
func (l *Log) forget(size int) {
	n := 0
	for ; n < len(l.events) && l.used+size > l.granted; n++ {
		l.used -= l.events[n].size()
	}
	clear(l.events[:n]) // the array lives on
	l.events, l.first = l.events[n:], l.first+n
}

// Flooded returns a channel that is closed once the log has left out something that verdicts can depend on.
func (l *Log) Flooded() <-chan struct{} { return l.flooded }

// End ends the log and returns its events, which the caller owns from then on. The last ones tell how much was left out
// of each class of which a first event was left out. What is appended later is lost.
func (l *Log) End() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return l.events
	}
	for _, c := range l.classes {
		if l.left[c].Events > 1 {
			l.report(c)
		}
	}
	l.ended = true
	l.tell() // for Follow
	if l.run != nil {
		l.run.giveBack(l.granted - AssuredBytes)
	}
	return l.events
}

// Events returns what has been seen so far, or the newest of it in a window. The caller may keep the slice but
// must not change what its elements point to, which is shared.
func (l *Log) Events() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since(l.first)
}

// Since is [Log.Events] without the events whose Seq is below seq. In a window, the first may have a higher one.
func (l *Log) Since(seq int) []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since(seq)
}

// Follow calls visit with each event, in order, until the log has ended and visit has seen all of it, or until ctx ends.
// A window may forget events before visit sees them: then there is a gap in their numbers.
func (l *Log) Follow(ctx context.Context, visit func(Event)) {
	for seq := 0; ctx.Err() == nil; {
		l.mu.Lock()
		events, changed, ended := l.since(seq), l.change(), l.ended
		l.mu.Unlock()
		for _, e := range events {
			visit(e)
			seq = e.Seq + 1
		}
		if ended {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// since returns the events from a Seq on that the log has.
func (l *Log) since(seq int) []Event {
	events := l.events[max(min(seq, l.next())-l.first, 0):len(l.events):len(l.events)]
	if l.window {
		return slices.Clone(events)
	}
	return events
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
		events, changed := l.since(seq), l.change()
		l.mu.Unlock()
		for _, e := range events {
			if match(e) {
				return e, nil
			}
			seq = e.Seq + 1
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Event{}, context.Cause(ctx)
		}
	}
}
