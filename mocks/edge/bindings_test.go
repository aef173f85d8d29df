package edge

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// TestLapse checks that each registration holds until its own end, in whatever order they were made.
func TestLapse(t *testing.T) {
	t.Parallel()
	began := time.Now()
	var b bindings
	for user, ends := range map[string][]int{"alice": {10}, "bob": {30, 5, 20}, "carol": {40}} {
		var held []Binding
		for _, seconds := range ends {
			held = append(held, Binding{User: user, Expires: seconds, Until: began.Add(time.Duration(seconds) * time.Second)})
		}
		b.put(user, held)
	}
	b.put("carol", []Binding{{User: "carol", Expires: 15, Until: began.Add(15 * time.Second)}}) // registers again, for less
	for _, step := range []struct {
		after int // seconds
		want  string
	}{
		{0, "alice 10, bob 30, bob 5, bob 20, carol 15, "},
		{4, "alice 10, bob 30, bob 5, bob 20, carol 15, "},
		{5, "alice 10, bob 30, bob 20, carol 15, "},
		{16, "bob 30, bob 20, "},
		{25, "bob 30, "},
		{30, ""},
		{31, ""},
	} {
		b.lapse(began.Add(time.Duration(step.after) * time.Second))
		got, n := "", 0
		for _, user := range slices.Sorted(maps.Keys(b.of)) {
			for _, one := range b.of[user] {
				got, n = got+fmt.Sprintf("%s %d, ", one.User, one.Expires), n+1
			}
		}
		if got != step.want || b.count != n || len(b.of) > n {
			t.Errorf("after %d s: %q of %d users, counted %d; want %q", step.after, got, len(b.of), b.count, step.want)
		}
	}
}
