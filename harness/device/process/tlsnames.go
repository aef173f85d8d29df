package process

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sipconform/sipconform/harness/device"
)

// versionsOut returns the versions outside of a range; 0 means no bound.
func versionsOut(low, high uint16) []uint16 {
	inside := device.TLSVersions(low, high)
	return slices.DeleteFunc(device.TLSVersions(0, 0), func(v uint16) bool { return slices.Contains(inside, v) })
}

// opensslVersion returns a value for MinProtocol and MaxProtocol, see SSL_CONF_cmd(3).
func opensslVersion(v uint16) string {
	return "TLSv" + strings.TrimSuffix(device.TLSVersionName(v), ".0")
}

// gnutlsVersion returns a value for disabled-version in the configuration file of GnuTLS.
func gnutlsVersion(v uint16) string { return "tls" + device.TLSVersionName(v) }

// suitesOf returns the suites that are for TLS 1.3, or those that are not. Many programs have separate settings for them.
func suitesOf(suites []uint16, tls13 bool) []uint16 {
	return slices.DeleteFunc(slices.Clone(suites), func(suite uint16) bool { return suite>>8 == 0x13 != tls13 })
}

// opensslSuites returns a value for CipherString or, with suites of TLS 1.3, for Ciphersuites, see SSL_CONF_cmd(3).
func opensslSuites(suites []uint16) (string, error) {
	return translate(suites, opensslSuiteNames, "cipher suite")
}

// opensslGroups returns a value for Groups, see SSL_CONF_cmd(3).
func opensslGroups(groups []uint16) (string, error) {
	return translate(groups, opensslGroupNames, "group")
}

// translate returns a list of OpenSSL names, separated by colons.
func translate(numbers []uint16, names map[uint16]string, what string) (string, error) {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		name, ok := names[n]
		if !ok {
			return "", fmt.Errorf("%w: OpenSSL has no %s 0x%04X", device.ErrUnsupported, what, n)
		}
		texts[i] = name
	}
	return strings.Join(texts, ":"), nil
}

// opensslSuiteNames are OpenSSL's names for the cipher suites that its distributed builds have, by IANA number.
var opensslSuiteNames = map[uint16]string{
	0x0002: "NULL-SHA",
	0x002F: "AES128-SHA",
	0x0033: "DHE-RSA-AES128-SHA",
	0x0035: "AES256-SHA",
	0x0039: "DHE-RSA-AES256-SHA",
	0x003B: "NULL-SHA256",
	0x003C: "AES128-SHA256",
	0x003D: "AES256-SHA256",
	0x0067: "DHE-RSA-AES128-SHA256",
	0x006B: "DHE-RSA-AES256-SHA256",
	0x009C: "AES128-GCM-SHA256",
	0x009D: "AES256-GCM-SHA384",
	0x009E: "DHE-RSA-AES128-GCM-SHA256",
	0x009F: "DHE-RSA-AES256-GCM-SHA384",
	0x1301: "TLS_AES_128_GCM_SHA256",
	0x1302: "TLS_AES_256_GCM_SHA384",
	0x1303: "TLS_CHACHA20_POLY1305_SHA256",
	0x1304: "TLS_AES_128_CCM_SHA256",
	0x1305: "TLS_AES_128_CCM_8_SHA256",
	0xC009: "ECDHE-ECDSA-AES128-SHA",
	0xC00A: "ECDHE-ECDSA-AES256-SHA",
	0xC013: "ECDHE-RSA-AES128-SHA",
	0xC014: "ECDHE-RSA-AES256-SHA",
	0xC023: "ECDHE-ECDSA-AES128-SHA256",
	0xC024: "ECDHE-ECDSA-AES256-SHA384",
	0xC027: "ECDHE-RSA-AES128-SHA256",
	0xC028: "ECDHE-RSA-AES256-SHA384",
	0xC02B: "ECDHE-ECDSA-AES128-GCM-SHA256",
	0xC02C: "ECDHE-ECDSA-AES256-GCM-SHA384",
	0xC02F: "ECDHE-RSA-AES128-GCM-SHA256",
	0xC030: "ECDHE-RSA-AES256-GCM-SHA384",
	0xC09C: "AES128-CCM",
	0xC09D: "AES256-CCM",
	0xC09E: "DHE-RSA-AES128-CCM",
	0xC09F: "DHE-RSA-AES256-CCM",
	0xC0A0: "AES128-CCM8",
	0xC0A1: "AES256-CCM8",
	0xC0A2: "DHE-RSA-AES128-CCM8",
	0xC0A3: "DHE-RSA-AES256-CCM8",
	0xC0AC: "ECDHE-ECDSA-AES128-CCM",
	0xC0AD: "ECDHE-ECDSA-AES256-CCM",
	0xC0AE: "ECDHE-ECDSA-AES128-CCM8",
	0xC0AF: "ECDHE-ECDSA-AES256-CCM8",
	0xCCA8: "ECDHE-RSA-CHACHA20-POLY1305",
	0xCCA9: "ECDHE-ECDSA-CHACHA20-POLY1305",
	0xCCAA: "DHE-RSA-CHACHA20-POLY1305",
}

// opensslGroupNames are OpenSSL's names for groups, by IANA number.
var opensslGroupNames = map[uint16]string{
	23: "P-256", 24: "P-384", 25: "P-521", 29: "X25519", 30: "X448",
	256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096",
}
