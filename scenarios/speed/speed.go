// Package speed measures the harness against what is promised of it, for
// `make bench`: scenarios a second, TLS handshakes against openssl s_server,
// memory, and the cost of evidence. It serves this module and may change.
//
// The two sides of a comparison take turns in one run, so that other load on the
// machine affects both alike. Figures are medians of the turns. They are printed
// beside their targets and never asserted.
package speed
