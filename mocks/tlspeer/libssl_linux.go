//go:build !nolibssl && (amd64 || arm64)

package tlspeer

// The whole names, since libssl3.so on Debian belongs to NSS.
const (
	libsslFile    = "libssl.so.3"
	libcryptoFile = "libcrypto.so.3"
)

var libsslFolders = [...]string{""} // where the system's loader looks
