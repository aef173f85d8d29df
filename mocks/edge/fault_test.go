package edge

import (
	"testing"

	"github.com/sipconform/sipconform/mocks/sdes"
)

// TestOtherSuite checks that the faulty answer has another suite than the offer with a key of the right length, so that
// a device refuses it for nothing else.
func TestOtherSuite(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{
		"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM",
	} {
		known, _ := sdes.LookupSuite(suite)
		own := &sdes.Attribute{Tag: 1, Suite: suite, Keys: []sdes.Key{{Material: make([]byte, known.KeySalt())}}}
		name, keys := otherSuite(own)
		other, registered := sdes.LookupSuite(name)
		if name == suite || !registered || len(keys) != 1 || len(keys[0].Material) != other.KeySalt() {
			t.Errorf("%s: %s with %d bytes", suite, name, len(keys[0].Material))
		}
	}
}
