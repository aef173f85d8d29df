package engine

import (
	"context"
	"sync"
	"time"
)

// allowance is the time that a scenario may take. It stops while a person acts.
type allowance struct {
	end context.CancelCauseFunc

	mu     sync.Mutex
	left   time.Duration
	since  time.Time // when the time began to run last
	timer  *time.Timer
	pauses int
}

// allow returns a context that ends after d, of which pauses do not count. The caller must call cancel.
func allow(parent context.Context, d time.Duration) (ctx context.Context, a *allowance, cancel func()) {
	ctx, end := context.WithCancelCause(parent)
	a = &allowance{end: end, left: d}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.run()
	return allowed{ctx, a}, a, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.timer.Stop()
		end(nil)
	}
}

// allowed is a context with the deadline that there is when nobody pauses any more.
type allowed struct {
	context.Context
	a *allowance
}

// Deadline returns when the time is up. While it stands still, that is nowhere.
func (c allowed) Deadline() (deadline time.Time, ok bool) {
	c.a.mu.Lock()
	defer c.a.mu.Unlock()
	if c.a.pauses > 0 {
		return time.Time{}, false
	}
	return c.a.since.Add(c.a.left), true
}

// run has the time run. The caller holds mu.
func (a *allowance) run() {
	a.since = time.Now()
	a.timer = time.AfterFunc(a.left, func() { a.end(context.DeadlineExceeded) })
}

// pause has the time stand still until resume is called, once, for this and every other pause.
func (a *allowance) pause() (resume func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pauses++; a.pauses == 1 && a.timer.Stop() {
		a.left -= time.Since(a.since)
	}
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.pauses--; a.pauses == 0 {
			a.run()
		}
	})
}
