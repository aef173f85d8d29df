package catalogue

import (
	"cmp"
	"fmt"
)

// Fault is one mistake in a file of requirements, and what to do about it.
type Fault struct {
	// File is the file's name in the catalogue's file system; Line counts from
	// 1 and is 0 where the fault has no place.
	File string
	Line int
	// ID is the requirement concerned, "" where it has none to name.
	ID string
	// What says what is wrong and what to write instead.
	What string
}

// Error gives the place as editors and compilers write it: file:line.
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
