package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sipconform/sipconform/internal/testkit"
)

// testTime is the time of every test, so that no outcome depends on the day.
var testTime = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// testForge is shared by the tests that need no forge of their own, because its RSA keys take time.
var testForge = sync.OnceValue(newTestForge)

func newTestForge() *Forge {
	f := NewForge(20260314)
	f.At = testTime
	return f
}

// boundedForge makes roots of two years ago that vouch for the names of [testLeaf] and its recipes alone, and what is
// below them today.
var boundedForge = sync.OnceValue(func() *Forge { return newBoundedForge(testTime) })

// newBoundedForge returns such a forge at a time.
func newBoundedForge(at time.Time) *Forge {
	f, err := NewSecretForge([]byte("a secret that nobody else knows"))
	if err != nil {
		panic(err)
	}
	f.At, f.RootsAt = at, testTime.AddDate(-2, 0, 0)
	f.Constraints = &Constraints{
		Domains: append(RecipeDomains(), "vendor.test"), Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("2001:db8::1")},
	}
	return f
}

// newTestPKI makes a hierarchy with keys of one type throughout.
func newTestPKI(t testing.TB, f *Forge, key KeyType) *PKI {
	t.Helper()
	pki, err := f.Hierarchy(Hierarchy{
		Name:         "Vendor " + string(key),
		Root:         Authority{Key: key},
		Intermediate: Authority{Key: key},
	})
	if err != nil {
		t.Fatal(err)
	}
	return pki
}

// newDirectPKI returns a hierarchy without an intermediate.
func newDirectPKI(t testing.TB, f *Forge) *PKI {
	t.Helper()
	pki, err := f.Hierarchy(Hierarchy{Name: "Direct", Direct: true})
	if err != nil {
		t.Fatal(err)
	}
	return pki
}

// testLeaf returns a leaf with everything that recipes need.
func testLeaf(key KeyType) Leaf {
	return Leaf{
		DNSNames: []string{"s17.sip.vendor.test"},
		IPs:      []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		Key:      key,
	}
}

// goOptions returns the options with which crypto/tls verifies a server's chain.
func goOptions(cred *Credential) x509.VerifyOptions {
	return x509.VerifyOptions{
		Roots:         cred.Pool(),
		Intermediates: poolOf(cred.Chain[1:]...),
		CurrentTime:   testTime,
		DNSName:       cred.Host,
	}
}

// findOpenSSL skips the test unless openssl is of a release whose error numbers the recipes hold.
func findOpenSSL(t *testing.T) openssl {
	t.Helper()
	out, _ := testkit.Run(t, testkit.Command(t, "openssl", "version"))
	version := strings.TrimSpace(out)
	if !strings.HasPrefix(version, "OpenSSL 3.") {
		t.Skipf("%q is not OpenSSL 3", version)
	}
	return openssl{version}
}

// openssl is the openssl command.
type openssl struct{ version string }

// opensslError is one error that the openssl command prints.
type opensslError struct {
	number, depth int
	text          string
}

var errorLine = regexp.MustCompile(`(?m)^error (\d+) at (\d+) depth lookup: (.*)$`)

// verify runs openssl verify as [Recipe.OpenSSL] says, and returns all errors: the command goes on after most of
// them.
func (o openssl) verify(t *testing.T, cred *Credential, options ...string) []opensslError {
	t.Helper()
	crls, err := cred.CRLs()
	if err != nil {
		t.Fatal(err)
	}
	return o.verifyWithCRLs(t, cred, crls, options...)
}

func (o openssl) verifyWithCRLs(t *testing.T, cred *Credential, crls [][]byte, options ...string) []opensslError {
	t.Helper()
	files := map[string][]byte{"root.pem": cred.RootPEM(), "chain.pem": cred.PEM(), "crl.pem": crlPEM(crls)}
	args := []string{
		"verify", "-trusted", "root.pem", "-untrusted", "chain.pem",
		"-attime", strconv.FormatInt(testTime.Unix(), 10),
		"-auth_level", "2",
		"-purpose", "sslserver",
	}
	switch {
	case cred.Host == "": // no name is looked for
	case net.ParseIP(cred.Host) != nil:
		args = append(args, "-verify_ip", cred.Host)
	default:
		args = append(args, "-verify_hostname", cred.Host)
	}
	if len(crls) > 0 {
		args = append(args, "-CRLfile", "crl.pem")
	}
	args = append(args, options...)
	// The command verifies the first certificate of the file, which is the one that a server sends first.
	cmd := testkit.Command(t, "openssl", append(args, "chain.pem")...)
	cmd.Dir = testkit.Folder(t, files)
	out, status := testkit.Run(t, cmd)

	var complaints []opensslError
	for _, match := range errorLine.FindAllStringSubmatch(out, -1) {
		number, _ := strconv.Atoi(match[1])
		depth, _ := strconv.Atoi(match[2])
		complaints = append(complaints, opensslError{number: number, depth: depth, text: match[3]})
	}
	if (status == 0) != (len(complaints) == 0) {
		t.Fatalf("openssl verify ended with status %d and %d complaints:\n%s", status, len(complaints), out)
	}
	return complaints
}

func (e opensslError) String() string {
	return fmt.Sprintf("error %d at depth %d: %s", e.number, e.depth, e.text)
}

func crlPEM(crls [][]byte) []byte {
	var out bytes.Buffer
	for _, der := range crls {
		out.Write(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
	}
	return out.Bytes()
}
