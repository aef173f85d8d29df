//go:build !nolibssl && (linux || darwin) && (amd64 || arm64)

package tlspeer

import (
	"bytes"
	"crypto/x509"
	"slices"
	"sync"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/internal/testkit"
	"github.com/sipconform/sipconform/mocks/identity"
	"github.com/sipconform/sipconform/mocks/observation"
)

var oddPKI = sync.OnceValues(func() (*certs.PKI, error) { return certs.NewForge(1).Hierarchy(certs.Hierarchy{Name: "device"}) })

func oddPeer(t *testing.T, oddity string) *certs.Credential {
	t.Helper()
	pki, err := oddPKI()
	if err != nil {
		t.Fatal(err)
	}
	cred, err := pki.IssueOdd(oddity, certs.Leaf{DNSNames: []string{testName}, ClientAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

// TestOddCertificates: a peer's certificate that crypto/x509 does not parse is accepted where nothing is judged, and
// judged for its real defects otherwise. If crypto/tls serves, the handshake ends over it, and in libssl's clients over
// malformed extensions up to TLS 1.2: that is a limit of this program, unless the rules reject the certificate anyway.
// The chain is kept wherever it could be seen.
func TestOddCertificates(t *testing.T) { eachEngine(t, oddCertificates) }

func oddCertificates(t *testing.T, e engine) {
	_, strict := e.(cryptoTLS)
	for _, oddity := range certs.Oddities() {
		for _, as := range []role{server, client} {
			for _, version := range []uint16{TLS12, TLS13} {
				t.Run(oddity.Name+" "+string(as)+" "+VersionName(version), func(t *testing.T) {
					t.Parallel()
					badly := oddity.Flaw == certs.FlawExtension || oddity.Flaw == certs.FlawDuplicate
					limited := strict || badly && as == client && version == TLS12
					oddCertificate(t, e, oddity, as, version, limited)
				})
			}
		}
	}
}

func oddCertificate(t *testing.T, e engine, oddity certs.Oddity, as role, version uint16, limited bool) {
	cred := oddPeer(t, oddity.Name)
	var form []string
	if !oddity.Flaw.Tolerated() {
		form = []string{identity.CauseMalformed}
	}
	for _, test := range []struct {
		name     string
		rules    *identity.Rules // nil: nothing is judged
		rejected []string
	}{
		{"nothing judged", nil, nil},
		{"sound otherwise", &identity.Rules{Roots: []*x509.Certificate{cred.Root}, Names: []string{testName}, AnyUsage: true}, form},
		{
			"another name", &identity.Rules{Roots: []*x509.Certificate{cred.Root}, Names: []string{"other.vendor.test"}, AnyUsage: true},
			append([]string{certs.CauseNameMismatch}, form...),
		},
	} {
		rules := Rules{MinVersion: version, MaxVersion: version, ServerName: testName, ClientAuth: ClientAuthRequire}
		if test.rules != nil {
			rules.Verify = test.rules.Verify
		}
		info := meetOdd(t, e, as, rules, cred)
		_, strict := e.(cryptoTLS)
		seen := !strict || version == TLS12
		if seen != slices.EqualFunc(info.PeerChain, cred.TLS().Certificate, bytes.Equal) {
			t.Errorf("%s: a chain of %d was recorded", test.name, len(info.PeerChain))
		}
		rejected := test.rejected
		if !seen {
			rejected = nil
		}
		if !slices.Equal(info.Rejected, rejected) {
			t.Errorf("%s: rejected for %v, want %v: %s", test.name, info.Rejected, rejected, info.Error)
		}
		if complete := test.rejected == nil && !limited; info.Complete != complete {
			t.Errorf("%s: complete %t: %s", test.name, info.Complete, info.Error)
		}
		if limit := limited && rejected == nil; limit != (info.Limit != "") {
			t.Errorf("%s: limit %q", test.name, info.Limit)
		}
		if !info.Complete && info.EndedBy != observation.MockSide {
			t.Errorf("%s: ended by %q", test.name, info.EndedBy)
		}
	}
}

// meetOdd has an endpoint meet one that shows the odd certificate. crypto/tls shows whatever it is given.
func meetOdd(t *testing.T, e engine, as role, rules Rules, cred *certs.Credential) *observation.HandshakeInfo {
	t.Helper()
	peer := Rules{MinVersion: TLS12, MaxVersion: TLS13, Certificate: cred.TLS()}
	theirs := cryptoTLS{}
	var got outcome
	if as == client {
		serve(t, serverOf(theirs), peer, func(address string) { got = call(t, clientOf(e), rules, address) })
	} else {
		rules.Certificate = ecdsaCertificate()
		got = serve(t, serverOf(e), rules, func(address string) { call(t, clientOf(theirs), peer, address) })
	}
	return got.handshake(t)
}

// TestOddCertificateOfOpenSSL: an endpoint that gets a certificate is served by libssl, if that is here.
func TestOddCertificateOfOpenSSL(t *testing.T) {
	t.Parallel()
	libsslHere(t)
	testkit.Program(t, "openssl")
	cred := oddPeer(t, "negative-serial")
	for _, version := range []uint16{TLS12, TLS13} {
		rules := Rules{MinVersion: version, MaxVersion: version}
		address := testkit.SServer(t, append(testkit.Showing(t, cred.TLS()), "-www")...).Address
		if got := callWWW(t, Client, rules, address); got.err != nil || len(got.PeerChain) < 2 {
			t.Errorf("%s, as the client: %v, a chain of %d", VersionName(version), got.err, len(got.PeerChain))
		}
		rules.Certificate, rules.ClientAuth = ecdsaCertificate(), ClientAuthRequest
		got := serve(t, Server, rules, func(address string) {
			testkit.SClient(t, address, greeting, testkit.Showing(t, cred.TLS())...)
		})
		if got.err != nil || len(got.PeerChain) < 2 || got.PeerChain[0].SerialNumber.Sign() >= 0 {
			t.Errorf("%s, as the server: %v, a chain of %d", VersionName(version), got.err, len(got.PeerChain))
		}
	}
}
