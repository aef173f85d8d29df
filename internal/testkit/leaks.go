package testkit

import (
	"testing"

	"go.uber.org/goleak"
)

// Main is the body of a TestMain: it runs the tests and fails if they leave goroutines behind.
func Main(m *testing.M) { goleak.VerifyTestMain(m) }

// NoLeaks notes the goroutines that run now. The function that it returns fails the test if others run by then; call
// it in tests that run alone.
func NoLeaks(tb testing.TB) (check func()) {
	before := goleak.IgnoreCurrent()
	return func() {
		tb.Helper()
		goleak.VerifyNone(tb, before)
	}
}
