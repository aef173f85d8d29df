//go:build !nolibssl && (amd64 || arm64)

package tlspeer

const (
	libsslFile    = "libssl.3.dylib"
	libcryptoFile = "libcrypto.3.dylib"
)

// libsslFolders are Homebrew's. The system's own library has no version in its name, and a process that opens it is
// killed.
var libsslFolders = [...]string{"/opt/homebrew/opt/openssl@3/lib/", "/usr/local/opt/openssl@3/lib/"}
