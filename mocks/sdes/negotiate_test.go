package sdes

import (
	"errors"
	"testing"
)

func mustParse(t *testing.T, values ...string) []Attribute {
	t.Helper()
	attributes := make([]Attribute, len(values))
	for i, v := range values {
		a, err := Parse(v)
		if err != nil {
			t.Fatal(err)
		}
		attributes[i] = a
	}
	return attributes
}

func TestChoose(t *testing.T) {
	t.Parallel()
	const cm80, cm32, gcm = "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_256_GCM"
	key := inline(30, 1)
	tests := []struct {
		name       string
		offered    []string
		acceptable []string
		mki        bool
		tag        int // -1: none
	}{
		{"the-offerer's-order-counts", []string{"1 " + cm32 + " " + key, "2 " + cm80 + " " + key}, []string{cm80, cm32}, false, 1},
		{"tag-other-than-1", []string{"1 " + gcm + " " + inline(44, 1), "7 " + cm80 + " " + key}, []string{cm80}, false, 7},
		{"unknown-suite-first", []string{"1 FUTURE inline:x", "2 " + cm80 + " " + key}, []string{"FUTURE", cm80}, false, 2},
		{"nothing-acceptable", []string{"1 " + gcm + " " + inline(44, 1)}, []string{cm80}, false, -1},
		{"nothing-offered", nil, []string{cm80}, false, -1},
		{"mki-refused", []string{"1 " + cm80 + " " + key + "|1:4"}, []string{cm80}, false, -1},
		{"mki-passed-over", []string{"1 " + cm80 + " " + key + "|2^31|1:4", "2 " + cm80 + " " + key}, []string{cm80}, false, 2},
		{"mki-accepted", []string{"1 " + cm80 + " " + key + "|1:4"}, []string{cm80}, true, 1},
		{"lifetime-accepted", []string{"1 " + cm80 + " " + key + "|2^20"}, []string{cm80}, false, 1},
		{"unencrypted-passed-over", []string{"1 " + cm80 + " " + key + " UNENCRYPTED_SRTP", "2 " + cm80 + " " + key}, []string{cm80}, false, 2},
		{"unencrypted-rtcp-refused", []string{"1 " + cm80 + " " + key + " UNENCRYPTED_SRTCP"}, []string{cm80}, false, -1},
		{"unauthenticated-refused", []string{"1 " + cm80 + " " + key + " UNAUTHENTICATED_SRTP"}, []string{cm80}, false, -1},
		{"kdr-refused", []string{"1 " + cm80 + " " + key + " KDR=1"}, []string{cm80}, false, -1},
		{"replay-window-is-a-hint", []string{"1 " + cm80 + " " + key + " WSH=64"}, []string{cm80}, false, 1},
		{"optional-parameter-ignored", []string{"1 " + cm80 + " " + key + " -FOO=1"}, []string{cm80}, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, ok := Choose(mustParse(t, tt.offered...), tt.acceptable, tt.mki)
			switch {
			case ok != (tt.tag >= 0):
				t.Fatalf("chosen: %v", ok)
			case ok && a.Tag != tt.tag:
				t.Fatalf("tag %d, want %d", a.Tag, tt.tag)
			}
		})
	}
}

func TestCheckAnswer(t *testing.T) {
	t.Parallel()
	const cm80, cm32 = "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"
	ours, second, theirs := inline(30, 1), inline(30, 2), inline(30, 3)
	offer := []string{"1 " + cm80 + " " + ours, "2 " + cm32 + " " + second, "3 " + cm80 + " " + ours + " UNENCRYPTED_SRTCP"}
	tests := []struct {
		name   string
		answer []string
		cause  Cause
		inner  Cause
	}{
		{"first", []string{"1 " + cm80 + " " + theirs}, "", ""},
		{"second", []string{"2 " + cm32 + " " + theirs}, "", ""},
		{"tag-with-leading-zero", []string{"02 " + cm32 + " " + theirs}, "", ""},
		{"own-mki-is-the-answerer's-business", []string{"1 " + cm80 + " " + theirs + "|1:4"}, "", ""},
		{"negotiated-parameter-repeated", []string{"3 " + cm80 + " " + theirs + " UNENCRYPTED_SRTCP"}, "", ""},
		{"declared-parameter-of-its-own", []string{"1 " + cm80 + " " + theirs + " WSH=128"}, "", ""},
		{"none", nil, NoCrypto, ""},
		{"two", []string{"1 " + cm80 + " " + theirs, "2 " + cm32 + " " + theirs}, SeveralCrypto, ""},
		{"invalid", []string{"1 " + cm80 + " " + inline(29, 1)}, InvalidAttribute, KeyLength},
		{"tag-not-offered", []string{"4 " + cm80 + " " + theirs}, TagNotOffered, ""},
		{"suite-of-another-tag", []string{"1 " + cm32 + " " + theirs}, SuiteNotOfferedForTag, ""},
		{"suite-never-offered", []string{"1 AEAD_AES_128_GCM " + inline(28, 3)}, SuiteNotOfferedForTag, ""},
		{"our-key", []string{"1 " + cm80 + " " + ours}, SameKeyAsOffered, ""},
		{"our-key-of-another-tag", []string{"1 " + cm80 + " " + second}, SameKeyAsOffered, ""},
		{"negotiated-parameter-dropped", []string{"3 " + cm80 + " " + theirs}, SessionParametersDiffer, ""},
		{"negotiated-parameter-added", []string{"1 " + cm80 + " " + theirs + " UNENCRYPTED_SRTP"}, SessionParametersDiffer, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answer, err := ParseMedia(tt.answer)
			if err != nil {
				t.Fatal(err)
			}
			a, err := CheckAnswer(mustParse(t, offer...), answer)
			if got := CauseOf(err); got != tt.cause {
				t.Fatalf("cause %q (%v), want %q", got, err, tt.cause)
			}
			if got := CauseOf(errors.Unwrap(err)); got != tt.inner {
				t.Fatalf("inner cause %q, want %q", got, tt.inner)
			}
			if err == nil && len(a.Keys) != 1 {
				t.Fatalf("agreed on %d keys", len(a.Keys))
			}
		})
	}
}
