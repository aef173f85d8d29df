//go:build !nolibssl && !((linux || darwin) && (amd64 || arm64))

package tlspeer

import (
	"crypto"
	"errors"
	"runtime"
)

func libsslEngine() (engine, error) {
	return nil, errors.New("libssl is not used on " + runtime.GOOS + "/" + runtime.GOARCH)
}

// FastSigner returns key itself.
func FastSigner(key crypto.Signer) crypto.Signer { return key }
