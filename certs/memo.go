package certs

import (
	"container/list"
	"encoding/json"
	"fmt"
	"sync"
)

// memo keeps what was made from a description, so that it is signed only once. Equal descriptions give equal results
// anyway (see [Forge]), so that it may forget: of more than most, those that nobody has asked for the longest.
type memo[T any] struct {
	most int

	mu     sync.Mutex
	made   map[string]*list.Element // of remembered
	recent list.List                // the last to be asked for first
}

// remembered is what was made from a description.
type remembered[T any] struct {
	description string
	made        func() (T, error)
}

// of returns what build returned for an equal description; it calls build for the first one. The description must be
// one that encoding/json can write.
func (m *memo[T]) of(description any, build func() (T, error)) (T, error) {
	text, err := json.Marshal(description)
	if err != nil {
		var none T
		return none, fmt.Errorf("certs: %w", err)
	}
	return m.recall(string(text), build)()
}

// recall returns what makes it, or has made it.
func (m *memo[T]) recall(description string, build func() (T, error)) func() (T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.made[description]; known != nil {
		m.recent.MoveToFront(known)
		return known.Value.(remembered[T]).made
	}
	if m.made == nil {
		m.made = make(map[string]*list.Element)
	}
	if last := m.recent.Back(); len(m.made) >= m.most {
		delete(m.made, m.recent.Remove(last).(remembered[T]).description)
	}
	one := remembered[T]{description, sync.OnceValues(build)}
	m.made[description] = m.recent.PushFront(one)
	return one.made
}
