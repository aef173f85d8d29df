package yamlfile

import (
	"cmp"
	"fmt"
	"strings"
)

// Fault is one mistake in a file.
type Fault struct {
	File string
	Line int    // from 1; 0 if the mistake is in no particular line
	What string // what is wrong, and what to do about it
}

// Error begins with the place as compilers write it: file:line.
func (f *Fault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.What
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What)
}

// Compare orders faults by file and line.
func (f *Fault) Compare(other *Fault) int {
	return cmp.Or(cmp.Compare(f.File, other.File), cmp.Compare(f.Line, other.Line))
}

// Choice writes the words that a reader can choose from: "a, b or c".
func Choice[S ~string](words []S) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}
