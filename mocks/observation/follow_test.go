package observation_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/observation"
)

// TestFollow: every event is visited once and in order, however it comes, and following ends with the log.
func TestFollow(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	for range 10 {
		log.Mark(observation.VendorMoved)
	}
	visited := make(chan int)
	done := make(chan struct{})
	go func() {
		defer close(done)
		log.Follow(testkit.Context(t), func(e observation.Event) { visited <- e.Seq })
	}()
	next := func(want int) {
		t.Helper()
		if got := testkit.Receive(t, visited, fmt.Sprint("event ", want)); got != want {
			t.Fatalf("event %d is visited, want %d", got, want)
		}
	}
	for i := range 10 {
		next(i)
	}
	log.Mark(observation.VendorMoved)
	next(10)
	log.Mark(observation.VendorMoved)
	log.End()
	next(11)
	testkit.Receive(t, done, "the end")
	log.Follow(testkit.Context(t), func(e observation.Event) {
		if e.Seq > 11 {
			t.Errorf("after the end, event %d is visited", e.Seq)
		}
	})
}

// TestFollowEnds: the end of the context ends following a log that goes on.
func TestFollowEnds(t *testing.T) {
	t.Parallel()
	log := observation.NewLog()
	log.Mark(observation.VendorMoved)
	ctx, end := context.WithCancel(testkit.Context(t))
	testkit.ReturnsWithin(t, testkit.Patience, "the end", func() { log.Follow(ctx, func(observation.Event) { end() }) })
}

// TestSince: events are returned from a number on, and in a window from where it begins.
func TestSince(t *testing.T) {
	t.Parallel()
	log, window := observation.NewLog(), observation.NewWindow()
	for range 10 {
		log.Mark(observation.VendorMoved)
		window.Append(observation.Event{Kind: observation.Data, Bytes: make([]byte, observation.WindowBytes/4)})
	}
	for from, want := range map[int]int{-1: 10, 0: 10, 7: 3, 10: 0, 99: 0} {
		if got := log.Since(from); len(got) != want || want > 0 && got[0].Seq != max(from, 0) {
			t.Errorf("from %d on there are %d events, want %d", from, len(got), want)
		}
	}
	if got := window.Since(2); len(got) == 0 || len(got) > 4 || got[0].Seq < 6 {
		t.Errorf("a window that forgot has %d events", len(got))
	}
}
