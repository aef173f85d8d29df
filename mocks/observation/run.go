package observation

import "sync"

// Run bounds what the logs of a run hold together: see [RunBytes].
type Run struct {
	mu   sync.Mutex
	left int
}

// NewRun returns a run without logs.
func NewRun() *Run { return &Run{left: RunBytes} }

// NewLog is like the function of that name, for one of several scenarios that run at the same time. The log holds its
// part of the bound until [Log.End].
func (r *Run) NewLog() *Log {
	l := NewLog()
	l.run, l.granted = r, AssuredBytes
	return l
}

// take reports whether there are n bytes left, and takes them.
func (r *Run) take(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.left < n {
		return false
	}
	r.left -= n
	return true
}

func (r *Run) giveBack(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
}
