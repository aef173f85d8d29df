package tlspeer

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
)

func TestUnavailable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		min, max uint16
		suites   []uint16
		groups   []uint16
		want     []string // by crypto/tls alone
		both     []string // with libssl, as Debian 12 has it
	}{
		{name: "the engine's choice", min: TLS10, max: TLS13},
		{name: "all there is", min: TLS10, max: TLS12, suites: []uint16{0xC02F, 0xC030, 0x009C, 0x003C, 0x000A}, groups: []uint16{24, 29, 4588}},
		{
			name: "as Twilio lists them", min: TLS12, max: TLS12,
			suites: []uint16{0xC02F, 0xC027, 0xC030, 0xC028, 0x009C, 0x003C, 0x002F, 0x009D, 0x003D, 0x0035},
			want:   []string{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 (0xC028)", "TLS_RSA_WITH_AES_256_CBC_SHA256 (0x003D)"},
		},
		{
			name: "the same under TLS 1.1, which has neither", min: TLS10, max: TLS11,
			suites: []uint16{0xC028, 0x003D, 0x0035},
		},
		{
			name: "DHE, CCM, NULL, a number nobody has registered", min: TLS12, max: TLS12,
			suites: []uint16{0x009E, 0xC09E, 0xC0AC, 0x0002, 0x4242},
			want: []string{"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 (0x009E)", "TLS_DHE_RSA_WITH_AES_128_CCM (0xC09E)",
				"TLS_ECDHE_ECDSA_WITH_AES_128_CCM (0xC0AC)", "TLS_RSA_WITH_NULL_SHA (0x0002)", "0x4242 (0x4242)"},
			both: []string{"0x4242 (0x4242)"},
		},
		{
			name: "an order under TLS 1.3", min: TLS13, max: TLS13,
			suites: []uint16{0x1302, 0x1303, 0x1301, 0x1304},
			want: []string{"TLS_AES_256_GCM_SHA384 (0x1302)", "TLS_CHACHA20_POLY1305_SHA256 (0x1303)",
				"TLS_AES_128_GCM_SHA256 (0x1301)", "TLS_AES_128_CCM_SHA256 (0x1304)"},
		},
		{name: "suites of TLS 1.3 without TLS 1.3", min: TLS12, max: TLS12, suites: []uint16{0x1304, 0xC02F}},
		{name: "suites of TLS 1.2 without TLS 1.2", min: TLS13, max: TLS13, suites: []uint16{0x003D}},
		{
			name: "groups", min: TLS12, max: TLS13, groups: []uint16{30, 24, 256, 26},
			want: []string{"x448 (0x001E)", "ffdhe2048 (0x0100)", "brainpoolP256r1 (0x001A)"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rules := Rules{MinVersion: test.min, MaxVersion: test.max, Suites: test.suites, Groups: test.groups, Certificate: ecdsaCertificate()}
			missing := rules.Unavailable()
			if _, err := libsslEngine(); err == nil {
				test.want = test.both
			}
			var got []string
			for _, m := range missing {
				if m.Reason == "" {
					t.Errorf("no reason for %s", m.What)
				}
				got = append(got, m.What)
			}
			if !slices.Equal(got, test.want) {
				t.Fatalf("unavailable: %q\nwant %q", got, test.want)
			}
			if left := rules.Without(missing).Unavailable(); len(left) != 0 {
				t.Errorf("unavailable after consent: %v", left)
			}
			if len(missing) == 0 {
				return
			}
			ours, theirs := net.Pipe()
			defer theirs.Close()
			_, err := Server(t.Context(), ours, rules, nil)
			var unavailable *UnavailableError
			if !errors.As(err, &unavailable) || !slices.Equal(unavailable.Missing, missing) {
				t.Errorf("Server: %v", err)
			}
			if !strings.Contains(err.Error(), test.want[0]) {
				t.Errorf("error does not name %s: %v", test.want[0], err)
			}
			if _, err := ours.Write([]byte{0}); err == nil {
				t.Error("the connection is still open")
			}
		})
	}
}

func TestWithoutKeepsTheRest(t *testing.T) {
	t.Parallel()
	rules := Rules{MinVersion: TLS12, MaxVersion: TLS12, Suites: []uint16{0x4242, 0xC02F, 0x4243, 0x0035}, Groups: []uint16{0x4242, 24}}
	less := rules.Without(rules.Unavailable())
	if !slices.Equal(less.Suites, []uint16{0xC02F, 0x0035}) || !slices.Equal(less.Groups, []uint16{24}) {
		t.Errorf("left: %04X, %v", less.Suites, less.Groups)
	}
	if len(rules.Suites) != 4 || rules.Suites[0] != 0x4242 || len(rules.Groups) != 2 {
		t.Error("the rules themselves were changed")
	}
	if nothing := (Rules{}).Without(rules.Unavailable()); nothing.Suites != nil || nothing.Groups != nil {
		t.Error("a choice left to the engine became a list")
	}
}

func TestInvalidRules(t *testing.T) {
	t.Parallel()
	good := serverRules(ecdsaCertificate())
	tests := []struct {
		cause  string
		change func(*Rules)
		side   endpoint
	}{
		{"must be set", func(r *Rules) { r.MinVersion = 0 }, Server},
		{"must be set", func(r *Rules) { r.MaxVersion = 0x0305 }, Client},
		{"above the highest", func(r *Rules) { r.MinVersion, r.MaxVersion = TLS13, TLS12 }, Client},
		{"no cipher suite", func(r *Rules) { r.Suites = []uint16{} }, Server},
		{"no cipher suite", func(r *Rules) { r.Suites = []uint16{0x1301} }, Server},
		{"no cipher suite", func(r *Rules) { r.MaxVersion, r.Suites = TLS11, []uint16{0xC02F} }, Client},
		{"no group", func(r *Rules) { r.Groups = []uint16{} }, Client},
		{"certificate", func(r *Rules) { r.Certificate.Certificate = nil }, Server},
		{"certificate", func(r *Rules) { r.Certificate.PrivateKey = nil }, Server},
		{"ClientAuth", func(r *Rules) { r.ClientAuth = 7 }, Server},
	}
	for _, test := range tests {
		rules := good
		test.change(&rules)
		ours, theirs := net.Pipe()
		conn, err := test.side(t.Context(), ours, rules, nil)
		if conn != nil || !errors.Is(err, ErrInvalidRules) || !strings.Contains(err.Error(), test.cause) {
			t.Errorf("%v, want an error about %q", err, test.cause)
		}
		theirs.Close()
	}
}
