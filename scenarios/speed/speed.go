// Package speed measures the harness against what is promised of it, for
// `make bench`: scenarios a second, TLS handshakes against openssl s_server,
// memory, and what evidence costs. It holds one benchmark and nothing to import.
// It serves this module and may change.
//
// What is compared takes turns in one run, so that whatever else the machine
// does meets both, and figures are medians of the turns. They are printed beside
// their bars and never asserted.
package speed
