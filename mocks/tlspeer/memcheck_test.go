//go:build valgrind && linux && amd64 && !nolibssl

package tlspeer

import (
	"testing"
	"unsafe"

	"github.com/ebitengine/purego"
)

// TestPlantedFault has libcrypto write beyond the end of a block of memory: make memcheck tells nothing unless it notices
// that.
func TestPlantedFault(t *testing.T) {
	e := libsslHere(t)
	libc, err := purego.Dlopen("libc.so.6", purego.RTLD_NOW)
	if err != nil {
		t.Fatal(err)
	}
	malloc, err := purego.Dlsym(libc, "malloc")
	if err != nil {
		t.Fatal(err)
	}
	block, text := function(malloc).call(8), []byte("longer than eight bytes\x00")
	e.copyString.call(block, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
}
