package catalogue

import (
	"cmp"
	"fmt"
)

// Fault is one mistake in a file of requirements, and what to do about it.
type Fault struct {
	// File is the file's name in the catalogue's file system. Line counts from 1; 0
	// means that the fault has no line.
	File string
	Line int
	// ID is the requirement's, "" if it has none.
	ID string
	// What says what is wrong and what to write instead.
	What string
}

// Error begins with the place as compilers write it: file:line.
func (f *Fault) Error() string {
	place := f.File
	if f.Line > 0 {
		place = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if f.ID == "" {
		return place + ": " + f.What
	}
	return place + ": " + f.ID + ": " + f.What
}

func (f *Fault) compare(other *Fault) int {
	return cmp.Or(cmp.Compare(f.File, other.File), cmp.Compare(f.Line, other.Line))
}
