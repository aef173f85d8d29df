//go:build !linux

package isolate

import (
	"os/exec"
	"runtime"
)

// Confinement has no cells on this system.
type Confinement struct{}

// Confine returns a Confinement without cells: only Linux has the namespaces.
func Confine(...string) *Confinement { return &Confinement{} }

// Hiding returns the same: nothing is hidden.
func (c *Confinement) Hiding(string) *Confinement { return c }

// Showing returns the same: nothing is hidden.
func (c *Confinement) Showing([]string) *Confinement { return c }

// Guarantees returns what holds here.
func (*Confinement) Guarantees() Guarantees {
	return Guarantees{Why: "only Linux has the namespaces for more, and this is " + runtime.GOOS}
}

// Open returns nil: there is no cell.
func (*Confinement) Open(Room) (*Cell, error) { return nil, nil }

// Cell is the place of one session. The nil Cell is the place of the harness itself.
type Cell struct{}

// Own does nothing.
func (*Cell) Own() error { return nil }

// Enter does nothing.
func (*Cell) Enter(*exec.Cmd) error { return nil }

// Path returns the path.
func (*Cell) Path(path string) string { return path }

// Close does nothing.
func (*Cell) Close() {}
