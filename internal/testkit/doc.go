// Package testkit holds what the tests of several packages need: running foreign programs, waiting with a limit,
// certificates, a SIP device that is only a socket, golden files, and the check for leaked goroutines.
//
// It serves this module's tests and may change. Only test files import it; a test of its own checks that.
package testkit
