package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
)

// bounds are leaves below a bounded root, and whether they are within its bounds.
var bounds = map[string]struct {
	leaf    Leaf
	email   string
	outside bool
}{
	"a permitted host":             {leaf: Leaf{DNSNames: []string{"s17.sip.vendor.test"}}},
	"a permitted domain":           {leaf: Leaf{DNSNames: []string{"vendor.test"}}},
	"a permitted address":          {leaf: Leaf{IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}},
	"a permitted address, IPv6":    {leaf: Leaf{IPs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}},
	"another host":                 {leaf: Leaf{DNSNames: []string{"www.ietf.org"}}, outside: true},
	"another host beside":          {leaf: Leaf{DNSNames: []string{"s17.sip.vendor.test", "www.ietf.org"}}, outside: true},
	"a wildcard":                   {leaf: Leaf{DNSNames: []string{"*.ietf.org"}}, outside: true},
	"a wildcard above":             {leaf: Leaf{DNSNames: []string{"*.test"}}, outside: true},
	"a host with a like end":       {leaf: Leaf{DNSNames: []string{"www.othervendor.test"}}, outside: true},
	"another address":              {leaf: Leaf{IPs: []netip.Addr{netip.MustParseAddr("127.0.0.2")}}, outside: true},
	"another address, IPv6":        {leaf: Leaf{IPs: []netip.Addr{netip.MustParseAddr("2001:db8::2")}}, outside: true},
	"an e-mail address":            {leaf: Leaf{CommonName: "edge.invalid"}, email: "chair@ietf.org", outside: true},
	"another in the common name":   {leaf: Leaf{CommonName: "www.ietf.org"}, outside: true},
	"permitted in the common name": {leaf: Leaf{CommonName: "s17.sip.vendor.test"}},
}

// bounded issues the leaf of that name, also one that [PKI.Issue] issues for nobody.
func bounded(t *testing.T, pki *PKI, name string) *Credential {
	t.Helper()
	d, err := pki.draft(bounds[name].leaf, "")
	if err != nil {
		t.Fatal(err)
	}
	if email := bounds[name].email; email != "" {
		d.template.EmailAddresses = []string{email}
	}
	cred, err := d.finish()
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

// TestConstraints has crypto/x509, OpenSSL and GnuTLS look at certificates within and outside of a root's bounds.
func TestConstraints(t *testing.T) {
	t.Parallel()
	now := time.Now() // certtool knows no other time
	forge, noncritical := newBoundedForge(now), newBoundedForge(now)
	noncritical.Constraints.NotCritical = true
	for setting, pki := range map[string]*PKI{
		"two": newTestPKI(t, forge, P256), "direct": newDirectPKI(t, forge), "not critical": newTestPKI(t, noncritical, P256),
	} {
		for name, c := range bounds {
			t.Run(setting+"/"+name, func(t *testing.T) {
				t.Parallel()
				cred := bounded(t, pki, name)
				cred.Host = "" // no name is looked for
				options := goOptions(cred)
				options.CurrentTime = now
				_, err := cred.Leaf.Verify(options)
				inCommonName := len(c.leaf.DNSNames)+len(c.leaf.IPs) == 0 && c.email == "" // which Go never looks at
				if refused := err != nil; refused != c.outside && !inCommonName {
					t.Errorf("crypto/x509: %v", err)
				} else if refused && !strings.Contains(err.Error(), "is not permitted by any constraint") {
					t.Errorf("crypto/x509 refuses it for another reason: %v", err)
				}
				t.Run("openssl", func(t *testing.T) {
					got := findOpenSSL(t).verifyWithCRLs(t, cred, nil, "-attime", strconv.FormatInt(now.Unix(), 10))
					if refused := len(got) > 0; refused != c.outside || refused && got[0].number != 47 {
						t.Errorf("openssl: %v", got)
					}
				})
				t.Run("gnutls", func(t *testing.T) {
					out, accepts := certtool(t, cred)
					if accepts == c.outside {
						t.Errorf("certtool: %s", out)
					}
				})
			})
		}
	}
}

// TestOneFamily: where addresses of one family are permitted, none of the other is, and where there is none, none at all.
func TestOneFamily(t *testing.T) {
	t.Parallel()
	four, six := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7")
	now := time.Now()
	for name, permitted := range map[string][]netip.Addr{"IPv4": {four}, "IPv6": {six}, "neither": nil} {
		f := newBoundedForge(now)
		f.Constraints = &Constraints{Domains: []string{"vendor.test"}, Addresses: permitted}
		pki := newTestPKI(t, f, P256)
		for _, at := range []netip.Addr{four, six} {
			t.Run(name+"/"+at.String(), func(t *testing.T) {
				cred, err := pki.Issue(Leaf{DNSNames: []string{"s1.vendor.test"}, IPs: []netip.Addr{at}})
				if err != nil {
					t.Fatal(err)
				}
				want := slices.Contains(permitted, at)
				options := goOptions(cred)
				options.CurrentTime = now
				if _, err := cred.Leaf.Verify(options); (err == nil) != want {
					t.Errorf("crypto/x509: %v", err)
				}
				got := findOpenSSL(t).verifyWithCRLs(t, cred, nil, "-attime", strconv.FormatInt(now.Unix(), 10))
				if (len(got) == 0) != want {
					t.Errorf("openssl: %v", got)
				}
				if out, accepts := certtool(t, cred); accepts != want {
					t.Errorf("certtool: %s", out)
				}
			})
		}
	}
}

// certtool returns the last line of certtool --verify, and whether it accepts the credential. It knows no time but the
// present.
func certtool(t *testing.T, cred *Credential) (string, bool) {
	t.Helper()
	args := []string{"--verify", "--load-ca-certificate", "root.pem", "--infile", "chain.pem"}
	if cred.Host != "" {
		args = append(args, "--verify-hostname", cred.Host)
	}
	cmd := testkit.Command(t, "certtool", args...)
	cmd.Dir = testkit.Folder(t, map[string][]byte{"root.pem": cred.RootPEM(), "chain.pem": cred.PEM()})
	out, status := testkit.Run(t, cmd)
	last := regexp.MustCompile(`(?m)^Chain verification output:.*$`).FindString(out)
	if last == "" {
		t.Fatalf("certtool says nothing of the chain: %s", out)
	}
	return last, status == 0
}

// TestGnuTLSOpinion: GnuTLS says of every recipe below a bounded root what it says below one without bounds.
func TestGnuTLSOpinion(t *testing.T) {
	t.Parallel()
	today := newTestForge()
	today.At = time.Now()
	free, bounded := newTestPKI(t, today, P256), newTestPKI(t, newBoundedForge(today.At), P256)
	for _, r := range Recipes() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			var said [2]string
			var accepts [2]bool
			for i, pki := range []*PKI{free, bounded} {
				cred, err := pki.IssueDefective(r.Name, testLeaf(P256))
				if err != nil {
					t.Fatal(err)
				}
				said[i], accepts[i] = certtool(t, cred)
			}
			if r.Name == "leaf-not-first" {
				return // GnuTLS takes the intermediate's common name for that of a host
			}
			if said[0] != said[1] || accepts[0] != accepts[1] {
				t.Errorf("without bounds it accepts: %v (%s)\nwith bounds: %v (%s)", accepts[0], said[0], accepts[1], said[1])
			}
		})
	}
}

// TestBoundedRoots: each root has the extension, critical unless told otherwise, and no other certificate has it.
func TestBoundedRoots(t *testing.T) {
	t.Parallel()
	critical := func(c *x509.Certificate) (is, there bool) {
		for _, e := range c.Extensions {
			if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 30}) {
				return e.Critical, true
			}
		}
		return false, false
	}
	other := newBoundedForge(testTime)
	other.Constraints = &Constraints{NotCritical: true}
	for name, c := range map[string]struct {
		forge           *Forge
		there, critical bool
	}{"free": {testForge(), false, false}, "bounded": {boundedForge(), true, true}, "not critical": {other, true, false}} {
		pki := newTestPKI(t, c.forge, P256)
		if is, there := critical(pki.Root); is != c.critical || there != c.there {
			t.Errorf("%s: the root has constraints: %v, critical: %v", name, there, is)
		}
		if _, there := critical(pki.Intermediate); there {
			t.Errorf("%s: the intermediate has constraints", name)
		}
		for _, recipe := range []string{"root-expired", "unknown-ca-with-root", "impostor-ca"} {
			cred, err := pki.IssueDefective(recipe, testLeaf(P256))
			if err != nil {
				t.Fatal(err)
			}
			root := cred.issuers[len(cred.issuers)-1].cert
			if _, there := critical(root); there != c.there {
				t.Errorf("%s: the root of %s has constraints: %v", name, recipe, there)
			}
		}
	}
	// Without any name and address, nothing is permitted but what nobody has.
	root := newTestPKI(t, other, P256).Root
	if !slices.Equal(root.PermittedDNSDomains, []string{"invalid"}) || len(root.ExcludedIPRanges) != 2 {
		t.Errorf("permitted %q, excluded %v", root.PermittedDNSDomains, root.ExcludedIPRanges)
	}
}

// TestRootsStay: as a forge ages, its roots stay the same, and what is below them is dated anew. [TestGoOpinion] and
// [TestOpenSSLOpinion] have every recipe below roots of two years ago.
func TestRootsStay(t *testing.T) {
	t.Parallel()
	young, old := newTestPKI(t, newBoundedForge(testTime.AddDate(-2, 0, 0)), P256), newTestPKI(t, newBoundedForge(testTime.AddDate(6, 0, 0)), P256)
	if !bytes.Equal(young.Root.Raw, old.Root.Raw) {
		t.Error("the root of eight years later is another")
	}
	cred, err := old.Issue(testLeaf(P256))
	if err != nil {
		t.Fatal(err)
	}
	options := goOptions(cred)
	options.CurrentTime = testTime.AddDate(6, 0, 0)
	if _, err := cred.Leaf.Verify(options); err != nil {
		t.Errorf("eight years later: %v", err)
	}
	options.Roots = young.Pool()
	if _, err := cred.Leaf.Verify(options); err != nil {
		t.Errorf("by a device that imported the root eight years ago: %v", err)
	}
}

// TestSecret: a secret gives keys of its own, and a short one is refused.
func TestSecret(t *testing.T) {
	t.Parallel()
	if _, err := NewSecretForge(make([]byte, MinSecret-1)); err == nil {
		t.Error("a secret that is too short is taken")
	}
	var roots [][]byte
	for _, text := range []string{"the first of two secrets", "the second of two secrets"} {
		f, err := NewSecretForge([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		f.At = testTime
		roots = append(roots, newTestPKI(t, f, P256).Root.RawSubjectPublicKeyInfo)
	}
	if bytes.Equal(roots[0], roots[1]) {
		t.Error("two secrets give the same key")
	}
}
