package media

import "sync"

// maxWaiting is how many bytes of early media wait at all endpoints of a mock. An endpoint alone may have maxEarlyBytes, but
// a peer can begin hundreds of calls.
const maxWaiting = 16 << 20

// Waiting is the room in which early media waits for keys, for the endpoints that share it. The zero value is empty.
type Waiting struct {
	mu   sync.Mutex
	used int
}

// take reports whether there is room for n bytes, and takes it.
func (w *Waiting) take(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.used+n > maxWaiting {
		return false
	}
	w.used += n
	return true
}

func (w *Waiting) giveBack(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.used -= n
}
