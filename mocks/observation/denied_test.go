package observation

import (
	"fmt"
	"slices"
	"testing"
)

// TestTally: the first of each key is notable, and each tenfold; beyond 64 keys all others are one.
func TestTally(t *testing.T) {
	t.Parallel()
	var tally Tally
	var notable []int
	for range 2500 {
		if count, is := tally.Add("a"); is {
			notable = append(notable, count)
		}
	}
	if !slices.Equal(notable, []int{1, 10, 100, 1000}) {
		t.Errorf("notable are %v", notable)
	}
	logged := 0
	for i := range 10_000 {
		if _, is := tally.Add(fmt.Sprint(i)); is {
			logged++
		}
	}
	if logged > 2*most || len(tally.counts) > most+1 {
		t.Errorf("%d keys are notable, %d are counted", logged, len(tally.counts))
	}
}
