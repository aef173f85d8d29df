package tlspeer

import (
	"crypto/tls"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ got, want string }{
		{VersionName(0x0002), "SSL 2.0"},
		{VersionName(0x0300), "SSL 3.0"},
		{VersionName(TLS10), "TLS 1.0"},
		{VersionName(TLS12), "TLS 1.2"},
		{VersionName(TLS13), "TLS 1.3"},
		{VersionName(0x0305), "0x0305"},
		{VersionName(0x7A7A), "GREASE (0x7A7A)"},
		{SuiteName(0xC02F), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
		{SuiteName(0x003D), "TLS_RSA_WITH_AES_256_CBC_SHA256"},
		{SuiteName(0x0002), "TLS_RSA_WITH_NULL_SHA"},
		{SuiteName(0x1304), "TLS_AES_128_CCM_SHA256"},
		{SuiteName(0x5600), "TLS_FALLBACK_SCSV"},
		{SuiteName(0x0A0A), "GREASE (0x0A0A)"},
		{SuiteName(0x0A1A), "0x0A1A"},
		{GroupName(24), "secp384r1"},
		{GroupName(29), "x25519"},
		{GroupName(4588), "X25519MLKEM768"},
		{GroupName(256), "ffdhe2048"},
		{GroupName(9999), "0x270F"},
		{SchemeName(0x0804), "rsa_pss_rsae_sha256"},
		{SchemeName(0x0999), "0x0999"},
		{AlertName(0), "close_notify"},
		{AlertName(40), "handshake_failure"},
		{AlertName(48), "unknown_ca"},
		{AlertName(70), "protocol_version"},
		{AlertName(116), "certificate_required"},
		{AlertName(200), "alert 200"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

// TestSuiteByOpenSSLName has names that the vendors publish, with the numbers of the IANA registry.
func TestSuiteByOpenSSLName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]uint16{
		"ECDHE-RSA-AES128-GCM-SHA256":   0xC02F,
		"ECDHE-RSA-AES128-SHA256":       0xC027,
		"ECDHE-RSA-AES256-GCM-SHA384":   0xC030,
		"ECDHE-RSA-AES256-SHA384":       0xC028,
		"ECDHE-RSA-AES256-SHA":          0xC014,
		"ECDHE-ECDSA-AES128-GCM-SHA256": 0xC02B,
		"ECDHE-ECDSA-AES256-GCM-SHA384": 0xC02C,
		"AES128-GCM-SHA256":             0x009C,
		"AES128-SHA256":                 0x003C,
		"AES128-SHA":                    0x002F,
		"AES256-GCM-SHA384":             0x009D,
		"AES256-SHA256":                 0x003D,
		"AES256-SHA":                    0x0035,
		"NULL-SHA":                      0x0002,
		"DES-CBC3-SHA":                  0x000A,
		"DHE-RSA-AES128-GCM-SHA256":     0x009E,
		"TLS_AES_256_GCM_SHA384":        0x1302,
		"TLS_AES_128_CCM_SHA256":        0x1304,
	} {
		got, ok := SuiteByOpenSSLName(name)
		if !ok || got != want {
			t.Errorf("%s: 0x%04X, %v; want 0x%04X", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "aes128-sha", "TLS_RSA_WITH_AES_128_CBC_SHA"} {
		if got, ok := SuiteByOpenSSLName(name); ok {
			t.Errorf("%q is 0x%04X", name, got)
		}
	}
}

func TestSuiteNamesAreUnique(t *testing.T) {
	t.Parallel()
	iana, openssl := make(map[string]uint16), make(map[string]uint16)
	for number, names := range suiteNames {
		if other, ok := iana[names.iana]; ok || names.iana == "" {
			t.Errorf("0x%04X and 0x%04X are both %q", number, other, names.iana)
		}
		if other, ok := openssl[names.openssl]; ok && names.openssl != "" {
			t.Errorf("0x%04X and 0x%04X are both %q", number, other, names.openssl)
		}
		iana[names.iana], openssl[names.openssl] = number, number
	}
}

func TestSuiteNamesAgainstGo(t *testing.T) {
	t.Parallel()
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if name := SuiteName(suite.ID); name != suite.Name {
			t.Errorf("0x%04X is %s, crypto/tls has %s", suite.ID, name, suite.Name)
		}
		lowest, highest := SuiteVersions(suite.ID)
		if lowest != slices.Min(suite.SupportedVersions) || highest != slices.Max(suite.SupportedVersions) {
			t.Errorf("%s: %s to %s", suite.Name, VersionName(lowest), VersionName(highest))
		}
	}
}

func TestSuiteNamesAgainstOpenSSL(t *testing.T) {
	t.Parallel()
	out, err := testkit.Command(t, "openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^\s*0x(..),0x(..) - (\S+)\s+- (\S+)`).FindAllStringSubmatch(string(out), -1)
	if len(lines) < 50 {
		t.Fatalf("%d suites listed", len(lines))
	}
	for _, line := range lines {
		number, err := strconv.ParseUint(line[1]+line[2], 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		if names := suiteNames[uint16(number)]; names.iana != line[3] || names.openssl != line[4] {
			t.Errorf("0x%04X is %v, openssl has %s and %s", number, names, line[3], line[4])
		}
	}
}
