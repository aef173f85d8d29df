//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"fmt"
	"sync/atomic"

	"github.com/ebitengine/purego"
)

// What libssl returns does not tell whether it had memory enough. Without any for a digest, it makes a context that does
// not offer it, and a peer that misses that in the ClientHello refuses the handshake; a certificate becomes unreadable,
// a signature wrong, and the reason in the error queue is one of the peer's. So the libraries get their memory through
// countingMalloc and countingRealloc, which call the C library's functions and count those calls that give nothing. They
// are written in assembly, because there is no C compiler, and a callback into Go would take longer than a handshake.

var (
	// failedAllocations is the count. C calls the functions without any context, so it belongs to the process.
	failedAllocations uint64
	// The functions of the C library, which are set before the libraries first allocate anything.
	systemMalloc, systemRealloc uintptr

	// The addresses of the functions in assembly, for C.
	countingMalloc, countingRealloc uintptr
)

// lacking returns how often the libraries have lacked memory so far, all of their threads together.
func (l *library) lacking() uint64 { return atomic.LoadUint64(&failedAllocations) }

// countAllocations has the libraries get their memory by way of the functions that count. It has to come before they
// allocate anything. Where another library in this process has used libcrypto before, it does nothing, and a shortage of
// memory shows only where libssl tells it.
func (l *library) countAllocations() error {
	var addresses [3]uintptr
	for i, name := range []string{"malloc", "realloc", "free"} {
		address, err := purego.Dlsym(purego.RTLD_DEFAULT, name)
		if err != nil {
			return fmt.Errorf("the C library of this machine has no %s: %w", name, err)
		}
		addresses[i] = address
	}
	if systemMalloc == 0 && systemRealloc == 0 {
		systemMalloc, systemRealloc = addresses[0], addresses[1]
	}
	l.setMemory.call(countingMalloc, countingRealloc, addresses[2])
	return nil
}
