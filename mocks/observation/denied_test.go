package observation

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// TestTally: the first of each key is notable, and each tenfold; beyond 64 keys all others are one.
func TestTally(t *testing.T) {
	t.Parallel()
	var tally Tally
	var notable []int
	for range 2500 {
		tally.Add("a", func(count int) { notable = append(notable, count) })
	}
	if !slices.Equal(notable, []int{1, 10, 100, 1000}) {
		t.Errorf("notable are %v", notable)
	}
	logged := 0
	for i := range 10_000 {
		tally.Add(fmt.Sprint(i), func(int) { logged++ })
	}
	if logged > 2*most || len(tally.counts) > most+1 {
		t.Errorf("%d keys are notable, %d are counted", logged, len(tally.counts))
	}
}

// TestTallyInOrder has many count at once: the log has their counts in order, each notable one once.
func TestTallyInOrder(t *testing.T) {
	t.Parallel()
	for range 50 {
		var tally Tally
		log := NewLog()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 30 {
					log.Exceeded(&tally, "tls-1", Calls, 64, "503")
				}
			})
		}
		all.Wait()
		var counts []int
		for _, e := range log.Events() {
			counts = append(counts, e.Denied.Count)
		}
		if !slices.Equal(counts, []int{1, 10, 100}) {
			t.Fatalf("in the log are %v", counts)
		}
	}
}
