package judge

import (
	"strconv"
	"strings"

	"github.com/sipconform/sipconform/mocks/media"
	"github.com/sipconform/sipconform/mocks/observation"
)

// mistake is what a diagnosis means, and what to do about it. The text may have the numbers of the diagnosis.
type mistake struct {
	what string // {got} is the number that the packet has, {want} the one that it should have
	hint string
}

// mistakes are those that packets show. The cause is "media-" or "rtcp-" and the diagnosis, and "media-" for a mistake
// about keys, which RTP and RTCP share: so it is blamed once.
var mistakes = map[observation.Diagnosis]mistake{
	observation.NotEncrypted: {
		"they authenticate but are not encrypted",
		"encrypt the payload: neither UNENCRYPTED_SRTP nor UNENCRYPTED_SRTCP was agreed on (RFC 4568 §6.3)"},
	observation.Noise: {
		"they authenticate, but decrypt into noise",
		"derive the key of the cipher from the same master key and salt as that of the tag, with label 0 (RFC 3711 §4.3)"},
	observation.NotRTCP: {
		"they authenticate, but decrypt into something that is no RTCP",
		"encrypt everything behind the first 8 bytes, with the keys of labels 3 to 5 and the index " +
			"that the packet carries (RFC 3711 §3.4)"},
	observation.PreviousKey: {
		"they are under the key from before the last offer and answer",
		"change to the new key when the answer has been sent or has come (RFC 4568 §7.1.4)"},
	media.RolloverCounter: {
		"they are under the rollover counter {got}, and the stream has come to {want}",
		"begin with 0, add 1 whenever the sequence number wraps, and go on counting while the key stays (RFC 3711 §3.3.1)"},
	media.NoRollover: {
		"their tag leaves out the rollover counter",
		"append the counter to what the tag is computed over, even if it is 0 (RFC 3711 §4.2)"},
	media.TagLength: {
		"their tag has {got} bytes instead of {want}",
		"use the tag of the suite that was agreed on: 10 bytes, or 4 for SRTP under the _32 suites, " +
			"with 10 for SRTCP under every AES_CM suite, and 16 under AEAD (RFC 4568 §6.2, RFC 7714 §12)"},
	media.NoTag: {
		"they are encrypted but have no tag",
		"append the tag: UNAUTHENTICATED_SRTP was not agreed on (RFC 4568 §6.3)"},
	media.StrayMKI: {
		"they have an MKI of {got} bytes, which the device did not declare",
		"declare the MKI in a=crypto, or leave it out (RFC 4568 §6.1)"},
	media.MissingMKI: {
		"they lack the MKI of {want} bytes that the device declared",
		"send the MKI in every packet once a=crypto declares it (RFC 3711 §3.1)"},
	media.UnknownMKI: {
		"their MKI is not the one that the device declared",
		"send the declared value, in network byte order, in as many bytes as declared (RFC 4568 §6.1)"},
	media.MKILength: {
		"their MKI has {got} bytes instead of the {want} that the device declared",
		"send the MKI in as many bytes as declared, with leading zeros (RFC 4568 §6.1)"},
	media.MisplacedMKI: {
		"their MKI of {got} bytes is on the wrong side of the tag",
		"put the MKI before the tag, and behind everything under AEAD (RFC 3711 §3.1, RFC 7714 §8.2)"},
	media.CoveredMKI: {
		"their tag covers the MKI",
		"leave the MKI out of what the tag is computed over (RFC 3711 §3.1)"},
	media.OtherDirection: {
		"they are under the vendor's key",
		"protect what the device sends with the key of its own a=crypto (RFC 4568 §6.1)"},
	media.OtherAttribute: {
		"they are under the key of another a=crypto of the device's",
		"use the key of the attribute with the tag that was agreed on, in the line of the stream (RFC 4568 §7.1.3)"},
	media.OtherCall: {
		"they are under a key of another call",
		"take the keys from the offer and answer of the call itself"},
	media.HalfKey: {
		"they are under the first half of the master key",
		"take the whole master key of the suite: 32 bytes under AES_256 and AEAD_AES_256 (RFC 6188 §3)"},
	media.SwappedKey: {
		"they are under key and salt in the wrong order",
		"read the inline value as master key, then master salt (RFC 4568 §6.1)"},
	media.NoDerivation: {
		"they are under session keys that were derived once, although the device declared a KDR",
		"derive the session keys anew after 2^KDR packets, or declare none (RFC 3711 §4.3.1, RFC 4568 §6.3.1)"},
	media.OtherSuite: {
		"they are under another suite than was agreed on",
		"use the suite of the answer (RFC 4568 §7.1.3)"},
	media.UnknownKey: {
		"no key that either side has offered opens them",
		"compare the keys in use with the a=crypto that was sent; is the whole packet behind the header protected?"},
	media.NoKey: {
		"they are protected, and no key was agreed on",
		"send plain RTP where the answer has no a=crypto"},
}

// unopened fails a device for a packet that is not as it should be: "media" or "rtcp".
func (v *View) unopened(what string, e observation.Event) Ruling {
	m := e.Media
	diagnosis, where := m.Diagnosis, ""
	if diagnosis == media.UnknownKey {
		if scenario := v.foundElsewhere(e); scenario != "" {
			diagnosis, where = media.OtherCall, ", in "+scenario
		}
	}
	known := mistakes[diagnosis]
	cause := what + "-" + string(diagnosis)
	switch diagnosis {
	case media.RolloverCounter:
		cause = v.rolloverFault(e)
	case observation.PreviousKey, media.OtherDirection, media.OtherAttribute, media.OtherCall, media.HalfKey, media.SwappedKey,
		media.NoDerivation, media.OtherSuite, media.UnknownKey:
		cause = "media-" + string(diagnosis)
	}
	packets := "SRTP"
	if what == "rtcp" {
		packets = "SRTCP"
	}
	numbers := strings.NewReplacer("{got}", strconv.Itoa(m.Got), "{want}", strconv.Itoa(m.Want))
	return fail(cause, "its %s packets are not as agreed: %s%s", packets, numbers.Replace(known.what), where).at(e.Seq).hint("%s", known.hint)
}

// rolloverFault names what a sender did with its rollover counter.
func (v *View) rolloverFault(bad observation.Event) string {
	if bad.Media.Want == 0 {
		return "rollover-not-zero"
	}
	for _, e := range v.Media {
		if e.Seq < bad.Seq && e.Media.SSRC == bad.Media.SSRC && int(e.Media.Rollover) == bad.Media.Want {
			return "rollover-reset"
		}
	}
	return "rollover-not-raised"
}
