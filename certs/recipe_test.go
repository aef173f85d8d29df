package certs

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRecipesAreWellFormed(t *testing.T) {
	t.Parallel()
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, r := range Recipes() {
		if !slug.MatchString(r.Name) || seen[r.Name] {
			t.Errorf("%s: not a slug of its own", r.Name)
		}
		seen[r.Name] = true
		if !slug.MatchString(r.Cause) || r.Rule == "" {
			t.Errorf("%s: cause %q, rule %q", r.Name, r.Cause, r.Rule)
		}
		if !strings.HasSuffix(r.Defect, ".") || strings.Count(r.Defect, ". ") > 0 {
			t.Errorf("%s: the defect is not one sentence: %s", r.Name, r.Defect)
		}
		for _, opinion := range []Opinion{r.OpenSSL, r.Go} {
			if opinion.Accepts != (opinion.Text == "") {
				t.Errorf("%s: an opinion is neither acceptance nor error: %+v", r.Name, opinion)
			}
		}
		if !r.OpenSSL.Accepts && r.OpenSSL.Number == 0 {
			t.Errorf("%s: no OpenSSL error number", r.Name)
		}
		if row := readmeRow(r); !strings.Contains(string(readme), row) {
			t.Errorf("README.md lacks the row\n%s", row)
		}
	}
}

func readmeRow(r Recipe) string {
	openssl, golang := "accepts", "accepts"
	if !r.OpenSSL.Accepts {
		openssl = strconv.Itoa(r.OpenSSL.Number)
	}
	if !r.Go.Accepts {
		golang = "refuses"
	}
	return fmt.Sprintf("| `%s` | %s | `%s` | %s | %s |\n", r.Name, r.Defect, r.Cause, openssl, golang)
}

// TestGoOpinion issues every recipe under several hierarchies and compares what
// crypto/x509 says with the table.
func TestGoOpinion(t *testing.T) {
	t.Parallel()
	f, bounded := testForge(), boundedForge()
	for _, setting := range []struct {
		name string
		pki  *PKI
		key  KeyType
	}{
		{"P-256", newTestPKI(t, f, P256), P256},
		{"P-384", newTestPKI(t, f, P384), P384},
		{"RSA-2048", newTestPKI(t, f, RSA2048), RSA2048},
		{"direct", newDirectPKI(t, f), P256},
		{"bounded", newTestPKI(t, bounded, P256), P256},
		{"bounded, direct", newDirectPKI(t, bounded), P256},
	} {
		for _, r := range Recipes() {
			t.Run(setting.name+"/"+r.Name, func(t *testing.T) {
				t.Parallel()
				cred, err := setting.pki.IssueDefective(r.Name, testLeaf(setting.key))
				if err != nil {
					t.Fatal(err)
				}
				want := r.Go
				if r.Name == "sip-uri-mismatch" && len(cred.Root.PermittedDNSDomains) > 0 {
					want = Opinion{Text: "URI with empty host"} // since Go 1.26, whatever is constrained
				}
				_, err = cred.Chain[0].Verify(goOptions(cred))
				checkGoOpinion(t, want, err)
			})
		}
	}
}

func checkGoOpinion(t *testing.T, want Opinion, err error) {
	t.Helper()
	switch {
	case want.Accepts && err != nil:
		t.Errorf("refused: %v, want accepted", err)
	case !want.Accepts && err == nil:
		t.Errorf("accepted, want refused: %s", want.Text)
	case !want.Accepts && !strings.Contains(err.Error(), want.Text):
		t.Errorf("refused: %v\nwant: … %s …", err, want.Text)
	}
}

// TestOpenSSLOpinion does the same for openssl verify.
func TestOpenSSLOpinion(t *testing.T) {
	t.Parallel()
	command := findOpenSSL(t)
	// OpenSSL goes on after an error; these are its further errors about the same certificate and defect.
	besides := map[string][]int{
		"leaf-not-first":         {26}, // an authority is not a TLS server
		"intermediate-not-ca":    {26}, // an authority must be one for TLS servers
		"intermediate-key-usage": {79, 26},
	}
	for _, setting := range []struct {
		name string
		pki  *PKI
		key  KeyType
	}{
		{"P-256", newTestPKI(t, testForge(), P256), P256},
		{"RSA-2048", newTestPKI(t, testForge(), RSA2048), RSA2048},
		{"bounded", newTestPKI(t, boundedForge(), P256), P256},
	} {
		for _, r := range Recipes() {
			t.Run(setting.name+"/"+r.Name, func(t *testing.T) {
				t.Parallel()
				cred, err := setting.pki.IssueDefective(r.Name, testLeaf(setting.key))
				if err != nil {
					t.Fatal(err)
				}
				got := command.verify(t, cred, r.OpenSSL.Options...)
				if r.OpenSSL.Accepts {
					if len(got) > 0 {
						t.Errorf("refused: %v, want accepted", got)
					}
					return
				}
				said := false
				for _, complaint := range got {
					switch {
					case complaint.number == r.OpenSSL.Number && complaint.depth == r.OpenSSL.Depth:
						said = true
						// The wording changes between releases, the numbers do not.
						if strings.HasPrefix(command.version, "OpenSSL 3.0.") && complaint.text != r.OpenSSL.Text {
							t.Errorf("says %q, want %q", complaint.text, r.OpenSSL.Text)
						}
					case complaint.depth != r.OpenSSL.Depth || !slices.Contains(besides[r.Name], complaint.number):
						t.Errorf("a second defect: %v", complaint)
					}
				}
				if !said {
					t.Errorf("says %v, want error %d at depth %d", got, r.OpenSSL.Number, r.OpenSSL.Depth)
				}
			})
		}
	}
}

// TestOnlyOneDefect makes the verifier overlook the defect and nothing else; then it must accept.
func TestOnlyOneDefect(t *testing.T) {
	t.Parallel()
	type overlook func(cred *Credential, options *x509.VerifyOptions)
	anotherDay := func(days int) overlook {
		return func(_ *Credential, options *x509.VerifyOptions) {
			options.CurrentTime = testTime.AddDate(0, 0, days)
		}
	}
	anyName := func(_ *Credential, options *x509.VerifyOptions) { options.DNSName = "" }
	anyUsage := func(_ *Credential, options *x509.VerifyOptions) {
		options.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	}
	ownRoot := func(cred *Credential, options *x509.VerifyOptions) {
		options.Roots = poolOf(cred.issuers[len(cred.issuers)-1].cert)
	}
	wholePath := func(cred *Credential, options *x509.VerifyOptions) {
		options.Intermediates.AddCert(cred.issuers[0].cert)
	}
	cures := map[string]overlook{
		"expired":                    anotherDay(-2),
		"not-yet-valid":              anotherDay(2),
		"intermediate-expired":       anotherDay(-2),
		"intermediate-not-yet-valid": anotherDay(2),
		"root-expired":               anotherDay(-2),
		"wrong-name":                 anyName,
		"cn-only":                    anyName,
		"cn-right-san-wrong":         anyName,
		"no-names":                   anyName,
		"name-prefix":                anyName,
		"name-suffix":                anyName,
		"name-with-nul":              anyName,
		"wildcard-partial":           anyName,
		"wildcard-middle":            anyName,
		"wildcard-two-labels":        anyName,
		"wildcard-twice":             anyName,
		"ip-san-only":                anyName,
		"ip-as-dns-name":             anyName,
		"sip-uri-with-user":          anyName,
		"missing-intermediate":       wholePath,
		"wrong-intermediate":         wholePath,
		"unknown-ca":                 ownRoot,
		"unknown-ca-with-root":       ownRoot,
		"impostor-ca":                ownRoot,
		"self-signed": func(cred *Credential, options *x509.VerifyOptions) {
			options.Roots = poolOf(cred.Leaf)
		},
		"client-only":              anyUsage,
		"intermediate-client-only": anyUsage,
		"critical-extension": func(cred *Credential, _ *x509.VerifyOptions) {
			cred.Chain[0].UnhandledCriticalExtensions = nil
		},
		"leaf-not-first": func(cred *Credential, _ *x509.VerifyOptions) {
			slices.Reverse(cred.Chain)
		},
	}
	// Go cannot be told to overlook these defects.
	incurable := []string{
		"intermediate-not-ca", "intermediate-without-constraints", "intermediate-key-usage",
		"path-length", "name-not-permitted", "name-excluded",
		"sha1-signature", "md5-signature", "bad-signature", "intermediate-bad-signature",
	}
	pki := newTestPKI(t, testForge(), P256)
	for _, r := range Recipes() {
		if r.Go.Accepts || slices.Contains(incurable, r.Name) {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			cure, ok := cures[r.Name]
			if !ok {
				t.Fatal("no cure known")
			}
			cred, err := pki.IssueDefective(r.Name, testLeaf(P256))
			if err != nil {
				t.Fatal(err)
			}
			options := goOptions(cred)
			cure(cred, &options)
			options.Intermediates.AddCert(cred.Chain[len(cred.Chain)-1])
			if _, err := cred.Chain[0].Verify(options); err != nil {
				t.Errorf("still refused: %v", err)
			}
		})
	}
}

// TestToleratedDefects checks that the defect is there where neither verifier looks for it.
func TestToleratedDefects(t *testing.T) {
	t.Parallel()
	issued := func(child, parent *x509.Certificate) bool { return child.CheckSignatureFrom(parent) == nil }
	present := map[string]func(*Credential) bool{
		"wildcard": func(c *Credential) bool {
			return slices.Equal(c.Leaf.DNSNames, []string{"*.sip.vendor.test"}) && c.Leaf.Subject.CommonName == "*.sip.vendor.test"
		},
		"sip-uri-mismatch": func(c *Credential) bool {
			return len(c.Leaf.URIs) == 1 && c.Leaf.URIs[0].String() == "sip:wrong.invalid"
		},
		"misordered-chain": func(c *Credential) bool {
			return len(c.Chain) == 3 && !issued(c.Chain[0], c.Chain[1]) && issued(c.Chain[0], c.Chain[2]) && issued(c.Chain[2], c.Chain[1])
		},
		"unrelated-certificate": func(c *Credential) bool {
			return len(c.Chain) == 3 && !issued(c.Chain[0], c.Chain[1]) && issued(c.Chain[0], c.Chain[2])
		},
		"leaf-is-ca": func(c *Credential) bool {
			return c.Leaf.IsCA && c.Leaf.KeyUsage&x509.KeyUsageCertSign != 0
		},
	}
	pki := newTestPKI(t, testForge(), P256)
	for _, r := range Recipes() {
		if !r.Go.Accepts || !r.OpenSSL.Accepts || r.Name == "key-mismatch" {
			continue // TestHandshake sees a key mismatch at work
		}
		cred, err := pki.IssueDefective(r.Name, testLeaf(P256))
		if err != nil {
			t.Fatal(err)
		}
		if has, ok := present[r.Name]; !ok || !has(cred) {
			t.Errorf("%s: the defect is not there", r.Name)
		}
	}
	for name, depth := range map[string]int{"weak-key": 0, "intermediate-weak-key": 1} {
		cred, err := pki.IssueDefective(name, testLeaf(P256))
		if err != nil {
			t.Fatal(err)
		}
		if key, ok := cred.Chain[depth].PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() != 1024 {
			t.Errorf("%s: the key is not RSA-1024", name)
		}
	}
}

// TestHandshake serves every recipe to a client of crypto/tls.
func TestHandshake(t *testing.T) {
	t.Parallel()
	pki := newTestPKI(t, testForge(), P256)
	for _, r := range Recipes() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			cred, err := pki.IssueDefective(r.Name, testLeaf(P256))
			if err != nil {
				t.Fatal(err)
			}
			err = handshake(t, cred)
			want := r.Go
			if r.Name == "key-mismatch" {
				want = Opinion{Text: "invalid signature by the server certificate"}
			}
			checkGoOpinion(t, want, err)
		})
	}
}

// handshake returns the error of a client that trusts cred.Root. The two use a loopback connection: a net.Pipe has no
// buffer, so a client that refuses in the middle of the server's flight would block, and the server with it.
func handshake(t *testing.T, cred *Credential) error {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cred.TLS()}})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := listener.Accept()
		if err != nil {
			return // the client did not connect; its error says why
		}
		conn.(*tls.Conn).HandshakeContext(t.Context()) // the client's error is the outcome
		conn.Close()
	}()
	dialer := tls.Dialer{Config: &tls.Config{
		RootCAs:    cred.Pool(),
		ServerName: cred.Host,
		Time:       func() time.Time { return testTime },
	}}
	conn, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err == nil {
		conn.Close()
	} else {
		listener.Close()
	}
	<-served
	return err
}
