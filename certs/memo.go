package certs

import (
	"encoding/json"
	"fmt"
	"sync"
)

// memo keeps what was made from a description, so that it is signed only once. Equal descriptions give equal results
// anyway: see [Forge].
type memo[T any] struct {
	mu   sync.Mutex
	made map[string]func() (T, error)
}

// of returns what build returned for an equal description; it calls build for the first one. The description must be
// one that encoding/json can write.
func (m *memo[T]) of(description any, build func() (T, error)) (T, error) {
	text, err := json.Marshal(description)
	if err != nil {
		var none T
		return none, fmt.Errorf("certs: %w", err)
	}
	m.mu.Lock()
	if m.made == nil {
		m.made = make(map[string]func() (T, error))
	}
	made, known := m.made[string(text)]
	if !known {
		made = sync.OnceValues(build)
		m.made[string(text)] = made
	}
	m.mu.Unlock()
	return made()
}
