package tlspeer

import (
	"crypto/tls"
	"errors"
	"testing"
)

// TestNamed checks that the client's server_name chooses the certificate. The keys are of two kinds, to show that
// nothing of the other certificate is used.
func TestNamed(t *testing.T) { eachEngine(t, named) }

func named(t *testing.T, e engine) {
	rules := serverRules(rsaCertificate())
	rules.Named = map[string]tls.Certificate{"api.vendor.test": ecdsaCertificate()}
	for _, version := range []uint16{TLS12, TLS13} {
		for name, want := range map[string]tls.Certificate{
			"api.vendor.test": ecdsaCertificate(), "API.Vendor.test": ecdsaCertificate(),
			"other.vendor.test": rsaCertificate(), "": rsaCertificate(),
		} {
			got := serve(t, serverOf(e), rules, func(address string) {
				conn, err := tls.Dial("tcp", address, &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
				if err != nil {
					t.Errorf("%q: %v", name, err)
					return
				}
				defer conn.Close()
				if shown := conn.ConnectionState().PeerCertificates; len(shown) != 1 || !shown[0].Equal(want.Leaf) {
					t.Errorf("%s, %q: another certificate", VersionName(version), name)
				}
				conn.Write([]byte(greeting))
			})
			if got.err != nil || len(got.LocalChain) != 1 || string(got.LocalChain[0]) != string(want.Certificate[0]) {
				t.Errorf("%s, %q: %v; the state has another certificate", VersionName(version), name, got.err)
			}
			if recorded := got.handshake(t).LocalChain; len(recorded) != 1 || string(recorded[0]) != string(want.Certificate[0]) {
				t.Errorf("%s, %q: the log has another certificate", VersionName(version), name)
			}
		}
	}
	if len(rules.Named) != 1 || &rules.Certificate.Certificate[0][0] != &rsaCertificate().Certificate[0][0] {
		t.Error("the rules have changed")
	}
}

// TestNamedWithoutKey checks that such rules are invalid, before anything is read.
func TestNamedWithoutKey(t *testing.T) {
	t.Parallel()
	rules := serverRules(rsaCertificate())
	rules.Named = map[string]tls.Certificate{"api.vendor.test": {Certificate: rsaCertificate().Certificate}}
	if got := serve(t, Server, rules, func(address string) {
		if conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}); err == nil {
			conn.Close()
			t.Error("served")
		}
	}); !errors.Is(got.err, ErrInvalidRules) {
		t.Errorf("%v", got.err)
	}
}
