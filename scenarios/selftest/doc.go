// Package selftest holds tests of the scenarios, and of rules that the whole
// module obeys. Each mutant of the reference device must fail for the cause that
// it declares, no variant with a legal peculiarity may fail, a device of package stub
// must pass nothing that it has not shown, foreign programs must agree with the
// judges, and every sentence of the vendors' documents is exercised or has a reason.
//
// The package serves this module and may change.
package selftest
