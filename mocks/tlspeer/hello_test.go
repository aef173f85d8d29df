package tlspeer

import (
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/mocks/observation"
)

// Hellos as three programs sent them.
const (
	// openssl s_client -servername edge.vendor.test -alpn sip,http/1.1 (3.0.19)
	opensslHello = `
0100014c030365f6ce4e65e096f23103ef82ced4e10067bd0ab8ef406125987e3284420d1e4c207d2f371cb260ca0fc1fcd8631d4e39ea68ed3dd51b
a779ea851a7e573100e622003e130213031301c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c01300
33009d009c003d003c0035002f00ff010000c5000000150013000010656467652e76656e646f722e74657374000b000403000102000a00160014001d
0017001e0019001801000101010201030104002300000010000f000d0373697008687474702f312e310016000000170000000d002a00280403050306
03080708080809080a080b080408050806040105010601030303010302040205020602002b0009080304030303020301002d00020101003300260024
001d0020a329e3fe30d6b90a0fc6305815aeec72e905cbd2090218ebf9e4a4eeaf674000`
	// openssl s_client -tls1 -cipher AES128-SHA:AES256-SHA@SECLEVEL=0 -noservername
	oldHello = `
0100003b0301b8c88b84bfb12af5f8ac710ec9638a00fc6773def596b0a0ac6f42381254d919000006002f003500ff0100000c002300000016000000
170000`
	// gnutls-cli --sni-hostname edge.vendor.test --priority NORMAL (3.7.9)
	gnutlsHello = `
01000185030326a86fe1bd4faad0922c92bce8b26d137dfc947056800b90583f768b816259332038d1c590bdbb8a6e6f72d6d253771a5025eafd449d
41e811578d83879c5e8e40003a1302130313011304c02ccca9c0adc00ac02bc0acc009c030cca8c014c02fc013009dc09d0035009cc09c002f009fcc
aac09f0039009ec09e003301000102000500050100000000000a00160014001700180019001d001e01000101010201030104000b00020100000d0022
0020040108090804040308070501080a0805050308080601080b08060603020102030016000000170000002300000033006b00690017004104d2aaee
449e65a2e8c55fb0a72e0096afc03362417510b1dc05e45d71ff52c53b6311c41bfb247c8c3411307d06965e0e6128a512fa72aaba76eb86f94a84ec
4b001d00205c8d0fae5d264712a24ff4f97e4136119e963c2cda17d472d88ca29ba863da3c002b0009080304030303020301ff010001000000001500
13000010656467652e76656e646f722e74657374002d0003020100001c00024001`
)

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, "\n", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestParseClientHello(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, message string
		want          observation.HelloInfo
	}{
		{"OpenSSL", opensslHello, observation.HelloInfo{
			LegacyVersion: TLS12,
			Versions:      []uint16{TLS13, TLS12, TLS11, TLS10},
			Suites: []uint16{0x1302, 0x1303, 0x1301, 0xC02C, 0xC030, 0x009F, 0xCCA9, 0xCCA8, 0xCCAA, 0xC02B,
				0xC02F, 0x009E, 0xC024, 0xC028, 0x006B, 0xC023, 0xC027, 0x0067, 0xC00A, 0xC014, 0x0039, 0xC009,
				0xC013, 0x0033, 0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F, 0x00FF},
			Groups: []uint16{29, 23, 30, 25, 24, 256, 257, 258, 259, 260},
			Signatures: []uint16{0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805,
				0x0806, 0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602},
			ServerName: testName,
			ALPN:       []string{"sip", "http/1.1"},
		}},
		{"TLS 1.0", oldHello, observation.HelloInfo{
			LegacyVersion: TLS10,
			Suites:        []uint16{0x002F, 0x0035, 0x00FF},
		}},
		{"GnuTLS", gnutlsHello, observation.HelloInfo{
			LegacyVersion: TLS12,
			Versions:      []uint16{TLS13, TLS12, TLS11, TLS10},
			Suites: []uint16{0x1302, 0x1303, 0x1301, 0x1304, 0xC02C, 0xCCA9, 0xC0AD, 0xC00A, 0xC02B, 0xC0AC,
				0xC009, 0xC030, 0xCCA8, 0xC014, 0xC02F, 0xC013, 0x009D, 0xC09D, 0x0035, 0x009C, 0xC09C, 0x002F,
				0x009F, 0xCCAA, 0xC09F, 0x0039, 0x009E, 0xC09E, 0x0033},
			Groups: []uint16{23, 24, 25, 29, 30, 256, 257, 258, 259, 260},
			Signatures: []uint16{0x0401, 0x0809, 0x0804, 0x0403, 0x0807, 0x0501, 0x080A, 0x0805, 0x0503, 0x0808,
				0x0601, 0x080B, 0x0806, 0x0603, 0x0201, 0x0203},
			ServerName: testName,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseClientHello(unhex(t, test.message))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, test.want) {
				t.Errorf("got  %+v\nwant %+v", *got, test.want)
			}
		})
	}
}

func TestParseClientHelloRejects(t *testing.T) {
	t.Parallel()
	whole := unhex(t, opensslHello)
	for n := range whole {
		if _, err := ParseClientHello(whole[:n]); err == nil {
			t.Fatalf("accepted the first %d bytes of %d", n, len(whole))
		}
	}
	if _, err := ParseClientHello(append(whole[:len(whole):len(whole)], 0)); err == nil {
		t.Error("accepted a byte left over")
	}

	// A minimal hello: TLS 1.2, random, no session, one suite, null compression.
	minimal := func(extensions string) []byte {
		body := "0303" + strings.Repeat("00", 32) + "00" + "0002c02f" + "0100" + extensions
		return unhex(t, "01"+hex.EncodeToString([]byte{0, 0, byte(len(body) / 2)})+body)
	}
	tests := []struct{ name, extensions, cause string }{
		{"fine without extensions", "", ""},
		{"fine with an empty list", "0000", ""},
		{"fine with one nobody knows", "0004ffee0000", ""},
		{"sent twice", "0008" + "ffee0000" + "ffee0000", "sent twice"},
		{"odd groups", "0009" + "000a0005" + "0003001d00", "extension 10"},
		{"no groups", "0006" + "000a0002" + "0000", "extension 10"},
		{"group list too long", "0008" + "000a0004" + "0004001d", "extension 10"},
		{"bytes after the versions", "0008" + "002b0004" + "02030300", "extension 43"},
		{"two host names", "000e" + "0000000a" + "0008" + "00000161" + "00000162", "extension 0"},
		{"empty protocol name", "0007" + "00100003" + "000100", "extension 16"},
		{"bytes after the extensions", "000000", "lengths"},
	}
	for _, test := range tests {
		_, err := ParseClientHello(minimal(test.extensions))
		switch {
		case test.cause == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.cause != "" && (err == nil || !strings.Contains(err.Error(), test.cause)):
			t.Errorf("%s: %v, want an error about %q", test.name, err, test.cause)
		}
	}
	if _, err := ParseClientHello([]byte{2, 0, 0, 0}); err == nil || !strings.Contains(err.Error(), "type 2") {
		t.Errorf("ServerHello: %v", err)
	}
}

func FuzzParseClientHello(f *testing.F) {
	for _, message := range []string{opensslHello, oldHello, gnutlsHello} {
		f.Add(unhex(f, message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		hello, err := ParseClientHello(message)
		if (hello == nil) == (err == nil) {
			t.Fatalf("hello %v and error %v", hello, err)
		}
		if err == nil && len(hello.Suites) == 0 {
			t.Fatal("a hello without suites")
		}
	})
}
