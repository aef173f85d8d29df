// Package selftest tries the scenarios themselves: each of the reference
// device's mutants must be caught, for the cause that it declares, and foreign
// programs must agree with the judges. It holds nothing but tests.
package selftest
