package engine

import (
	"fmt"
	"slices"
	"testing"
)

func TestAgents(t *testing.T) {
	t.Parallel()
	e := New(Config{})
	e.met([]string{"b", "a"})
	e.met([]string{"b", "c"})
	if got := e.Agents(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("%q", got)
	}
	for i := range 100 {
		e.met([]string{fmt.Sprint("x", i)})
	}
	if got := e.Agents(); len(got) != maxAgents || got[0] != "a" || !slices.IsSorted(got) {
		t.Errorf("%q", got)
	}
}
