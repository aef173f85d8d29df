package identity_test

import (
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sipconform/sipconform/certs"
	"github.com/sipconform/sipconform/mocks/identity"
)

// TestOddities: a certificate that crypto/x509 does not parse is judged like any other. What OpenSSL accepts too is no
// fault; real defects are named, and so is what breaks a rule of writing.
func TestOddities(t *testing.T) {
	t.Parallel()
	pki := hierarchy(t)
	expired := sound
	expired.NotBefore, expired.NotAfter = asked.AddDate(0, -2, 0), asked.AddDate(0, -1, 0)
	for _, oddity := range certs.Oddities() {
		var form []string
		if !oddity.Flaw.Tolerated() {
			form = []string{identity.CauseMalformed}
		}
		for _, test := range []struct {
			name  string
			leaf  certs.Leaf
			rules identity.Rules
			want  []string
		}{
			{"sound", sound, identity.Rules{Roots: []*x509.Certificate{pki.Root}, Names: []string{host}, At: asked}, form},
			{"expired", expired, identity.Rules{Roots: []*x509.Certificate{pki.Root}, At: asked}, append([]string{certs.CauseExpired}, form...)},
			{"of an unknown authority", sound, identity.Rules{At: asked}, append([]string{certs.CauseUnknownCA}, form...)},
			{
				"for another name", sound, identity.Rules{Roots: []*x509.Certificate{pki.Root}, Names: []string{"other.test"}, At: asked},
				append([]string{certs.CauseNameMismatch}, form...),
			},
		} {
			if oddity.Flaw == certs.FlawDate && test.name == "expired" {
				continue // the oddity has dates of its own
			}
			cred, err := pki.IssueOdd(oddity.Name, test.leaf)
			if err != nil {
				t.Fatal(err)
			}
			var causes []string
			if rejection := new(identity.Rejection); errors.As(test.rules.Verify(cred.Chain), &rejection) {
				causes = rejection.Causes
			}
			if !slices.Equal(causes, test.want) {
				t.Errorf("%s, %s: rejected for %v, want %v", oddity.Name, test.name, causes, test.want)
			}
		}
	}
}

// TestMalformedNameIsShown: a name that matches nothing because of how it is written appears in the reason.
func TestMalformedNameIsShown(t *testing.T) {
	t.Parallel()
	pki := hierarchy(t)
	cred, err := pki.IssueOdd("ip-address-as-text", sound)
	if err != nil {
		t.Fatal(err)
	}
	err = identity.Rules{Roots: []*x509.Certificate{pki.Root}, Names: []string{"other.test"}, At: asked}.Verify(cred.Chain)
	if err == nil || !strings.Contains(err.Error(), "IP address of 11 bytes: 192.0.2.250 (malformed)") {
		t.Error(err)
	}
}
