//go:build !nolibssl && !((linux || darwin) && (amd64 || arm64))

package tlspeer

import (
	"errors"
	"runtime"
)

func libsslEngine() (engine, error) {
	return nil, errors.New("libssl is not used on " + runtime.GOOS + "/" + runtime.GOARCH)
}
