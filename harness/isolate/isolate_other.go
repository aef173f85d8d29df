//go:build !linux

package isolate

import "runtime"

// Enter returns an [*ErrUnavailable]: namespaces are Linux's.
func Enter() error {
	return &ErrUnavailable{Reason: "it takes Linux namespaces, which " + runtime.GOOS + " does not have"}
}
