package catalogue

import "github.com/sipconform/sipconform/internal/yamlfile"

// Fault is one mistake in a file of requirements: its place, and what to do about
// it. The file's name is that in the catalogue's file system.
type Fault struct {
	yamlfile.Fault
	// ID is the requirement's, "" if it has none.
	ID string
}

// Error begins with the place as compilers write it: file:line.
func (f *Fault) Error() string {
	said := f.Fault
	if f.ID != "" {
		said.What = f.ID + ": " + f.What
	}
	return said.Error()
}
