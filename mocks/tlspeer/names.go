package tlspeer

import (
	"fmt"
	"strings"
	"sync"
)

// VersionName returns the usual name of a TLS version number, such as "TLS 1.2" for 0x0303.
func VersionName(version uint16) string {
	switch version {
	case 0x0002:
		return "SSL 2.0"
	case 0x0300:
		return "SSL 3.0"
	case 0x0301, 0x0302, 0x0303, 0x0304:
		return fmt.Sprintf("TLS 1.%d", version-0x0301)
	}
	return numbered("", version)
}

// versions are the versions of TLS, lowest first.
var versions = []uint16{TLS10, TLS11, TLS12, TLS13}

// VersionNames returns the names of the versions of TLS, lowest first.
func VersionNames() []string {
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = VersionName(v)
	}
	return names
}

// VersionByName returns the number of a version of TLS by its name, "TLS 1.2".
func VersionByName(name string) (uint16, bool) {
	for _, v := range versions {
		if VersionName(v) == name {
			return v, true
		}
	}
	return 0, false
}

// SuiteName returns the IANA name of a cipher suite, such as "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" for 0xC02F.
func SuiteName(suite uint16) string {
	return numbered(suiteNames[suite].iana, suite)
}

// SuiteByOpenSSLName returns the number of the suite with that OpenSSL name, such as 0xC02F for
// "ECDHE-RSA-AES128-GCM-SHA256". It knows the names of OpenSSL 3.0, and the DES, 3DES, IDEA and RC4 suites of earlier
// releases.
func SuiteByOpenSSLName(name string) (suite uint16, ok bool) {
	suite, ok = suitesByOpenSSLName()[name]
	return suite, ok
}

var suitesByOpenSSLName = sync.OnceValue(func() map[string]uint16 {
	by := make(map[string]uint16, len(suiteNames))
	for number, names := range suiteNames {
		if names.openssl != "" {
			by[names.openssl] = number
		}
	}
	return by
})

// GroupName returns the IANA name of a supported group (RFC 8446 §4.2.7), such as "secp384r1" for 0x0018.
func GroupName(group uint16) string { return numbered(groupNames[group], group) }

// GroupByName returns the number of the group with that IANA name, whatever its case.
func GroupByName(name string) (uint16, bool) {
	for group, known := range groupNames {
		if strings.EqualFold(known, name) {
			return group, true
		}
	}
	return 0, false
}

// SchemeName returns the IANA name of a signature scheme (RFC 8446 §4.2.3), such as "rsa_pss_rsae_sha256" for 0x0804.
func SchemeName(scheme uint16) string { return numbered(schemeNames[scheme], scheme) }

// AlertName returns the IANA name of an alert description (RFC 8446 §6), such as "handshake_failure" for 40.
func AlertName(description uint8) string {
	if name := alertNames[description]; name != "" {
		return name
	}
	return fmt.Sprintf("alert %d", description)
}

// numbered returns name, or a description of a number without a name. RFC 8701 reserves sixteen values, the same for
// suites, groups and versions, that clients send to keep servers tolerant.
func numbered(name string, number uint16) string {
	switch {
	case name != "":
		return name
	case number&0x0F0F == 0x0A0A && number>>8 == number&0xFF:
		return fmt.Sprintf("GREASE (0x%04X)", number)
	}
	return fmt.Sprintf("0x%04X", number)
}

var schemeNames = map[uint16]string{
	0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1",
	0x0401: "rsa_pkcs1_sha256", 0x0501: "rsa_pkcs1_sha384", 0x0601: "rsa_pkcs1_sha512",
	0x0403: "ecdsa_secp256r1_sha256", 0x0503: "ecdsa_secp384r1_sha384", 0x0603: "ecdsa_secp521r1_sha512",
	0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384", 0x0806: "rsa_pss_rsae_sha512",
	0x0807: "ed25519", 0x0808: "ed448",
	0x0809: "rsa_pss_pss_sha256", 0x080A: "rsa_pss_pss_sha384", 0x080B: "rsa_pss_pss_sha512",
}

var groupNames = map[uint16]string{
	1: "sect163k1", 2: "sect163r1", 3: "sect163r2", 4: "sect193r1", 5: "sect193r2",
	6: "sect233k1", 7: "sect233r1", 8: "sect239k1", 9: "sect283k1", 10: "sect283r1",
	11: "sect409k1", 12: "sect409r1", 13: "sect571k1", 14: "sect571r1",
	15: "secp160k1", 16: "secp160r1", 17: "secp160r2", 18: "secp192k1", 19: "secp192r1",
	20: "secp224k1", 21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1",
	26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1",
	29: "x25519", 30: "x448",
	31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13",
	34: "GC256A", 35: "GC256B", 36: "GC256C", 37: "GC256D", 38: "GC512A", 39: "GC512B", 40: "GC512C",
	41:  "curveSM2",
	256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
	512: "MLKEM512", 513: "MLKEM768", 514: "MLKEM1024",
	4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768", 4589: "SecP384r1MLKEM1024",
	25497: "X25519Kyber768Draft00", 25498: "SecP256r1Kyber768Draft00",
	65281: "arbitrary_explicit_prime_curves", 65282: "arbitrary_explicit_char2_curves",
}

var alertNames = map[uint8]string{
	0:   "close_notify",
	10:  "unexpected_message",
	20:  "bad_record_mac",
	21:  "decryption_failed",
	22:  "record_overflow",
	30:  "decompression_failure",
	40:  "handshake_failure",
	41:  "no_certificate",
	42:  "bad_certificate",
	43:  "unsupported_certificate",
	44:  "certificate_revoked",
	45:  "certificate_expired",
	46:  "certificate_unknown",
	47:  "illegal_parameter",
	48:  "unknown_ca",
	49:  "access_denied",
	50:  "decode_error",
	51:  "decrypt_error",
	52:  "too_many_cids_requested",
	60:  "export_restriction",
	70:  "protocol_version",
	71:  "insufficient_security",
	80:  "internal_error",
	86:  "inappropriate_fallback",
	90:  "user_canceled",
	100: "no_renegotiation",
	109: "missing_extension",
	110: "unsupported_extension",
	111: "certificate_unobtainable",
	112: "unrecognized_name",
	113: "bad_certificate_status_response",
	114: "bad_certificate_hash_value",
	115: "unknown_psk_identity",
	116: "certificate_required",
	117: "general_error",
	120: "no_application_protocol",
	121: "ech_required",
}

// groupSuits reports whether a version can use group: RFC 8446 §4.2.7 and RFC 8734 have other numbers for some
// curves, and RFC 8422 has neither ffdhe nor ML-KEM.
func groupSuits(group, version uint16) bool {
	switch {
	case group >= 23 && group <= 25, group == 29, group == 30:
		return true
	case group < 31:
		return version < TLS13
	default:
		return version == TLS13
	}
}
