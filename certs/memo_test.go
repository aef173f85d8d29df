package certs

import (
	"fmt"
	"testing"
)

// TestMemo checks that what was asked for last is made once, and that no more is kept than may be.
func TestMemo(t *testing.T) {
	t.Parallel()
	m := memo[string]{most: 3}
	made := ""
	for _, step := range []struct{ asked, made string }{
		{"a", "a"}, {"b", "b"}, {"c", "c"}, {"a", ""}, {"d", "d"}, {"a", ""}, {"c", ""}, {"b", "b"}, {"d", "d"}, {"c", ""}, {"b", ""},
	} {
		made = ""
		got, err := m.of(step.asked, func() (string, error) {
			made = step.asked
			return "made of " + step.asked, nil
		})
		if err != nil || got != "made of "+step.asked || made != step.made || len(m.made) > 3 || m.recent.Len() != len(m.made) {
			t.Errorf("%s: %q, %v, made %q, %d kept; want %q made", step.asked, got, err, made, len(m.made), step.made)
		}
	}
	if _, err := m.of(func() {}, nil); err == nil {
		t.Error("what cannot be written is a description")
	}
	for i := range 100 {
		m.of(i, func() (string, error) { return fmt.Sprint(i), nil })
	}
	if len(m.made) != 3 || m.recent.Len() != 3 {
		t.Errorf("%d are kept, and %d in order", len(m.made), m.recent.Len())
	}
}
