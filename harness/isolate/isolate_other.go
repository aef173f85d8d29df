//go:build !linux

package isolate

import "runtime"

// Enter returns an [*ErrUnavailable]: only Linux has the namespaces.
func Enter() error {
	return &ErrUnavailable{Reason: "it needs Linux namespaces, which " + runtime.GOOS + " does not have"}
}
