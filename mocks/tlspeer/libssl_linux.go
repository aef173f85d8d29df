//go:build !nolibssl && (amd64 || arm64)

package tlspeer

// The whole names: a Debian has libssl3.so too, which is of NSS.
const (
	libsslFile    = "libssl.so.3"
	libcryptoFile = "libcrypto.so.3"
)

var libsslFolders = [...]string{""} // where the system's loader looks
