package sdes

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// FuzzNegotiation has any offer answered by any answer, with an a=crypto a line. What is chosen protects the stream, what
// is agreed on was offered, with a key of the answerer's own, and no error gives a key away.
func FuzzNegotiation(f *testing.F) {
	first, second := crypto("|2^20|1:4"), "2 AEAD_AES_256_GCM "+inline(44, 9)
	for _, offer := range []string{
		first + "\n" + second, second, crypto(" UNENCRYPTED_SRTP"), crypto(" -UNENCRYPTED_SRTP WSH=128"), "1 X inline:abc", first + "\n" + first, "",
		"1 AES_192_CM_HMAC_SHA1_32 " + inline(38, 1) + "|2^48|0:128", "1 F8_128_HMAC_SHA1_80 " + inline(30, 3) + " FEC_ORDER=FEC_SRTP KDR=24",
	} {
		for _, answer := range []string{crypto(""), "2 AEAD_AES_256_GCM " + inline(44, 8), second, crypto(" UNENCRYPTED_SRTP"), "", offer} {
			f.Add(offer, answer)
		}
	}
	lines := func(text string) []string {
		if text == "" {
			return nil
		}
		return strings.Split(text, "\n")
	}
	f.Fuzz(func(t *testing.T, offer, answer string) {
		offered, problem := ParseMedia(lines(offer))
		answered, _ := ParseMedia(lines(answer))
		valid := Valid(offered)
		if chosen, ok := Choose(valid, SuiteNames(), true); ok {
			if suite, known := chosen.Known(); !known || len(chosen.Weakened()) > 0 || len(chosen.Keys[0].Material) != suite.KeySalt() {
				t.Fatalf("%q is chosen of %q", chosen, offer)
			}
		}
		agreed, err := CheckAnswer(valid, answered)
		if err == nil && !slices.ContainsFunc(valid, func(a Attribute) bool {
			return a.Tag == agreed.Tag && a.Suite == agreed.Suite && slices.Equal(a.Weakened(), agreed.Weakened())
		}) {
			t.Fatalf("%q is agreed on, but not offered in %q", agreed, offer)
		}
		if err != nil && CauseOf(err) == "" {
			t.Fatalf("%q answered by %q: %v has no cause", offer, answer, err)
		}
		errs := []error{problem, err}
		for _, r := range slices.Concat(offered, answered) {
			errs = append(errs, r.Err)
		}
		secrets := make(map[string]bool) // of the offer, then of the answer too
		add := func(attributes []Attribute) {
			for _, a := range attributes {
				for _, k := range a.Keys {
					secrets[string(k.Material)] = true
				}
			}
		}
		add(valid)
		for _, k := range agreed.Keys {
			if secrets[string(k.Material)] {
				t.Fatalf("%q is agreed on, with a key of the offer %q", agreed, offer)
			}
		}
		add(Valid(answered))
		for secret := range secrets {
			text := base64.RawStdEncoding.EncodeToString([]byte(secret))
			for _, e := range errs {
				if e != nil && len(text) >= 16 && strings.Contains(e.Error(), text) { // less may be anything
					t.Fatalf("%v gives a key away", e)
				}
			}
		}
	})
}
