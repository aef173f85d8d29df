package edge

import (
	"slices"
	"testing"

	"github.com/sipconform/sipconform/mocks/sdes"
	"github.com/sipconform/sipconform/mocks/sdp"
)

// TestSuitesOfFaultyAnswers checks that the faulty answer has a suite that was offered under another tag, or one that was
// not offered, with a key of the right length, so that a device refuses it for nothing else.
func TestSuitesOfFaultyAnswers(t *testing.T) {
	t.Parallel()
	const (
		tag80, tag32   = "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"
		cm256, gcm, f8 = "AES_256_CM_HMAC_SHA1_80", "AEAD_AES_128_GCM", "F8_128_HMAC_SHA1_80"
		gcm256         = "AEAD_AES_256_GCM"
	)
	for name, test := range map[string]struct {
		offered      []string // the first is what the edge chose
		other, alien string
	}{
		"one":               {[]string{tag80}, tag32, tag32},
		"the short tag":     {[]string{tag32}, tag80, tag80},
		"two":               {[]string{tag80, tag32}, tag32, cm256},
		"two of AEAD":       {[]string{gcm, gcm256}, gcm256, tag80},
		"one unknown":       {[]string{tag80, "NO_SUCH_SUITE", cm256}, cm256, tag32},
		"all well known":    {[]string{tag80, tag32, cm256, gcm, gcm256}, tag32, f8},
		"all that IANA has": {append(slices.Clone(sdes.SuiteNames()[:9]), "SEED_128_CCM_80"), tag32, "AES_CM_256_HMAC_SHA1_80"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var offered []string
			for i, suite := range test.offered {
				offered = append(offered, attribute(i+1, suite).String())
			}
			own := attribute(1, test.offered[0])
			for fault, want := range map[AnswerFault]string{OtherSuite: test.other, AlienSuite: test.alien} {
				var stream sdp.Stream
				fault.apply(&stream, offered, &own, &own)
				got, err := sdes.Parse(stream.Crypto[0])
				suite, known := got.Known()
				if err != nil || !known || got.Tag != 1 || got.Suite != want || len(got.Keys[0].Material) != suite.KeySalt() {
					t.Errorf("%s: %s, %v", fault, stream.Crypto, err)
				}
			}
		})
	}
}

// attribute is one with a key that is long enough.
func attribute(tag int, suite string) sdes.Attribute {
	length := 30
	if known, is := sdes.LookupSuite(suite); is {
		length = known.KeySalt()
	}
	return sdes.Attribute{Tag: tag, Suite: suite, Keys: []sdes.Key{{Material: make([]byte, length)}}}
}
