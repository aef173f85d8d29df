package sdes

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// inline returns an inline value of n bytes in base64 that differ with seed.
func inline(n int, seed byte) string {
	return "inline:" + base64.StdEncoding.EncodeToString(material(n, seed))
}

func material(n int, seed byte) []byte {
	m := make([]byte, n)
	for i := range m {
		m[i] = seed + byte(7*i)
	}
	return m
}

// crypto returns an attribute with tag 1, AES_CM_128_HMAC_SHA1_80 and a key of
// the right length, followed by rest.
func crypto(rest string) string {
	return "1 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1) + rest
}

func checkParse(t *testing.T, value string, cause Cause, check func(Attribute) bool) {
	t.Helper()
	a, err := Parse(value)
	if got := CauseOf(err); got != cause {
		t.Fatalf("cause %q (%v), want %q", got, err, cause)
	}
	if err != nil {
		var typed *Error
		if !errors.As(err, &typed) {
			t.Fatalf("%T is no *Error", err)
		}
		return
	}
	if check != nil && !check(a) {
		t.Fatalf("parsed as %+v", a)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	mki128 := strings.Repeat("9", 308) // 2^1023 < 10^308 < 2^1024
	tests := []struct {
		name  string
		value string
		cause Cause
		check func(Attribute) bool
	}{
		{"tag-0-is-a-tag", "0 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1), "", func(a Attribute) bool { return a.Tag == 0 }},
		{"tag-of-nine-digits", "999999999 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1), "", func(a Attribute) bool { return a.Tag == 999999999 }},
		{"tag-with-leading-zeros", "007 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1), "",
			func(a Attribute) bool { return a.Tag == 7 && a.TagText == "007" }},
		{"tag-with-letters", "1a AES_CM_128_HMAC_SHA1_80 " + inline(30, 1), BadTag, nil},
		{"negative-tag", "-1 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1), BadTag, nil},
		{"no-tag", "AES_CM_128_HMAC_SHA1_80 " + inline(30, 1), BadTag, nil},
		{"empty", "", BadSyntax, nil},
		{"space-before-tag", " 1 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1), BadSyntax, nil},
		{"no-key", "1 AES_CM_128_HMAC_SHA1_80", BadSyntax, nil},
		{"tabs-between-fields", "1\tAES_CM_128_HMAC_SHA1_80 \t " + inline(30, 1), "", nil},
		{"line-end-inside", "1 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1) + "\r\na=x", BadSyntax, nil},
		{"not-ascii", "1 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1) + " -Ü", BadSyntax, nil},
		{"too-large", "1 AES_CM_128_HMAC_SHA1_80 " + strings.Repeat("x", maxValue), BadSyntax, nil},

		{"suite-with-a-dash", "1 AES-CM-128 " + inline(30, 1), BadSuite, nil},
		{"suite-in-small-letters-is-unknown", "1 aes_cm_128_hmac_sha1_80 " + inline(16, 1), "",
			func(a Attribute) bool { _, known := a.Known(); return !known }},
		{"unknown-suite", "1 SEED_CTR_128_HMAC_SHA1_80 " + inline(30, 1), "", func(a Attribute) bool { return len(a.Keys) == 1 }},
		{"unknown-suite-with-a-key-of-its-own-form", "1 FUTURE inline:a|b|c|d KEYS", "",
			func(a Attribute) bool { return a.Keys == nil && a.KeyText == "inline:a|b|c|d" }},
		{"unknown-suite-with-unknown-parameter", "1 FUTURE " + inline(30, 1) + " FOO=1 KDR=99", "", nil},
		{"unknown-suite-without-key-method", "1 FUTURE abc", BadSyntax, nil},
		{"unregistered-spelling-is-known-as-such", "1 AES_CM_256_HMAC_SHA1_80 " + inline(46, 1), "",
			func(a Attribute) bool { s, known := a.Known(); return known && !s.Registered }},

		{"key-method-uri", "1 AES_CM_128_HMAC_SHA1_80 uri:https://example.com/key", UnknownKeyMethod, nil},
		{"key-method-is-case-sensitive", "1 AES_CM_128_HMAC_SHA1_80 INLINE:" + strings.Repeat("A", 40), UnknownKeyMethod, nil},
		{"empty-key", "1 AES_CM_128_HMAC_SHA1_80 inline:", BadSyntax, nil},
		{"empty-key-with-lifetime", "1 AES_CM_128_HMAC_SHA1_80 inline:|2^20", BadBase64, nil},
		{"trailing-semicolon", crypto("|1:1;"), BadSyntax, nil},
		{"f8", "1 F8_128_HMAC_SHA1_80 " + inline(30, 1), "", nil},
		{"cm-192", "1 AES_192_CM_HMAC_SHA1_32 " + inline(38, 1), "", nil},
		{"forty-characters-of-gcm-for-cm", "1 AES_CM_128_HMAC_SHA1_80 " + inline(28, 1), KeyLength, nil},
		{"forty-characters-of-cm-for-gcm", "1 AEAD_AES_128_GCM " + inline(30, 1), KeyLength, nil},
		{"padding-missing", "1 AEAD_AES_128_GCM " + strings.TrimRight(inline(28, 1), "="), "",
			func(a Attribute) bool { return len(a.Keys[0].Material) == 28 }},
		{"padding-half-missing", "1 AEAD_AES_128_GCM " + strings.TrimSuffix(inline(28, 1), "="), "", nil},
		{"too-much-padding", "1 AES_CM_128_HMAC_SHA1_80 " + inline(30, 1) + "===", BadBase64, nil},
		{"padding-in-the-middle", "1 AES_CM_128_HMAC_SHA1_80 inline:AA==" + strings.Repeat("A", 36), BadBase64, nil},
		{"url-base64", "1 AES_CM_128_HMAC_SHA1_80 inline:-_" + strings.Repeat("A", 38), BadBase64, nil},

		{"lifetime-of-the-maximum", crypto("|2^48"), "", func(a Attribute) bool { return a.Keys[0].Lifetime == 1<<48 }},
		{"lifetime-maximum-decimal", crypto("|281474976710656"), "", nil},
		{"lifetime-maximum-decimal-plus-one", crypto("|281474976710657"), LifetimeTooLong, nil},
		{"lifetime-2^0", crypto("|2^0"), "", func(a Attribute) bool { return a.Keys[0].Lifetime == 1 }},
		{"lifetime-2^64", crypto("|2^64"), LifetimeTooLong, nil},
		{"lifetime-beyond-64-bits", crypto("|99999999999999999999999"), LifetimeTooLong, nil},
		{"lifetime-zero", crypto("|0"), BadLifetime, nil},
		{"lifetime-empty", crypto("|"), BadLifetime, nil},
		{"lifetime-3^20", crypto("|3^20"), BadLifetime, nil},
		{"lifetime-2^", crypto("|2^"), BadLifetime, nil},
		{"lifetime-after-mki", crypto("|1:4|2^20"), BadLifetime, nil},
		{"three-fields", crypto("|2^20|1:4|1:4"), BadMKI, nil},

		{"mki-128-bytes", crypto("|" + mki128 + ":128"), "",
			func(a Attribute) bool { return a.Keys[0].MKILength == 128 && a.Keys[0].MKI[0] != 0 }},
		{"mki-just-fits", crypto("|255:1"), "", func(a Attribute) bool { return bytes.Equal(a.Keys[0].MKI, []byte{255}) }},
		{"mki-too-large", crypto("|256:1"), MKITooLarge, nil},
		{"mki-far-too-large", crypto("|" + strings.Repeat("9", 400) + ":128"), MKITooLarge, nil},
		{"mki-length-missing", crypto("|2^20|1"), BadMKI, nil},
		{"mki-length-empty", crypto("|1:"), BadMKI, nil},
		{"mki-hexadecimal", crypto("|0x1:4"), BadMKI, nil},
		{"mki-length-of-four-digits", crypto("|1:0004"), BadMKI, nil},
		{"mki-length-with-leading-zeros", crypto("|1:004"), "", func(a Attribute) bool { return a.Keys[0].MKILength == 4 }},
		{"mki-lengths-differ", crypto("|1:1;" + inline(30, 9) + "|2:2"), MKILengthsDiffer, nil},
		{"mki-twice", crypto("|1:1;" + inline(30, 9) + "|1:1"), DuplicateMKI, nil},
		{"mki-on-the-first-key-only", crypto("|1:1;" + inline(30, 9)), SeveralKeysWithoutMKI, nil},

		{"kdr-0", crypto(" KDR=0"), "", nil},
		{"kdr-24", crypto(" KDR=24"), "", nil},
		{"kdr-of-three-digits", crypto(" KDR=024"), BadSessionParameter, nil},
		{"kdr-without-value", crypto(" KDR"), BadSessionParameter, nil},
		{"wsh-64", crypto(" WSH=64"), "", nil},
		{"wsh-no-number", crypto(" WSH=many"), BadSessionParameter, nil},
		{"all-the-flags", crypto(" UNENCRYPTED_SRTP UNENCRYPTED_SRTCP UNAUTHENTICATED_SRTP"), "",
			func(a Attribute) bool { return len(a.Weakened()) == 3 }},
		{"flag-with-value", crypto(" UNENCRYPTED_SRTP=1"), BadSessionParameter, nil},
		{"flag-in-small-letters", crypto(" unencrypted_srtp"), UnknownSessionParameter, nil},
		{"flag-twice", crypto(" UNENCRYPTED_SRTP UNENCRYPTED_SRTP"), DuplicateSessionParameter, nil},
		{"fec-order", crypto(" FEC_ORDER=FEC_SRTP"), "", nil},
		{"fec-order-reversed", crypto(" FEC_ORDER=SRTP_FEC"), "", nil},
		{"fec-order-other", crypto(" FEC_ORDER=NONE"), BadSessionParameter, nil},
		{"fec-key", crypto(" FEC_KEY=" + inline(30, 5) + "|2^20|1:4"), "", nil},
		{"fec-key-of-wrong-length", crypto(" FEC_KEY=" + inline(20, 5)), BadSessionParameter, nil},
		{"lone-dash", crypto(" -"), BadSyntax, nil},
		{"two-dashes", crypto(" --FOO"), BadSyntax, nil},
		{"optional-unknown-twice", crypto(" -FOO=1 -FOO=2"), "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkParse(t, tt.value, tt.cause, tt.check)
		})
	}
}

// TestErrorsHoldNoKeys breaks an attribute at every place after its key and looks for the key in the error.
func TestErrorsHoldNoKeys(t *testing.T) {
	t.Parallel()
	secret := strings.TrimPrefix(inline(30, 1), "inline:")
	for _, value := range []string{
		crypto("|2^49"), crypto("|1:0"), crypto("A"), crypto(" FOO"), crypto(" FEC_KEY=" + secret), crypto("|" + secret),
		crypto(" " + secret), secret, "1 AES_CM_128_HMAC_SHA1_80 " + secret, crypto("|" + secret + ":4"), crypto(" WSH=" + secret),
	} {
		_, err := Parse(value)
		if err == nil {
			t.Errorf("an attribute that should be invalid is not")
			continue
		}
		if strings.Contains(err.Error(), secret[:8]) {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
}

func TestParseMedia(t *testing.T) {
	t.Parallel()
	t.Run("12-duplicate-tag", func(t *testing.T) {
		t.Parallel()
		results, err := ParseMedia([]string{crypto(""), "01 AES_CM_128_HMAC_SHA1_32 " + inline(30, 2)})
		if CauseOf(err) != DuplicateTag || len(results) != 2 || results[0].Err != nil || results[1].Err != nil {
			t.Fatalf("%v, %d results", err, len(results))
		}
	})
	t.Run("invalid-attributes-are-left-out", func(t *testing.T) {
		t.Parallel()
		results, err := ParseMedia([]string{crypto(" FOO"), "1 AES_CM_128_HMAC_SHA1_32 " + inline(30, 2)})
		if err != nil || CauseOf(results[0].Err) != UnknownSessionParameter {
			t.Fatalf("%v, %v", err, results[0].Err)
		}
		if valid := Valid(results); len(valid) != 1 || valid[0].Suite != "AES_CM_128_HMAC_SHA1_32" {
			t.Fatalf("valid: %d", len(valid))
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		if results, err := ParseMedia(nil); err != nil || len(results) != 0 {
			t.Fatal(results, err)
		}
	})
}

func TestSuites(t *testing.T) {
	t.Parallel()
	// Bytes, base64 characters, padding: row RF-SD-06 of the catalogue.
	for name, want := range map[string][3]int{
		"AES_CM_128_HMAC_SHA1_80": {30, 40, 0},
		"AES_CM_128_HMAC_SHA1_32": {30, 40, 0},
		"F8_128_HMAC_SHA1_80":     {30, 40, 0},
		"AES_192_CM_HMAC_SHA1_80": {38, 52, 1},
		"AES_192_CM_HMAC_SHA1_32": {38, 52, 1},
		"AES_256_CM_HMAC_SHA1_80": {46, 64, 2},
		"AES_256_CM_HMAC_SHA1_32": {46, 64, 2},
		"AEAD_AES_128_GCM":        {28, 40, 2},
		"AEAD_AES_256_GCM":        {44, 60, 1},
	} {
		s, ok := LookupSuite(name)
		if !ok || !s.Registered {
			t.Errorf("%s is not in the table", name)
			continue
		}
		key, err := NewKey(name, bytes.NewReader(make([]byte, 100)))
		if err != nil {
			t.Fatal(err)
		}
		text := base64.StdEncoding.EncodeToString(key.Material)
		if got := [3]int{len(key.Material), len(text), strings.Count(text, "=")}; got != want {
			t.Errorf("%s: bytes, characters, padding %v, want %v", name, got, want)
		}
		tags := [2]int{10, 10}
		if strings.HasPrefix(name, "AEAD") {
			tags = [2]int{16, 16}
		} else if strings.HasSuffix(name, "_32") {
			tags = [2]int{4, 10}
		}
		if got := [2]int{s.TagRTP, s.TagRTCP}; got != tags {
			t.Errorf("%s: tags %v, want %v", name, got, tags)
		}
	}
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	k, err := NewKey("AEAD_AES_256_GCM", bytes.NewReader(material(44, 3)))
	if err != nil || !bytes.Equal(k.Material, material(44, 3)) || k.HasMKI || k.Lifetime != 0 {
		t.Fatalf("%v", err)
	}
	if _, err := NewKey("AEAD_AES_256_GCM", bytes.NewReader(material(43, 3))); err == nil {
		t.Error("a key from too little randomness")
	}
	if _, err := NewKey("NONE", bytes.NewReader(material(99, 3))); err == nil {
		t.Error("a key for a suite that nobody knows")
	}
}

func TestDerivationRate(t *testing.T) {
	t.Parallel()
	for rest, want := range map[string]uint64{"": 0, " KDR=0": 1, " KDR=4": 16, " WSH=64 KDR=24": 1 << 24, " -KDR=4": 0} {
		a, err := Parse(crypto(rest))
		if got := a.DerivationRate(); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", rest, got, err, want)
		}
	}
}
