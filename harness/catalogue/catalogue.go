package catalogue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/sipconform/sipconform/internal/userfile"
)

// files is the pattern for the files of a catalogue.
const files = "requirements/*.yaml"

// Catalogue is a consistent set of requirements: IDs are unique, and conflicts are
// mutual. It does not change once loaded.
type Catalogue struct {
	requirements []Requirement
	index        map[string]int // by ID
}

// Load reads every requirements/*.yaml of the systems, such as fixtures.FS, in the
// order of the files' names. Requirements are those of the vendors, of RFCs, and of
// SIP stacks. The error joins a [*Fault] for each fault, in the order of files and
// lines.
func Load(vendors []Vendor, systems ...fs.FS) (*Catalogue, error) {
	vendors = slices.Concat(vendors, standards)
	if err := checkVendors(vendors); err != nil {
		return nil, err
	}
	var entries []entry
	var faults []*Fault
	for _, fsys := range systems {
		names, err := userfile.Glob(fsys, files)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("no %s: a catalogue without requirements certifies nothing", files)
		}
		for _, name := range names {
			data, err := userfile.Read(context.Background(), fsys, name, userfile.MaxText)
			if err != nil {
				return nil, err
			}
			read, wrong := decode(name, data)
			entries, faults = append(entries, read...), append(faults, wrong...)
		}
	}
	// If a file did not decode, the checks would report rows as missing that exist.
	if len(faults) == 0 {
		faults = check(entries, vendors)
	}
	if len(faults) > 0 {
		return nil, join(faults)
	}

	c := &Catalogue{index: make(map[string]int, len(entries))}
	for i, e := range entries {
		c.requirements = append(c.requirements, e.Requirement)
		c.index[e.ID] = i
	}
	return c, nil
}

// All returns every requirement in the order of the files. The caller must not change
// what the elements point to.
func (c *Catalogue) All() []Requirement { return slices.Clone(c.requirements) }

// Lookup returns the requirement with that ID.
func (c *Catalogue) Lookup(id string) (Requirement, bool) {
	i, ok := c.index[id]
	if !ok {
		return Requirement{}, false
	}
	return c.requirements[i], true
}

// join sorts faults by place and joins them to one error.
func join(faults []*Fault) error {
	slices.SortStableFunc(faults, func(a, b *Fault) int { return a.Compare(&b.Fault) })
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}
