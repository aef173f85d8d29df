//go:build !unix

package main_test

import "errors"

// pipe makes a named pipe, where folders can have one.
func pipe(string) error { return errors.ErrUnsupported }
