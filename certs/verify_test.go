package certs

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// testTime is the clock of every test: no outcome depends on the day.
var testTime = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// testForge is shared by the tests that need no forge of their own, for the sake
// of its RSA keys.
var testForge = sync.OnceValue(newTestForge)

func newTestForge() *Forge {
	f := NewForge(20260314)
	f.At = testTime
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

// testLeaf has what every recipe needs.
func testLeaf(key KeyType) Leaf {
	return Leaf{
		DNSNames: []string{"s17.sip.vendor.test"},
		IPs:      []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		Key:      key,
	}
}

// goOptions are what crypto/tls asks of a server's chain.
func goOptions(cred *Credential) x509.VerifyOptions {
	return x509.VerifyOptions{
		Roots:         cred.Pool(),
		Intermediates: poolOf(cred.Chain[1:]...),
		CurrentTime:   testTime,
		DNSName:       cred.Host,
	}
}

// openssl is the command, in a release whose error numbers the recipes hold.
type openssl struct {
	path    string
	version string
}

func findOpenSSL(t *testing.T) openssl {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	out, err := exec.Command(path, "version").Output()
	if err != nil {
		t.Skipf("openssl version: %v", err)
	}
	version := strings.TrimSpace(string(out))
	if !strings.HasPrefix(version, "OpenSSL 3.") {
		t.Skipf("%s is not OpenSSL 3", version)
	}
	return openssl{path: path, version: version}
}

// opensslError is one line of complaint.
type opensslError struct {
	number, depth int
	text          string
}

var errorLine = regexp.MustCompile(`(?m)^error (\d+) at (\d+) depth lookup: (.*)$`)

// verify asks as Recipe.OpenSSL says, and returns every complaint: the command
// goes on after most of them.
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
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{
		"verify",
		"-trusted", file("root.pem", cred.RootPEM()),
		"-untrusted", file("chain.pem", cred.PEM()),
		"-attime", strconv.FormatInt(testTime.Unix(), 10),
		"-auth_level", "2",
		"-purpose", "sslserver",
	}
	if net.ParseIP(cred.Host) != nil {
		args = append(args, "-verify_ip", cred.Host)
	} else {
		args = append(args, "-verify_hostname", cred.Host)
	}
	if len(crls) > 0 {
		args = append(args, "-CRLfile", file("crl.pem", CRLPEM(crls...)))
	}
	args = append(args, options...)
	// The command reads the first certificate of the file: what is sent first.
	args = append(args, file("leaf.pem", cred.PEM()))
	out, err := exec.CommandContext(t.Context(), o.path, args...).CombinedOutput()

	var complaints []opensslError
	for _, match := range errorLine.FindAllStringSubmatch(string(out), -1) {
		number, _ := strconv.Atoi(match[1])
		depth, _ := strconv.Atoi(match[2])
		complaints = append(complaints, opensslError{number: number, depth: depth, text: match[3]})
	}
	if (err == nil) != (len(complaints) == 0) {
		t.Fatalf("openssl verify: %v, without a reason:\n%s", err, out)
	}
	return complaints
}

func (e opensslError) String() string {
	return fmt.Sprintf("error %d at depth %d: %s", e.number, e.depth, e.text)
}
