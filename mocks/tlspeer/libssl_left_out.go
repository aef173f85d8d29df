//go:build nolibssl

package tlspeer

import (
	"crypto"
	"errors"
)

func libsslEngine() (engine, error) { return nil, errors.New("built without libssl (tag nolibssl)") }

// FastSigner returns key itself.
func FastSigner(key crypto.Signer) crypto.Signer { return key }
