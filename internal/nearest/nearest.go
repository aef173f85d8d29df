// Package nearest finds the word that somebody meant who mistyped it.
package nearest

import "strings"

// Of returns the known word that is nearest to one that was written, by the number of letters to put in, leave out, replace or
// swap with their neighbour. Of several as near, it is the first. It is empty if none is near: more than a third of the
// letters, and more than two, would have to change. Case does not count.
func Of(written string, known []string) string {
	best, near := max(2, len(written)/3)+1, ""
	folded := strings.ToLower(written)
	for _, word := range known {
		if d := distance(folded, strings.ToLower(word), best); d < best {
			best, near = d, word
		}
	}
	if best >= len(written) { // nothing of it would be left
		return ""
	}
	return near
}

// distance returns how many edits lead from one word to another: the optimal string alignment. It returns most if there are at
// least so many.
func distance(a, b string, most int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= most {
		return most
	}
	// The rows are those of the last two letters of a, and of the present one.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(replaced, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], most)
}
