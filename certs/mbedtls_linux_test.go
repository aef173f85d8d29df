//go:build !nolibssl && (amd64 || arm64)

package certs

import (
	"testing"

	"github.com/ebitengine/purego"
)

// mbedTLS is the library of that name.
type mbedTLS struct {
	start, free func(crt *byte)
	parse       func(crt, text *byte, length uintptr) int32
}

// findMbedTLS skips the test where there is no mbed TLS of one of the releases that the system may have.
func findMbedTLS(t *testing.T) mbedTLS {
	t.Helper()
	for _, name := range []string{"libmbedx509.so.1", "libmbedx509.so.7"} {
		library, err := purego.Dlopen(name, purego.RTLD_NOW)
		if err != nil {
			continue
		}
		var m mbedTLS
		purego.RegisterLibFunc(&m.start, library, "mbedtls_x509_crt_init")
		purego.RegisterLibFunc(&m.free, library, "mbedtls_x509_crt_free")
		purego.RegisterLibFunc(&m.parse, library, "mbedtls_x509_crt_parse")
		return m
	}
	t.Skip("there is no mbed TLS")
	return mbedTLS{}
}

// loads returns what mbed TLS says of a certificate to trust: 0 if it takes it.
func (m mbedTLS) loads(root []byte) int32 {
	crt := make([]byte, 64<<10) // more than the structure of any release
	text := append(root, 0)
	m.start(&crt[0])
	defer m.free(&crt[0])
	return m.parse(&crt[0], &text[0], uintptr(len(text)))
}

// TestMbedTLS: it loads a root whose constraints are not critical, and no other with constraints.
func TestMbedTLS(t *testing.T) {
	t.Parallel()
	m := findMbedTLS(t)
	noncritical := newBoundedForge(testTime)
	noncritical.Constraints.NotCritical = true
	for name, c := range map[string]struct {
		forge *Forge
		takes bool
	}{"free": {testForge(), true}, "bounded": {boundedForge(), false}, "not critical": {noncritical, true}} {
		if got := m.loads(newTestPKI(t, c.forge, P256).RootPEM()); (got == 0) != c.takes {
			t.Errorf("%s: -%#x", name, -got)
		}
	}
}
