package main

import (
	"cmp"
	"slices"
	"strings"
)

// maxAlike is how many names are suggested for a mistyped one.
const maxAlike = 8

// alike returns those of the names that the user may have meant: those that the typed one is a part of, and those that few
// letters tell from it; the nearest first.
func alike(typed string, names []string) []string {
	const longest = 200 // of what a user types; nothing of ours is longer
	typed = strings.ToLower(typed)
	if typed == "" || len(typed) > longest {
		return nil
	}
	type near struct {
		name string
		far  int
	}
	var all []near
	for _, name := range names {
		lower := strings.ToLower(name)
		far := distance(typed, lower)
		if far <= max(1, len(typed)/4) || len(typed) > 2 && strings.Contains(lower, typed) {
			all = append(all, near{name, far})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(a.far, b.far) })
	var like []string
	for _, n := range all[:min(len(all), maxAlike)] {
		like = append(like, n.name)
	}
	return like
}

// distance is how many bytes have to be put in, taken out or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
