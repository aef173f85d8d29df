//go:build nolibssl

package tlspeer

import "errors"

func libsslEngine() (engine, error) { return nil, errors.New("built without libssl (tag nolibssl)") }
