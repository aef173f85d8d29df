package testkit

import (
	"io"
	"testing"
)

// Started returns what a function has started, and closes it when the test ends. The test fails if err is not nil.
func Started[S io.Closer](tb testing.TB, s S, err error) S {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}
