package reference

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/url"
	"slices"
	"testing"

	"github.com/sipconform/sipconform/internal/testkit"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, name  string
		none, one, two bool // whether it matches if a wildcard may stand for that many labels
	}{
		{"s1.sip.example.com", "s1.sip.example.com", true, true, true},
		{"S1.sip.example.COM.", "s1.SIP.example.com", true, true, true},
		{"s1.sip.example.com", "s2.sip.example.com", false, false, false},
		{"sip.example.com", "s1.sip.example.com", false, false, false},
		{"*.sip.example.com", "s1.sip.example.com", false, true, true},
		{"*.sip.example.com", "a.s1.sip.example.com", false, false, true},
		{"*.sip.example.com", "a.b.s1.sip.example.com", false, false, false},
		{"*.sip.example.com", "sip.example.com", false, false, false},
		{"*.sip.example.com", ".sip.example.com", false, false, false},
		{"s*.sip.example.com", "s1.sip.example.com", false, false, false},
		{"*1.sip.example.com", "s1.sip.example.com", false, false, false},
		{"s1.*.example.com", "s1.sip.example.com", false, false, false},
		{"*", "localhost", false, false, false},
		{"*.0.0.1", "127.0.0.1", false, false, false},
		{"127.0.0.1", "127.0.0.1", true, true, true},
		{"::1", "[::1]", true, true, true},
		{"", "", false, false, false},
	}
	for _, tt := range tests {
		for wildcards, want := range []bool{tt.none, tt.one, tt.two} {
			if got := (nameRules{wildcards: wildcards}).match(tt.pattern, tt.name); got != want {
				t.Errorf("%q for %q with %d: %t", tt.pattern, tt.name, wildcards, got)
			}
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	uri := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	tests := []struct {
		name       string
		template   x509.Certificate
		commonName bool
		want       []string
	}{
		{"common name only", x509.Certificate{}, false, []string{"cn.example.com"}},
		{"DNS names", x509.Certificate{DNSNames: []string{"a.example.com", "b.example.com"}}, false, []string{"a.example.com", "b.example.com"}},
		{"and the common name, wrongly", x509.Certificate{DNSNames: []string{"a.example.com"}}, true, []string{"a.example.com", "cn.example.com"}},
		{"address", x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, false, []string{"127.0.0.1"}},
		{"SIP URIs before DNS names", x509.Certificate{DNSNames: []string{"a.example.com"}, URIs: []*url.URL{uri("sip:b.example.com"), uri("sip:user@c.example.com")}}, false, []string{"b.example.com"}},
		{"SIP URI of a user alone", x509.Certificate{URIs: []*url.URL{uri("sip:user@c.example.com")}}, false, nil},
		{"other URI", x509.Certificate{DNSNames: []string{"a.example.com"}, URIs: []*url.URL{uri("https://b.example.com/")}}, false, []string{"a.example.com"}},
		{"mail address alone", x509.Certificate{EmailAddresses: []string{"a@example.com"}}, false, nil},
	}
	root := newAuthority(t, "root", nil)
	for _, tt := range tests {
		tt.template.Subject = pkix.Name{CommonName: "cn.example.com"}
		leaf := sign(tt.template, testkit.NewKey(), root)
		if got := (nameRules{commonName: tt.commonName}).names(leaf); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
